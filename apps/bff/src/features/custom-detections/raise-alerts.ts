import type { Detection } from '@cordon/incidents'
import { sql } from 'kysely'
import type { Tx } from '../../adapters/postgres/commit.ts'
import type { Recorded } from '../../jobs/correlate/record-detections.ts'
import type { AlertGroup } from './group-rows.ts'
import type { DetectionPorts } from './ports.ts'
import { markSeen, seenRows } from './run-store.ts'
import { dedupeKeyOf, type Raising, toDetections } from './to-detections.ts'
import { wantResponses } from './want-responses.ts'

/** Most alerts that one run raises or adds to. */
export const mostAlerts = 150
/** Rows per transaction. */
const mostPerCommit = 100

export interface Raised {
  alerts: number
  repeats: number
  /** Alerts that are over the limit of one run. */
  leftOut: number
  /** Rows that an earlier run has judged. */
  known: number
}

/**
 * Makes alerts of rows that haven't made one before. Marks of the rows, and the responses that new alerts ask for, are
 * stored in the transaction of the alerts: a crash neither doubles nor loses one.
 */
export async function raiseAlerts(
  ports: DetectionPorts,
  raising: Raising & { author: string },
  groups: readonly AlertGroup[],
): Promise<Raised> {
  const all = groups.flatMap((group) => group.rows)
  const seen = await seenRows(
    ports.deps,
    raising.id,
    all.map(({ rowKey }) => rowKey),
  )
  const fresh = groups.flatMap((group): AlertGroup[] => {
    const [first, ...rest] = group.rows.filter(({ rowKey }) => !seen.has(rowKey))
    return first ? [{ key: group.key, rows: [first, ...rest] }] : []
  })
  const kept = fresh.slice(0, mostAlerts)
  const raised: Raised = {
    alerts: 0,
    repeats: 0,
    leftOut: fresh.length - kept.length,
    known: all.length - fresh.flatMap((group) => group.rows).length,
  }
  const uids = await podUids(ports, kept)
  for (const round of rounds(kept))
    for (const batch of batches(round, raising)) {
      const rows = batch.flatMap(({ rows }) => rows)
      const recorded = await ports.record(
        batch.flatMap(({ detections }) => detections.map((one) => withUids(one, uids))),
        async (tx, stored) => {
          await markSeen(tx, raising.id, rows)
          await wantResponses(tx, raising, await openAlerts(tx, stored), groupsByKey(raising.id, round))
        },
      )
      if (recorded.length === 0)
        // Alerts hold these rows already, as a run that was cut short left them.
        await ports.deps.commitUnrecorded(async (tx) => {
          await markSeen(tx, raising.id, rows)
          return { result: undefined, changed: [] }
        })
      for (const { repeated } of recorded) {
        if (repeated) raised.repeats += 1
        else raised.alerts += 1
      }
    }
  return raised
}

/** Groups of one key one after the other: within one call correlation takes all that share a key for one alert. */
function rounds(groups: readonly AlertGroup[]): AlertGroup[][] {
  const all: AlertGroup[][] = []
  const times = new Map<string, number>()
  for (const group of groups) {
    const round = times.get(group.key) ?? 0
    times.set(group.key, round + 1)
    const list = (all[round] ??= [])
    list.push(group)
  }
  return all
}

interface Batch {
  detections: Detection[]
  rows: AlertGroup['rows'][number][]
}

function batches(groups: readonly AlertGroup[], raising: Raising): Batch[][] {
  const parts = groups.flatMap((group): Batch[] => {
    const detections = toDetections(raising, group)
    return Array.from({ length: Math.ceil(detections.length / mostPerCommit) }, (_part, index) => {
      const [start, end] = [index * mostPerCommit, (index + 1) * mostPerCommit]
      return { detections: detections.slice(start, end), rows: group.rows.slice(start, end) }
    })
  })
  const all: Batch[][] = []
  let size = mostPerCommit
  for (const part of parts) {
    if (size + part.detections.length > mostPerCommit) {
      all.push([])
      size = 0
    }
    all.at(-1)?.push(part)
    size += part.detections.length
  }
  return all
}

function groupsByKey(id: string, groups: readonly AlertGroup[]): Map<string, AlertGroup> {
  return new Map(groups.map((group) => [dedupeKeyOf(id, group), group]))
}

/** New alerts that tuning has neither hidden nor resolved. */
async function openAlerts(tx: Tx, recorded: readonly Recorded[]): Promise<Recorded[]> {
  const ids = recorded.filter(({ repeated }) => !repeated).map(({ alertId }) => alertId)
  if (ids.length === 0) return []
  const rows = await tx
    .selectFrom('alerts')
    .select(['id', 'incident_id'])
    .where('id', 'in', ids)
    .where('hidden', '=', false)
    .where('status', '!=', 'resolved')
    .execute()
  const incidentOf = new Map(rows.map((row) => [row.id, row.incident_id]))
  return recorded.flatMap((one) => {
    const incidentId = one.repeated ? undefined : incidentOf.get(one.alertId)
    return incidentId === undefined ? [] : [{ ...one, incidentId }]
  })
}

/** Uids of the named pods, as the inventory knew them at the time of the row. */
async function podUids({ deps }: DetectionPorts, groups: readonly AlertGroup[]): Promise<Map<string, PodLife[]>> {
  const keys = [...new Set(groups.flatMap((group) => group.rows.flatMap((row) => row.pods)))].slice(0, 1000)
  const rows =
    keys.length === 0
      ? []
      : await deps.db
          .selectFrom('entities')
          .select(['key', 'uid', 'first_seen', 'gone_at'])
          .where('key', 'in', keys)
          .orderBy(sql`gone_at desc nulls first`)
          .execute()
  return Map.groupBy(rows, (row) => row.key)
}

interface PodLife {
  uid: string
  first_seen: Date
  gone_at: Date | null
}

function withUids(detection: Detection, lives: ReadonlyMap<string, PodLife[]>): Detection {
  const evidence = detection.evidence.map((item) => {
    if (item.kind !== 'pod') return item
    const known = lives.get(item.key) ?? []
    const life =
      known.find(({ gone_at }) => gone_at === null || gone_at.getTime() >= detection.time) ??
      (known.length === 1 ? known[0] : undefined)
    return life && life.uid !== '' ? { ...item, uid: life.uid } : item
  })
  return { ...detection, evidence }
}
