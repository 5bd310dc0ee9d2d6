import { type Problem, type ProblemCode, problemStatus } from '@cordon/contract'
import type { ErrorRequestHandler, Response } from 'express'
import type { Logger } from 'pino'
import { ZodError } from 'zod'
import { EventStoreError } from '../adapters/clickhouse/event-store.ts'
import { isDatabaseDown } from '../adapters/postgres/is-database-down.ts'
import { Refusal } from '../refusal.ts'

const titles: Record<ProblemCode, string> = {
  invalid: 'The request is not valid',
  unauthenticated: 'Sign-in needed',
  forbidden: 'Not permitted',
  'not-found': 'Not found',
  conflict: 'Conflict with the current state',
  'too-large': 'The request is too large',
  'unsupported-media': 'Unsupported content',
  'cluster-refused': 'The cluster refused',
  'too-many': 'Too many requests',
  internal: 'Something went wrong on our side',
  unavailable: 'Not available at the moment',
}

/** Sends an RFC 9457 body. */
export function sendProblem(response: Response, code: ProblemCode, detail: string, errors?: Problem['errors']): void {
  const body: Problem = {
    type: `urn:cordon:problem:${code}`,
    title: titles[code],
    status: problemStatus[code],
    detail,
    instance: response.req.originalUrl.split('?')[0],
    requestId: response.locals.requestId as string | undefined,
    ...(errors ? { errors } : {}),
  }
  response.status(body.status).type('application/problem+json').send(JSON.stringify(body))
}

/** What was thrown, for answers whose status is out already. */
export function describeFailure(error: unknown, log: Logger): Pick<Problem, 'status' | 'title' | 'detail' | 'errors'> {
  const { code, message, errors } = refusalOf(error)
  if (code === 'internal') log.error({ err: error }, 'A request failed after its answer had begun')
  return { status: problemStatus[code], title: titles[code], detail: message, ...(errors ? { errors } : {}) }
}

/** The only place that turns what was thrown into an answer. */
export function problems(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    const requestId = response.locals.requestId as string | undefined
    if (response.headersSent) {
      log.warn({ err: error, requestId }, 'A request failed after its answer had begun')
      next(error) // Express closes the connection: the client sees a cut answer, not a wrong one
      return
    }
    const refusal = refusalOf(error)
    if (refusal.code === 'internal' || refusal.code === 'unavailable')
      log.error({ err: error, requestId, method: request.method, url: request.originalUrl }, 'A request failed')
    sendProblem(response, refusal.code, refusal.message, refusal.errors)
  }
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  if (error instanceof ZodError) return new Refusal('internal', 'An answer did not have the promised shape.')
  const { status, type, code } = (error ?? {}) as { status?: unknown; type?: unknown; code?: unknown }
  if (typeof type === 'string') {
    if (type === 'entity.too.large') return new Refusal('too-large', 'The body is larger than this endpoint takes.')
    if (type === 'entity.parse.failed') return new Refusal('invalid', 'The body is not valid JSON.')
    if (type === 'request.aborted') return new Refusal('invalid', 'The request was cut off.')
    if (type.endsWith('.unsupported'))
      return new Refusal('unsupported-media', 'The content encoding or character set is not supported.')
  }
  if (error instanceof URIError || status === 400) return new Refusal('invalid', 'The request cannot be read.')
  // PostgreSQL: text it cannot hold (NUL, unpaired surrogates) reached it in a search or name.
  if (code === '22021' || code === '22P05')
    return new Refusal('invalid', 'A text holds characters that are not allowed.')
  if (error instanceof EventStoreError && error.code === 'unavailable')
    return new Refusal('unavailable', 'The event store is not available at the moment. Try again in a few seconds.')
  if (isDatabaseDown(error))
    return new Refusal('unavailable', 'The database is not available at the moment. Try again in a few seconds.')
  return new Refusal(
    'internal',
    'An unexpected error occurred. The log of the server names the cause by this request id.',
  )
}
