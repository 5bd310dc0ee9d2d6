import type { TrendBucket } from '@cordon/contract'
import { Skeleton } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { q } from '../../api/query.ts'
import { Problem } from '../../signs/Problem.tsx'
import { type Shift, bucketOf } from './shift.ts'

type Outcome = keyof TrendBucket['outcomes']
// Bottom to top. Green only for what was proven; the others differ in brightness too, for print without colours.
const outcomes: readonly { id: Outcome; label: string; fill: string }[] = [
  { id: 'verified', label: 'Verified', fill: 'fill-proof' },
  { id: 'unproven', label: 'Without proof', fill: 'fill-doubt' },
  { id: 'failed', label: 'Failed', fill: 'fill-failed' },
  { id: 'stopped', label: 'Stopped before', fill: 'fill-line-strong' },
  { id: 'open', label: 'Going on', fill: 'fill-progress' },
]
const hourText = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const dayText = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' })
const height = 64

/** Actions over the time of the shift, by how they ended. */
export function ActionsChart({ shift, madeAt }: { shift: Shift; madeAt: string }) {
  const bucket = bucketOf(shift, Date.parse(madeAt))
  const { data, error, refetch } = useQuery(
    q('actionTrend', { query: { from: shift.from, to: shift.to ?? madeAt, bucket } }),
  )
  if (!data) return error ? <Problem error={error} compact onRetry={() => void refetch()} /> : <Skeleton rows={3} />
  const format = bucket === 'hour' ? hourText : dayText
  const sums = outcomes.map(({ id, label }) => ({
    id,
    label,
    sum: data.buckets.reduce((total, { outcomes: of }) => total + of[id], 0),
  }))
  const top = Math.max(1, ...data.buckets.map(({ total }) => total))
  const width = 100 / Math.max(1, data.buckets.length)
  const labelled = Math.max(1, Math.ceil(data.buckets.length / 8))
  return (
    <figure className="break-inside-avoid rounded-lg border border-line bg-panel px-4 py-3">
      <figcaption className="mb-2 flex flex-wrap items-center gap-x-4 gap-y-1 text-xs text-muted">
        <span className="text-sm font-semibold text-ink">Actions per {bucket}, by how they ended</span>
        {sums.map(({ id, label, sum }) => (
          <span key={id} className="flex items-center gap-1.5">
            <svg viewBox="0 0 8 8" className={`size-2 ${outcomes.find((o) => o.id === id)?.fill}`} aria-hidden>
              <rect width="8" height="8" rx="1.5" />
            </svg>
            {label} <span className="font-medium text-ink">{sum.toLocaleString()}</span>
          </span>
        ))}
        {sums.some(({ sum }) => sum > 0) && (
          <span className="ml-auto">
            Most in one {bucket}: {top.toLocaleString()}
          </span>
        )}
      </figcaption>
      <svg viewBox={`0 0 100 ${height}`} preserveAspectRatio="none" className="h-20 w-full" aria-hidden>
        {data.buckets.map((item, index) => (
          <Bar
            key={item.start}
            bucket={item}
            x={index * width}
            width={width}
            top={top}
            label={format.format(new Date(item.start))}
          />
        ))}
        <rect x="0" y={height - 0.6} width="100" height="0.6" className="fill-line" />
      </svg>
      <div aria-hidden className="flex text-2xs text-muted">
        {data.buckets.map((item, index) => (
          <span key={item.start} className="flex-1 overflow-visible whitespace-nowrap">
            {index % labelled === 0 ? format.format(new Date(item.start)) : ''}
          </span>
        ))}
      </div>
    </figure>
  )
}

function Bar({
  bucket,
  x,
  width,
  top,
  label,
}: {
  bucket: TrendBucket
  x: number
  width: number
  top: number
  label: string
}) {
  const parts = outcomes.map(({ id }) => (bucket.outcomes[id] / top) * (height - 4))
  const below = (index: number) => parts.slice(0, index + 1).reduce((sum, part) => sum + part, 0)
  return (
    <g>
      <title>{`${label}: ${bucket.total}`}</title>
      <rect x={x} y="0" width={width} height={height} fill="transparent" />
      {outcomes.map(({ id, fill }, index) => (
        <rect
          key={id}
          x={x + width * 0.15}
          y={height - 1 - below(index)}
          width={width * 0.7}
          height={parts[index]}
          className={fill}
        />
      ))}
    </g>
  )
}
