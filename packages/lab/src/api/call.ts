import type { ContainerRuntime, Identity, KubeObject } from '../ports.ts'
import type { Store } from '../store/store.ts'
import type { AuditEntry } from './audit.ts'
import type { AccessAttributes, Decision, Rbac } from './rbac.ts'
import type { RequestInfo } from './request-info.ts'
import type { ResourceCatalog } from './resource-catalog.ts'
import type { ResourceDefinition } from './resource-definition.ts'
import type { ServiceAccountTokens } from './service-account-tokens.ts'

/** What every handler works with. */
export interface ApiContext {
  store: Store
  catalog: ResourceCatalog
  rbac: Rbac
  tokens: ServiceAccountTokens
  authorize(identity: Identity, attributes: AccessAttributes, query?: URLSearchParams): Decision
  runtime: ContainerRuntime | undefined
  /** `v1.31.5` as the version endpoint shows it, with its minor number. */
  version: { gitVersion: string; minor: number }
  now(): Date
  /** PEM of the authority that signed the serving certificate. */
  caPem: string | undefined
  /** IPv4 network the cluster addresses of Services come from. */
  serviceCidr: string
  bookmarkIntervalMs: number
  /** Identity and audiences of a bearer token; undefined when it is not valid. */
  authenticateToken(token: string): { identity: Identity; audiences: string[] } | undefined
}

/** One authenticated request on its way through the server. */
export interface Call {
  info: RequestInfo
  headers: Record<string, string>
  identity: Identity
  userAgent: string
  body: Uint8Array
  audit: AuditEntry
  /** `Warning` headers of the answer. */
  warnings: string[]
  /** Aborts when the client goes away. */
  signal: AbortSignal
}

/** Receives the parts of a long answer. */
export interface StreamSink {
  write(chunk: string): void
  end(): void
}

export interface ListAnswer {
  definition: ResourceDefinition
  resourceVersion: string
  continue?: string
  remainingItemCount?: number
  items: KubeObject[]
}

export interface ExecAnswer {
  /** Shows what the main process prints from now on instead of starting a command. */
  attach: boolean
  pod: KubeObject
  container: string
  command: string[]
  stdin: boolean
  stdout: boolean
  stderr: boolean
  tty: boolean
}

/** What a handler answers; rendered for the wire or for in-process callers. */
export type Answer = { status: number; headers?: Record<string, string> } & (
  | { kind: 'object'; object: any } // any: the answered object of whatever kind
  | { kind: 'list'; list: ListAnswer }
  | { kind: 'text'; text: string | Uint8Array; contentType: string }
  /** `start` returns the function that stops the stream. */
  | { kind: 'stream'; contentType: string; start(sink: StreamSink): () => void }
  | { kind: 'exec'; exec: ExecAnswer }
)

export const objectAnswer = (status: number, object: unknown, headers?: Record<string, string>): Answer => ({
  kind: 'object',
  status,
  object,
  ...(headers ? { headers } : {}),
})

/** RFC 3339 with whole seconds, as object timestamps are. */
export const timestamp = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`

/** Field manager of a write: the query parameter, else the program's name from the user agent. */
export const fieldManagerOf = (call: Call): string =>
  call.info.query.get('fieldManager') || call.userAgent.split('/')[0] || 'unknown'

export const isDryRun = (call: Call): boolean => call.info.query.getAll('dryRun').includes('All')
