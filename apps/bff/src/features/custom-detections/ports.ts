import type { Output } from '@cordon/contract'
import type { Detection } from '@cordon/incidents'
import type { Tx } from '../../adapters/postgres/commit.ts'
import type { Actor, Deps } from '../../deps.ts'
import type { Recorded } from '../../jobs/correlate/record-detections.ts'
import type { QueryRow } from './row-values.ts'

interface HuntRequest {
  query: string
  /** ISO 8601 interval. */
  timespan: string
  /** What `now()` is, in ticks of 100 ns since 1970. */
  now?: bigint
  /** Only what these ingest batches brought. */
  ingested?: { after: number; upTo: number }
  signal: AbortSignal
}

export interface HuntAnswer {
  results: readonly QueryRow[]
  truncated: boolean
  total: number | null
  stats: { rowsRead: number; bytesRead: number }
  reads: readonly string[]
}

/** Hunting, with what the author may see, behind the hunts of people. Both throw `Refusal`. */
export interface Hunts {
  /** Of one run. */
  mostRows: number
  run(author: Actor, request: HuntRequest): Promise<HuntAnswer>
  describe(
    author: Actor,
    query: string,
    signal: AbortSignal,
  ): Promise<{
    columns: readonly { name: string; type: string }[]
    reads: readonly string[]
    notRowWise: string | null
  }>
}

export interface WantedResponse {
  type: 'isolate-pod' | 'restrict-pod' | 'terminate-pod' | 'contain-pod'
  targetKey: string
  incidentId: number
  comment: string
  /** Why a second person is needed. */
  reason: string
  idempotencyKey: string
}

export interface DetectionPorts {
  deps: Pick<Deps, 'db' | 'commit' | 'commitUnrecorded' | 'log' | 'bus'>
  hunts: Hunts
  record(
    detections: readonly Detection[],
    also: (tx: Tx, recorded: readonly Recorded[]) => Promise<void>,
  ): Promise<Recorded[]>
  /** Asks for a response that waits for approval, whatever the policy says. Throws `Refusal`. */
  request(author: Actor, wanted: WantedResponse): Promise<Pick<Output<'actionRequest'>, 'id'>>
  /** Number of the last ingest batch whose events are stored and detected. */
  lastBatch(): number
}
