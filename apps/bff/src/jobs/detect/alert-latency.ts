import { sql } from 'kysely'
import type { Noun } from '@cordon/contract'
import type { Deps } from '../../deps.ts'
import type { Recorded } from '../correlate/record-detections.ts'

const everyMs = 2000
// Consoles that were told after this long opened later; that is not our latency.
const unseenAfterMs = 60_000
const mostWaiting = 10_000

interface Waiting {
  storedAt: Date
  visibleAt?: Date
  isWritten?: boolean
}

/**
 * Measures each new alert: when its transaction was through, and when the first open console was told. The event's own
 * time is with the alert, so that both are measured from there.
 */
export function createAlertLatency({ commitUnrecorded, log }: Pick<Deps, 'commitUnrecorded' | 'log'>) {
  const waiting = new Map<string, Waiting>()

  async function flush(): Promise<void> {
    const now = Date.now()
    const rows: { id: string; storedAt: Date; visibleAt: Date | null }[] = []
    for (const [id, one] of waiting) {
      const isOver = one.visibleAt !== undefined || now - one.storedAt.getTime() > unseenAfterMs
      if (!one.isWritten || isOver) rows.push({ id, storedAt: one.storedAt, visibleAt: one.visibleAt ?? null })
      if (isOver) waiting.delete(id)
      else one.isWritten = true
    }
    if (rows.length === 0) return
    await commitUnrecorded(async (tx) => {
      await sql`
        update alerts set stored_at = v.stored, visible_at = v.visible
        from unnest(${rows.map((row) => row.id)}::text[], ${rows.map((row) => row.storedAt)}::timestamptz[],
          ${rows.map((row) => row.visibleAt)}::timestamptz[]) as v (id, stored, visible)
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
      for (const { alertId, repeated } of recorded)
        if (!repeated && waiting.size < mostWaiting) waiting.set(alertId, { storedAt })
    },
    /** Call when a console was told that these nouns changed. */
    told(nouns: Iterable<Noun>): void {
      if (waiting.size === 0 || ![...nouns].includes('alert')) return
      const now = new Date()
      for (const one of waiting.values()) one.visibleAt ??= now
    },
    flush: write,
    async stop(): Promise<void> {
      clearInterval(timer)
      await write()
    },
  }
}

export type AlertLatency = ReturnType<typeof createAlertLatency>
