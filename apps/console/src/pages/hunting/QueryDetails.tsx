import type { HuntResult } from '@cordon/contract'
import { CopyButton, Facts, Scroll, Time } from '@cordon/ui'

/** What a run took, stage by stage, and what was asked of the engine. */
export function QueryDetails({ result }: { result: HuntResult }) {
  const { stats } = result
  const rest = Math.max(0, stats.totalMs - stats.queuedMs - stats.translateMs - stats.engineMs)
  const stages: [string, number][] = [
    ['Waited for a place', stats.queuedMs],
    ['Translated to SQL', stats.translateMs],
    ['Ran in the engine', stats.engineMs],
    ['Read state, counted, wrote the answer', rest],
  ]
  return (
    <Scroll label="Query details" className="@container flex-1 p-4">
      <div className="grid max-w-5xl gap-x-10 gap-y-5 @3xl:grid-cols-2">
        <section aria-label="Time">
          <h3 className="pb-2 text-sm font-semibold">Time: {milliseconds(stats.totalMs)}</h3>
          <ul className="flex flex-col gap-1.5 text-sm">
            {stages.map(([name, ms]) => (
              <li key={name} className="grid grid-cols-[minmax(7rem,15rem)_minmax(2rem,1fr)_5rem] items-center gap-2">
                <span className="text-muted">{name}</span>
                <span className="h-2 rounded-full bg-hover">
                  <span
                    className="block h-2 rounded-full bg-solid"
                    style={{ width: `${stats.totalMs > 0 ? Math.max(0.5, (ms / stats.totalMs) * 100) : 0}%` }}
                  />
                </span>
                <span className="text-right tabular-nums">{milliseconds(ms)}</span>
              </li>
            ))}
          </ul>
        </section>
        <section aria-label="Reading">
          <h3 className="pb-2 text-sm font-semibold">Read</h3>
          <Facts
            items={[
              { label: 'Rows read', value: stats.rowsRead.toLocaleString() },
              { label: 'Bytes read', value: bytes(stats.bytesRead) },
              {
                label: 'Most memory',
                value: stats.memoryBytes > 0 ? bytes(stats.memoryBytes) : 'Too quick to be seen',
              },
              { label: 'Your engine time lately', value: `${stats.usedSeconds.toFixed(1)} s` },
              {
                label: 'Rows of the answer',
                value: `${result.results.length.toLocaleString()}${result.truncated ? ` of ${result.total?.toLocaleString() ?? 'more'}` : ''}`,
              },
              { label: 'From', value: <Time value={result.from} fallback="The beginning" /> },
              { label: 'To', value: <Time value={result.to} fallback="Now" /> },
            ]}
          />
        </section>
      </div>
      <section aria-label="SQL" className="mt-6">
        <h3 className="flex items-center pb-1 text-sm font-semibold">
          SQL
          <CopyButton text={result.sql} label="Copy the SQL" />
        </h3>
        <pre className="rounded-md border border-line bg-canvas p-3 font-mono text-xs break-words whitespace-pre-wrap">
          {result.sql}
        </pre>
      </section>
    </Scroll>
  )
}

export function milliseconds(ms: number): string {
  return ms >= 10_000
    ? `${(ms / 1000).toFixed(1)} s`
    : `${ms < 10 ? ms.toFixed(1) : Math.round(ms).toLocaleString()} ms`
}

export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = count
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit] ?? ''}`
}
