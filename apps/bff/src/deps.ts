import type { EndpointName, Output, routes, Schemas } from '@cordon/contract'
import { everything, type Role, type Scope } from '@cordon/rbac'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { z } from 'zod'
import type { Commit, CommitUnrecorded } from './adapters/postgres/commit.ts'
import type { Database } from './adapters/postgres/schema.ts'
import type { Bus } from './bus.ts'
import type { Config } from './config.ts'

/** Who asks. `name` is what records show: an account, `token:<name>`, or `system` for Cordon's own jobs. */
export interface Actor {
  name: string
  displayName: string
  role: Role
  /** Where; `everything` for those without a limit. */
  scope: Scope
  via: 'session' | 'token' | 'system'
}

/** Cordon's own jobs. */
export const system: Actor = {
  name: 'system',
  displayName: 'Cordon',
  role: 'administrator',
  scope: everything,
  via: 'system',
}

/** What every verb and job may use. Features add their own ports as further arguments. */
export interface Deps {
  config: Config
  log: Logger
  /** For reading. Writing goes through `commit`, which records who did it. */
  db: Kysely<Database>
  commit: Commit
  commitUnrecorded: CommitUnrecorded
  bus: Bus
}

/** A part's state for `/healthz`. `required` parts make the answer 503 when they are down. */
export interface HealthCheck {
  name: string
  required: boolean
  check(): Promise<{ ok: boolean; detail: string }>
}

type Part<N extends EndpointName, P extends string> =
  Schemas[N] extends Record<P, infer S extends z.ZodType> ? z.output<S> : undefined
type ActorOf<N extends EndpointName> = (typeof routes)[N]['needs'] extends 'public' ? Actor | undefined : Actor

export interface Call<N extends EndpointName> {
  params: Part<N, 'params'>
  query: Part<N, 'query'>
  body: Part<N, 'body'>
  /** Signed in and allowed to do this; undefined only on public endpoints. */
  actor: ActorOf<N>
  requestId: string
  /** Address of the client. */
  ip: string
  /** Header Idempotency-Key, where the client sent one. */
  idempotencyKey: string | undefined
  /** Aborted when the client hangs up. */
  signal: AbortSignal
  session: SessionControl
}

/** Sign-in and sign-out set and clear the cookie through this. */
export interface SessionControl {
  begin(account: string): Promise<void>
  end(): Promise<void>
}

/** A body that isn't JSON: downloads. `body` may be a stream of chunks. */
export interface RawReply {
  contentType: string
  filename?: string
  headers?: Readonly<Record<string, string>>
  body: string | Uint8Array | AsyncIterable<string | Uint8Array>
}

type IsRaw<N extends EndpointName> = (typeof routes)[N] extends { raw: true } ? true : false

/** The verb behind an endpoint: parsed input in, the endpoint's output out. Throws `Refusal` for what is refused. */
export type Handler<N extends EndpointName> = (call: Call<N>) => Promise<IsRaw<N> extends true ? RawReply : Output<N>>

/** Endpoints served by a handler; the stream is served by `http/stream.ts` itself. */
export type HandledEndpoint = Exclude<EndpointName, 'stream'>
export type Handlers = { [N in HandledEndpoint]: Handler<N> }
