import type { DetectionPreview } from '@cordon/contract'
import { Button, Empty, Inert, inertString, Notice, Section, Skeleton, Time } from '@cordon/ui'
import { ChartColumn } from 'lucide-react'
import { EntityName } from '../../signs/EntityName.tsx'
import { Problem } from '../../signs/Problem.tsx'
import { bytesText, countText, durationText } from '../../signs/cost-text.ts'

export interface PreviewPaneProps {
  preview: DetectionPreview | undefined
  error: unknown
  isPending: boolean
  /** What was previewed is no longer what the form says. */
  isStale: boolean
  /** Why it can't be asked for now. */
  blocked: string | null
  onPreview: () => void
}

/** The alerts of the past 30 days that there would have been. */
export function PreviewPane({ preview, error, isPending, isStale, blocked, onPreview }: PreviewPaneProps) {
  return (
    <aside aria-label="Preview" className="flex min-h-0 flex-col overflow-y-auto border-l border-line bg-panel">
      <div className="flex items-center gap-3 border-b border-line px-4 py-3">
        <h2 className="text-sm font-semibold">Past 30 days</h2>
        <Button
          size="sm"
          className="ml-auto"
          disabled={isPending || blocked !== null}
          title={blocked ?? undefined}
          icon={<ChartColumn className="size-3.5" aria-hidden />}
          onClick={onPreview}
        >
          {isPending ? 'Asking…' : preview ? 'Preview again' : 'Preview'}
        </Button>
      </div>
      {isPending ? (
        <Skeleton rows={8} />
      ) : error ? (
        <div className="p-4">
          <Problem error={error} compact onRetry={onPreview} />
        </div>
      ) : preview ? (
        <Previewed preview={preview} isStale={isStale} />
      ) : (
        <Empty icon={<ChartColumn aria-hidden />} title="No preview yet">
          See how many alerts it would have raised, per day, before it raises any.
        </Empty>
      )}
    </aside>
  )
}

function Previewed({ preview, isStale }: { preview: DetectionPreview; isStale: boolean }) {
  return (
    <>
      <div className="flex flex-col gap-3 px-4 py-3" role="status">
        {isStale && <Notice kind="warning">The form has changed since. Preview again.</Notice>}
        <p>
          <span className="text-2xl font-semibold">{preview.alerts.toLocaleString()}</span>{' '}
          {preview.alerts === 1 ? 'alert' : 'alerts'} from {preview.rows.toLocaleString()}{' '}
          {preview.rows === 1 ? 'row' : 'rows'}
        </p>
        {preview.notes.map((note) => (
          <Notice key={note}>{note}</Notice>
        ))}
        <DayChart days={preview.days} />
        <p className="text-xs text-muted">
          {durationText(preview.ms)}, {countText(preview.rowsRead)} rows and {bytesText(preview.bytesRead)} read
        </p>
      </div>
      <Section
        title={preview.alerts > preview.examples.length ? `The newest ${preview.examples.length} alerts` : 'Alerts'}
      >
        {preview.examples.length === 0 && <p className="text-sm text-muted">None.</p>}
        <ul className="flex flex-col gap-3">
          {preview.examples.map((example, index) => (
            // Examples have no identity; the list is replaced whole.
            <li key={index} className="rounded-md border border-line p-2.5 text-sm">
              <p className="font-medium">
                <Inert value={example.title} max={200} />
              </p>
              <p className="text-xs text-muted">
                <Time value={example.at} /> · {example.rows.toLocaleString()} {example.rows === 1 ? 'row' : 'rows'}
              </p>
              <p className="mt-1 flex flex-wrap gap-x-3">
                {example.entities.map((entity) => (
                  <EntityName key={entity.key} kind={entity.kind} name={entity.name} />
                ))}
              </p>
              <details className="mt-1">
                <summary className="cursor-pointer text-xs text-muted">First row</summary>
                <pre className="mt-1 max-h-60 overflow-auto rounded bg-canvas p-2 text-xs whitespace-pre-wrap">
                  {inertString(JSON.stringify(example.sample, null, 1).slice(0, 20_000), true)}
                </pre>
              </details>
            </li>
          ))}
        </ul>
      </Section>
    </>
  )
}

const height = 64

function DayChart({ days }: { days: DetectionPreview['days'] }) {
  const top = Math.max(1, ...days.map((day) => day.alerts))
  const width = 100 / Math.max(1, days.length)
  const busiest = days.reduce((best, day) => (day.alerts > best.alerts ? day : best), days[0] ?? { day: '', alerts: 0 })
  const label =
    busiest.alerts === 0 ? 'Alerts per day: none' : `Alerts per day; most on ${busiest.day}: ${busiest.alerts}`
  return (
    <figure>
      <svg
        viewBox={`0 0 100 ${height}`}
        preserveAspectRatio="none"
        className="h-20 w-full"
        role="img"
        aria-label={label}
      >
        {days.map(({ day, alerts, rows }, index) => (
          <g key={day}>
            <title>{`${day}: ${alerts} alerts, ${rows} rows`}</title>
            <rect x={index * width} y="0" width={width} height={height} fill="transparent" />
            {alerts > 0 && (
              <rect
                x={index * width + width * 0.15}
                y={height - 1 - Math.max(2, (alerts / top) * (height - 6))}
                width={width * 0.7}
                height={Math.max(2, (alerts / top) * (height - 6))}
                className="fill-accent"
              />
            )}
          </g>
        ))}
        <rect x="0" y={height - 0.8} width="100" height="0.8" className="fill-line-strong" />
      </svg>
      <figcaption aria-hidden className="flex justify-between text-2xs text-muted">
        <span>{days[0]?.day}</span>
        <span>up to {top.toLocaleString()} a day</span>
        <span>{days.at(-1)?.day}</span>
      </figcaption>
    </figure>
  )
}
