import { sql } from 'kysely'
import type { Deps } from '../../deps.ts'

/** What came from one source of one cluster since this process started. Epoch milliseconds. */
export interface SourceCounts {
  cluster: string
  source: string
  events: number
  rejected: number
  duplicates: number
  firstReceived: number
  lastReceived: number
  /** 0 while only rejected ones came. */
  lastEventTime: number
  levels: string[]
}

const everyMs = 2000

/** Adds what came since the last time to the coverage table, so that it outlives this process. */
export function recordCoverage(
  { commitUnrecorded, log }: Pick<Deps, 'commitUnrecorded' | 'log'>,
  read: () => SourceCounts[],
) {
  const written = new Map<string, SourceCounts>()

  async function flush(): Promise<void> {
    const fresh = read().filter((now) => {
      const before = written.get(`${now.source} ${now.cluster}`)
      return (
        !before ||
        before.events !== now.events ||
        before.rejected !== now.rejected ||
        before.duplicates !== now.duplicates
      )
    })
    if (fresh.length === 0) return
    await commitUnrecorded(async (tx) => {
      for (const now of fresh) {
        const before = written.get(`${now.source} ${now.cluster}`)
        const lastEvent = now.lastEventTime > 0 ? new Date(now.lastEventTime) : null
        await sql`
          insert into coverage as c (cluster, source, first_received_at, last_received_at, last_event_at, events, rejected, duplicates, levels)
          values (${now.cluster}, ${now.source}, ${new Date(now.firstReceived)}, ${new Date(now.lastReceived)}, ${lastEvent},
            ${now.events - (before?.events ?? 0)}, ${now.rejected - (before?.rejected ?? 0)},
            ${now.duplicates - (before?.duplicates ?? 0)}, ${now.levels})
          on conflict (cluster, source) do update set
            first_received_at = least(c.first_received_at, excluded.first_received_at),
            last_received_at = greatest(c.last_received_at, excluded.last_received_at),
            last_event_at = greatest(c.last_event_at, excluded.last_event_at),
            events = c.events + excluded.events,
            rejected = c.rejected + excluded.rejected,
            duplicates = c.duplicates + excluded.duplicates,
            levels = (select array(select distinct unnest(c.levels || excluded.levels) order by 1))`.execute(tx)
      }
      return { result: undefined, changed: ['coverage'] }
    })
    for (const now of fresh) written.set(`${now.source} ${now.cluster}`, now)
  }

  let running: Promise<void> = Promise.resolve()
  const timer = setInterval(() => {
    running = running.then(flush).catch((error: unknown) => log.warn({ err: error }, 'Coverage could not be stored'))
  }, everyMs)
  return {
    async stop() {
      clearInterval(timer)
      await running
      await flush()
    },
  }
}
