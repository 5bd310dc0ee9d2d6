import { sql } from 'kysely'
import type { Noun } from '@cordon/contract'
import type { Call, Deps } from '../../deps.ts'
import type { Recorded } from '../correlate/record-detections.ts'

const everyMs = 2000
// Consoles that were told after this long opened later; that is not our latency.
const unseenAfterMs = 60_000
// Hints go out within a moment: who was told later has opened a console since.
const toldWithinMs = 10_000
const mostWaiting = 10_000

type Painted = Call<'alertShown'>['body']

interface Waiting {
  incidentId: number
  since: Date
  storedAt: Date
  toldAt?: Date
  shownAt?: Date
  isWritten?: boolean
}

/**
 * Measures each new alert: when its transaction was through, when the first open console was told, and when the first of
 * them had painted it. The event's own time is with the alert, so that all are measured from there.
 */
export function createAlertLatency({ commitUnrecorded, log }: Pick<Deps, 'commitUnrecorded' | 'log'>) {
  const waiting = new Map<string, Waiting>()

  async function flush(): Promise<void> {
    const now = Date.now()
    const rows: { id: string; storedAt: Date; toldAt: Date | null; shownAt: Date | null }[] = []
    for (const [id, one] of waiting) {
      const isOver = one.shownAt !== undefined || now - one.storedAt.getTime() > unseenAfterMs
      const { storedAt, toldAt = null, shownAt = null } = one
      if (!one.isWritten || isOver) rows.push({ id, storedAt, toldAt, shownAt })
      if (isOver) waiting.delete(id)
      else one.isWritten = true
    }
    if (rows.length === 0) return
    await commitUnrecorded(async (tx) => {
      await sql`
        update alerts set stored_at = v.stored, told_at = v.told, shown_at = v.shown
        from unnest(${rows.map((row) => row.id)}::text[], ${rows.map((row) => row.storedAt)}::timestamptz[],
          ${rows.map((row) => row.toldAt)}::timestamptz[], ${rows.map((row) => row.shownAt)}::timestamptz[])
          as v (id, stored, told, shown)
        where alerts.id = v.id`.execute(tx)
      return { result: undefined, changed: [] }
    })
  }

  let running: Promise<void> = Promise.resolve()
  const write = () =>
    (running = running.then(flush).catch((error: unknown) => log.warn({ err: error }, 'Latency could not be stored')))
  const timer = setInterval(write, everyMs)
  return {
    /** Call when the transaction of these is through. */
    stored(recorded: readonly Recorded[]): void {
      const storedAt = new Date()
      for (const { alertId, incidentId, since, repeated } of recorded)
        if (!repeated && waiting.size < mostWaiting) waiting.set(alertId, { incidentId, since, storedAt })
    },
    /** Call when a console was told that these nouns changed. */
    told(nouns: Iterable<Noun>): void {
      if (waiting.size === 0 || ![...nouns].includes('alert')) return
      const now = new Date()
      for (const one of waiting.values()) if (now.getTime() - one.storedAt.getTime() < toldWithinMs) one.toldAt ??= now
    },
    /**
     * Call when a console says what it painted, and how many milliseconds `ago`. Its clock isn't asked: the time is ours,
     * and never before the alert was stored.
     */
    shown({ alerts, incidents, ago }: Painted): void {
      if (waiting.size === 0) return
      const at = Date.now() - ago
      const painted = new Set(alerts)
      const rows = new Map(incidents.map(({ id, updatedAt }) => [id, Date.parse(updatedAt)]))
      for (const [id, one] of waiting) {
        const isPainted = painted.has(id) || (rows.get(one.incidentId) ?? 0) >= one.since.getTime()
        if (isPainted) one.shownAt ??= new Date(Math.max(at, one.storedAt.getTime()))
      }
    },
    flush: write,
    async stop(): Promise<void> {
      clearInterval(timer)
      await write()
    },
  }
}

export type AlertLatency = ReturnType<typeof createAlertLatency>
