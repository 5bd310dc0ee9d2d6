import type { z } from 'zod'
import type { Problem } from './problem.ts'
import { type EndpointName, routes } from './routes.ts'
import type { Schemas } from './schemas.ts'

type Part<N extends EndpointName, P extends string> = Schemas[N] extends Record<P, infer S> ? S : never
type InputOf<S> = S extends z.ZodType ? z.input<S> : never
type OutputOf<S> = [S] extends [never] ? void : S extends z.ZodType ? z.output<S> : void

/** What a caller passes: path and query parameters and the JSON body, as far as the endpoint has them. */
export type Input<N extends EndpointName> = ([Part<N, 'params'>] extends [never]
  ? { params?: never }
  : { params: InputOf<Part<N, 'params'>> }) &
  ([Part<N, 'query'>] extends [never] ? { query?: never } : { query?: InputOf<Part<N, 'query'>> }) &
  ([Part<N, 'body'>] extends [never] ? { body?: never } : { body: InputOf<Part<N, 'body'>> })

export type Output<N extends EndpointName> = OutputOf<Part<N, 'output'>>

/** Thrown for every answer that is not 2xx, and for no answer at all (status 0). */
export class ProblemError extends Error {
  readonly problem: Problem
  constructor(problem: Problem) {
    super(problem.detail || problem.title)
    this.name = 'ProblemError'
    this.problem = problem
  }
}

export interface ClientOptions {
  /** Origin and prefix, e.g. `/api/v1` in the browser or `http://127.0.0.1:4400/api/v1`. */
  base: string
  headers?: Record<string, string>
  fetch?: typeof fetch
}

export interface CallOptions {
  signal?: AbortSignal
  headers?: Record<string, string>
}

/** A function that calls any endpoint by name. Rejects with `ProblemError`. */
export function createClient(options: ClientOptions) {
  const send = options.fetch ?? fetch
  return async function call<N extends EndpointName>(
    name: N,
    input: Input<N>,
    { signal, headers }: CallOptions = {},
  ): Promise<Output<N>> {
    const { method } = routes[name]
    const { params, query, body } = input as {
      params?: Record<string, unknown>
      query?: Record<string, unknown>
      body?: unknown
    }
    let response: Response
    try {
      response = await send(options.base + urlOf(name, params, query), {
        method,
        signal,
        credentials: 'same-origin',
        headers: {
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...options.headers,
          ...headers,
        },
        body: body === undefined ? undefined : JSON.stringify(body),
      })
    } catch (error) {
      if (signal?.aborted) throw error
      throw new ProblemError({
        type: 'urn:cordon:problem:unavailable',
        title: 'No answer',
        status: 0,
        detail: 'The Cordon server did not answer. Check that it is running.',
      })
    }
    if (response.status === 204) return undefined as Output<N>
    const answer: unknown = await response.json().catch(() => undefined)
    if (!response.ok) throw new ProblemError(problemOf(answer, response.status))
    return answer as Output<N> // the BFF parses every answer with the endpoint's schema before it sends it
  }
}

/** Path below the API prefix with parameters filled in; arrays become repeated query parameters. */
export function urlOf(name: EndpointName, params?: Record<string, unknown>, query?: Record<string, unknown>): string {
  const path = routes[name].path.replaceAll(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(String(params?.[key])))
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query ?? {}))
    for (const item of Array.isArray(value) ? value : [value])
      if (item !== undefined && item !== null) search.append(key, String(item))
  const text = search.toString()
  return text ? `${path}?${text}` : path
}

function problemOf(answer: unknown, status: number): Problem {
  if (answer && typeof answer === 'object' && 'title' in answer) return answer as Problem
  return {
    type: 'urn:cordon:problem:internal',
    title: 'Unexpected answer',
    status,
    detail: `The server answered with status ${status}.`,
  }
}
