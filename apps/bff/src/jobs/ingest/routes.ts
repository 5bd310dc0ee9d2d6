import { Router, type Request, type Response } from 'express'
import { EventStoreError } from '../../adapters/clickhouse/event-store.ts'
import { sendProblem } from '../../http/problem.ts'
import type { Committed, Committer } from './committer.ts'
import type { CoverageCounts } from './coverage.ts'
import type { IngestLimits, IngestOptions } from './ingest.ts'
import { CutOffError, intakes, isFullSlice, readSlices, type IntakeName, type Unreadable } from './intake.ts'
import { Gate } from './gate.ts'
import { BodyError, bodyShape, requestBytes } from './request-body.ts'

/** A piece of a body that could not become an event, for the list of set-aside events. */
export interface SetAsideRow {
  cluster: string
  source: string
  reason: string
  excerpt: string
  receivedAt: number
}

export interface RouteOptions extends Omit<IngestOptions, 'limits'> {
  limits: IngestLimits
  committer: Committer
  counts: CoverageCounts
  isFull(): boolean
}

/** Set-aside rows kept of one request; a body of a million bad lines must not become a million rows. */
const maxSetAside = 100
const slicesInFlight = 3

interface Outcome {
  accepted: number
  duplicates: number
  rejected: number
}

/** The endpoints. Each answers 200 only when its events are durable and handed to detection. */
export function ingestRoutes(options: RouteOptions): Router {
  const router = Router()
  const bigBodies = new Gate(options.limits.maxBigBodies)
  let reading = 0
  for (const intake of Object.keys(intakes) as IntakeName[]) {
    router.post(`/${intake}/:cluster`, async (request, response) => {
      const cluster = await admit(request, response, options)
      if (cluster === undefined) return
      if (options.isFull() || reading >= options.limits.maxRequests) {
        refuse(request, response, {
          retryAfter: 5,
          detail: 'Detection or the event store is behind. Send again later; nothing of this request was kept.',
        })
        return
      }
      reading += 1
      try {
        response.status(200).json(await take(request, { intake, cluster, bigBodies }, options))
      } catch (error) {
        answerFailure(error, request, response)
      } finally {
        reading -= 1
      }
    })
  }
  return router
}

/** The cluster a request may send for; answers the request and returns undefined when it may not. */
async function admit(request: Request, response: Response, options: RouteOptions): Promise<string | undefined> {
  const cluster = String(request.params['cluster'])
  const token = /^Bearer +([\w.~+/=-]{1,4096}) *$/i.exec(request.headers.authorization ?? '')?.[1]
  if (token === undefined) {
    response.set('WWW-Authenticate', 'Bearer realm="cordon-ingest"')
    end(request, response, 'unauthenticated', 'Send the ingest token of the cluster as bearer token.')
    return undefined
  }
  if (!(await options.clusters(cluster))) {
    end(request, response, 'not-found', 'There is no cluster of this name. Onboard it first.')
    return undefined
  }
  if (!(await options.tokens(cluster, token))) {
    response.set('WWW-Authenticate', 'Bearer realm="cordon-ingest", error="invalid_token"')
    end(request, response, 'unauthenticated', 'The token is not an ingest token of this cluster.')
    return undefined
  }
  return cluster
}

/** Reads, stores and hands over a body; rejects when any part of it could not be. */
async function take(
  request: Request,
  from: { intake: IntakeName; cluster: string; bigBodies: Gate },
  options: RouteOptions,
): Promise<Outcome> {
  const { limits } = options
  const shape = bodyShape(request)
  const receivedAt = Date.now()
  const ctx = { cluster: from.cluster, receivedAt, keptDays: options.keptDays }
  const outcome: Outcome = { accepted: 0, duplicates: 0, rejected: 0 }
  const aside: Unreadable[] = []
  const pending = new Set<Promise<void>>()
  let failure: unknown
  let isBig = false
  const add = (committed: Committed): void => {
    outcome.accepted += committed.accepted
    outcome.duplicates += committed.duplicates
    for (const { event, reason } of committed.refused) reject([{ reason, excerpt: event.id.slice(0, 200) }])
  }
  const reject = (rejected: Unreadable[]): void => {
    outcome.rejected += rejected.length
    aside.push(...rejected.slice(0, Math.max(0, maxSetAside - aside.length)))
  }
  try {
    for await (const slice of readSlices(
      requestBytes(request, limits.maxBodyBytes),
      { ...from, shape, maxItemBytes: limits.maxItemBytes },
      ctx,
    )) {
      reject(slice.rejected)
      const written = options.committer
        .submit(slice.events, slice.size)
        .then(add, (error: unknown) => void (failure ??= error))
      pending.add(written)
      void written.finally(() => pending.delete(written))
      // A big body must not gather in memory faster than it is written.
      if (pending.size >= slicesInFlight) await Promise.race(pending)
      if (failure !== undefined) break
      // Not reading on makes the sender wait; small requests pass by meanwhile.
      if (!isBig && isFullSlice(slice)) {
        await from.bigBodies.enter()
        isBig = true
      }
    }
  } catch (error) {
    failure ??= error
  }
  await Promise.all(pending)
  if (isBig) from.bigBodies.leave()
  if (outcome.rejected > 0) await keepAside({ ...from, receivedAt, rejected: outcome.rejected }, aside, options)
  if (failure !== undefined) throw failure
  return outcome
}

async function keepAside(
  from: { intake: IntakeName; cluster: string; receivedAt: number; rejected: number },
  aside: readonly Unreadable[],
  options: RouteOptions,
): Promise<void> {
  const { cluster, intake: source, receivedAt } = from
  options.counts.rejected(cluster, source, from.rejected, receivedAt)
  const rows = aside.map(({ reason, excerpt }) => ({
    cluster,
    source,
    reason: storable(reason),
    excerpt: storable(excerpt),
    receivedAt,
  }))
  const more = from.rejected - rows.length
  if (more > 0)
    rows.push({
      cluster,
      source,
      reason: `${more} more events of the same request could not be read`,
      excerpt: '',
      receivedAt,
    })
  await options.setAside(rows)
}

// PostgreSQL takes neither NUL nor lone surrogates in text.
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\u2400')
}

function answerFailure(error: unknown, request: Request, response: Response): void {
  if (error instanceof BodyError) end(request, response, error.code, error.message)
  else if (error instanceof CutOffError)
    end(request, response, 'invalid', `${error.message} Whole events before it are kept; send the body again.`)
  else if (error instanceof EventStoreError) {
    const full = error.code === 'full'
    refuse(request, response, {
      retryAfter: full ? 60 : 5,
      detail: `${full ? 'The event store has no space left.' : 'The event store does not take events at the moment.'} Send the body again; events already kept are not counted twice.`,
    })
  } else if (!response.headersSent) throw error
}

function refuse(request: Request, response: Response, answer: { retryAfter: number; detail: string }): void {
  response.set('Retry-After', String(answer.retryAfter))
  end(request, response, 'unavailable', answer.detail)
}

/** Answers with a problem before the body was read to its end: the rest is passed over and the connection closed. */
function end(request: Request, response: Response, code: Parameters<typeof sendProblem>[1], detail: string): void {
  if (response.headersSent || response.destroyed) return
  if (!request.complete) response.set('Connection', 'close')
  sendProblem(response, code, detail)
  if (!request.destroyed) request.resume()
}
