import type { Output } from '@cordon/contract'
import { Radio, TriangleAlert } from 'lucide-react'
import { minutes } from './latency.ts'

export type Source = Output<'coverageGet'>['sources'][number]

/** Whether a source reports as it is used to. */
export function SourceState({ source }: { source: Source }) {
  if (source.rhythm?.state === 'silent' || !source.lastReceivedAt)
    return (
      <span
        className="inline-flex items-center gap-1.5 align-top font-medium text-caution"
        title={`Silent for longer than ${minutes(source.rhythm?.habitMs ?? 0)}, which is unusual for it`}
      >
        <TriangleAlert className="size-4" aria-hidden />{' '}
        {source.lastReceivedAt ? 'Silent, unusually' : 'Never reported'}
      </span>
    )
  return (
    <span className="inline-flex items-center gap-1.5 align-top">
      <Radio className="size-4 text-muted" aria-hidden /> Reporting
    </span>
  )
}

/** Events of the last 24 hours, a bar for each quarter of an hour; heights are logarithmic. */
export function Activity({ spans }: { spans: readonly number[] }) {
  const most = Math.max(1, ...spans)
  const sent = spans.filter((count) => count > 0).length
  return (
    <svg
      viewBox={`0 0 ${Math.max(1, spans.length)} 16`}
      preserveAspectRatio="none"
      className="h-4 w-full text-accent"
      role="img"
      aria-label={`Events came in ${sent} of ${spans.length} quarters of an hour`}
    >
      {spans.map((count, at) => {
        const height = count === 0 ? 0 : Math.max(2, (16 * Math.log1p(count)) / Math.log1p(most))
        // oxlint-disable-next-line react/no-array-index-key -- the position is the time
        return <rect key={at} x={at} y={16 - height} width={0.8} height={height} fill="currentColor" />
      })}
    </svg>
  )
}
