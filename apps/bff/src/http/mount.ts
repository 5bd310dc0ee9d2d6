import { type EndpointName, mayCall, type ProblemCode, type Route, routes, schemas } from '@cordon/contract'
import type { Request, Response, Router } from 'express'
import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'
import { z } from 'zod'
import type { Actor, Call, HandledEndpoint, Handlers, RawReply, SessionControl } from '../deps.ts'
import { Refusal } from '../refusal.ts'
import { authenticate, type Identities, refuseForeignOrigin, sessionId } from './authenticate.ts'

export interface MountOptions {
  identities: Identities
  tls: boolean
}

/** Serves every endpoint of the contract with its handler, below the path the router is mounted at. */
export function mount(router: Router, handlers: Handlers, options: MountOptions): void {
  const names = (Object.keys(routes) as EndpointName[]).filter((name): name is HandledEndpoint => name !== 'stream')
  // `/incidents/facets` must be tried before `/incidents/{id}`.
  names.sort((a, b) => Number(routes[a].path.includes('{')) - Number(routes[b].path.includes('{')))
  for (const name of names) {
    const route: Route = routes[name]
    const parse = parserOf(name)
    const handler = handlers[name] as (call: Call<EndpointName>) => Promise<unknown>
    router[methodOf(route)](route.path.replaceAll(/\{(\w+)\}/g, ':$1'), async (request, response) => {
      const actor = await authorize(request, name, options.identities)
      const parsed = parse(request)
      const result = await handler({
        ...parsed,
        actor,
        requestId: response.locals.requestId as string,
        ip: request.ip ?? '',
        idempotencyKey: request.get('idempotency-key'),
        signal: response.locals.signal as AbortSignal,
        session: sessionControl(request, response, options, actor),
      } as Call<EndpointName>)
      await answer(response, name, result)
    })
  }
}

function methodOf(route: Route): 'get' | 'post' | 'patch' | 'delete' {
  return route.method.toLowerCase() as 'get' | 'post' | 'patch' | 'delete'
}

/** The caller, when it may use the route. Throws the refusal with what is missing. */
export async function authorize(
  request: Request,
  name: EndpointName,
  identities: Identities,
): Promise<Actor | undefined> {
  refuseForeignOrigin(request)
  const actor = await authenticate(request, identities)
  if (routes[name].needs === 'public') return actor
  if (!actor) throw new Refusal('unauthenticated', 'Sign in, or send an API token as a bearer token.')
  const decision = mayCall(name, actor)
  if (!decision.allowed) throw new Refusal('forbidden', decision.reason)
  return actor
}

interface Parts {
  params?: z.ZodObject
  query?: z.ZodObject
  body?: z.ZodType
  output?: z.ZodType
}

function parserOf(name: HandledEndpoint) {
  const { params, query, body } = schemas[name] as Parts
  // A misspelt filter or field must not be taken for its absence.
  const strictQuery = query?.strict()
  const strictBody = body instanceof z.ZodObject ? body.strict() : body
  return (request: Request) => {
    if (body && request.body === undefined && Number(request.get('content-length') ?? 0) > 0)
      throw new Refusal('unsupported-media', 'Send the body as application/json.')
    return {
      params: params && checked(params, request.params, 'not-found'),
      query: strictQuery && checked(strictQuery, request.query, 'invalid'),
      body: strictBody && checked(strictBody, request.body ?? {}, 'invalid'),
    }
  }
}

function checked(schema: z.ZodType, value: unknown, code: ProblemCode): unknown {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const errors = result.error.issues.map((issue) => ({
    path: issue.path.map(String).join('.'),
    message: issue.message,
  }))
  const first = errors[0]
  throw new Refusal(code, first ? `${first.path ? `${first.path}: ` : ''}${first.message}` : 'Not valid.', errors)
}

function sessionControl(
  request: Request,
  response: Response,
  { identities, tls }: MountOptions,
  actor: Actor | undefined,
): SessionControl {
  const { sessions, cookie } = identities
  const flags = { httpOnly: true, sameSite: 'lax', secure: tls, path: '/' } as const
  return {
    async begin(account) {
      const id = await sessions.begin(account, sessionId(request, cookie), request.ip ?? '')
      response.cookie(cookie, id, flags)
    },
    async end() {
      const id = sessionId(request, cookie)
      if (id && actor) await sessions.end(id, actor)
      response.clearCookie(cookie, flags)
    },
  }
}

async function answer(response: Response, name: HandledEndpoint, result: unknown): Promise<void> {
  response.set('cache-control', 'no-store')
  const { output } = schemas[name] as Parts
  if (output) {
    response.json(output.parse(result))
    return
  }
  if (!result) {
    response.status(204).end()
    return
  }
  const { contentType, filename, headers = {}, body } = result as RawReply // endpoints without output schema are raw or empty
  response.type(contentType).set(headers)
  if (filename) response.attachment(filename).type(contentType)
  if (typeof body === 'string' || body instanceof Uint8Array) response.send(Buffer.from(body))
  else await pipeline(Readable.from(body), response)
}
