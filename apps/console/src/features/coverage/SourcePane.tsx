import { Facts, Inert, Section, SidePane, Time } from '@cordon/ui'
import type { ReactNode } from 'react'
import { Activity, type Source, SourceState } from './SourceState.tsx'
import { latencies, minutes, span } from './latency.ts'

/** One source of a cluster: its rhythm and gaps, what it sent, and how soon alerts came of it. */
export function SourcePane({
  source,
  links,
  onClose,
  takeFocus,
  className,
}: {
  source: Source
  links: ReactNode
  onClose: () => void
  takeFocus?: boolean
  className?: string
}) {
  const { rhythm } = source
  return (
    <SidePane
      label="Source details"
      eyebrow={
        <>
          Source of <Inert value={source.cluster} max={120} />
        </>
      }
      title={<Inert value={source.source} max={120} />}
      badges={<SourceState source={source} />}
      actions={links}
      onClose={onClose}
      takeFocus={takeFocus}
      className={className}
    >
      <Section title="Last 24 hours">
        <Activity spans={rhythm?.activity ?? []} />
        <p className="mt-1 flex justify-between text-2xs text-muted">
          <span>24 hours ago</span>
          <span>now</span>
        </p>
      </Section>
      <Section title="Reports">
        <Facts
          items={[
            { label: 'Last received', value: <Time value={source.lastReceivedAt} fallback="Never" /> },
            { label: 'Last event, by its clock', value: <Time value={source.lastEventAt} fallback="Never" /> },
            { label: 'First received', value: <Time value={source.firstReceivedAt} fallback="Never" /> },
            { label: 'Unusual silence', value: rhythm ? `From ${minutes(rhythm.habitMs)} on` : 'Not known yet' },
          ]}
        />
      </Section>
      <Section title="Events">
        <Facts
          items={[
            { label: 'Taken', value: source.events.toLocaleString() },
            { label: 'Repeats dropped', value: source.duplicates.toLocaleString() },
            { label: 'Set aside', value: source.rejected.toLocaleString() },
            ...(source.levels.length > 0
              ? [{ label: 'Audit levels', value: <Inert value={source.levels.join(', ')} max={200} /> }]
              : []),
          ]}
        />
      </Section>
      <Section title="From event to alert, 7 days">
        <Latencies latency={source.latency ?? []} />
      </Section>
      <Section title="Gaps, 7 days" count={rhythm?.gaps.length ?? 0}>
        <Gaps gaps={rhythm?.gaps ?? []} />
      </Section>
    </SidePane>
  )
}

function Latencies({ latency }: { latency: NonNullable<Source['latency']> }) {
  if (latency.length === 0) return <p className="text-muted">No alert came of it in the last 7 days.</p>
  const late = Math.max(...latency.map((one) => one.late))
  return (
    <>
      <table className="w-full text-left tabular-nums">
        <thead className="text-xs text-muted">
          <tr>
            <th scope="col" className="py-1 font-medium">
              Until it was
            </th>
            <th scope="col" className="py-1 text-right font-medium">
              Median
            </th>
            <th scope="col" className="py-1 text-right font-medium">
              95 %
            </th>
            <th scope="col" className="py-1 text-right font-medium">
              99 %
            </th>
            <th scope="col" className="py-1 text-right font-medium">
              Alerts
            </th>
          </tr>
        </thead>
        <tbody>
          {latency.map(({ until, p50, p95, p99, alerts }) => (
            <tr key={until} className="border-t border-line">
              <td className="py-1">{latencies[until]}</td>
              {[p50, p95, p99].map((value, at) => (
                // oxlint-disable-next-line react/no-array-index-key -- the position is the percentile
                <td key={at} className="py-1 text-right">
                  {value === null ? '–' : span(value)}
                </td>
              ))}
              <td className="py-1 text-right">{alerts.toLocaleString()}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {late > 0 && (
        <p className="mt-1 text-xs text-muted">
          {late.toLocaleString()} came more than an hour after the event and are left out of the times.
        </p>
      )}
    </>
  )
}

function Gaps({ gaps }: { gaps: NonNullable<Source['rhythm']>['gaps'] }) {
  if (gaps.length === 0) return <p className="text-muted">It never paused longer than it is used to.</p>
  return (
    <ul className="flex flex-col gap-1">
      {gaps.map((gap) => (
        <li key={gap.from} className="flex flex-wrap justify-between gap-x-3">
          <span>
            <Time value={gap.from} /> – <Time value={gap.to} />
          </span>
          <span className="text-muted">{gap.cause === 'cordon' ? 'Cordon was not running' : 'It was silent'}</span>
        </li>
      ))}
    </ul>
  )
}
