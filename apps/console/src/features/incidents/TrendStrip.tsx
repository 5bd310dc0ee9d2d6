import { useQuery } from '@tanstack/react-query'
import { q } from '../../api/query.ts'

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })

/** Alerts received and incidents created in the last 24 hours, hour by hour. */
export function TrendStrip() {
  const { data } = useQuery(q('incidentTrend', { query: { hours: 24 } }))
  const buckets = data?.buckets ?? []
  const alerts = buckets.reduce((sum, b) => sum + b.alerts, 0)
  const incidents = buckets.reduce((sum, b) => sum + b.incidents, 0)
  const top = Math.max(1, ...buckets.map((b) => b.alerts))
  const width = 100 / Math.max(1, buckets.length)
  return (
    <figure className="mx-5 mb-3 flex items-stretch gap-5 rounded-lg border border-line bg-panel px-4 py-2.5">
      <figcaption className="flex shrink-0 items-center gap-5 text-xs text-muted">
        <span>
          Last 24 hours
          <span className="sr-only">
            : {alerts} alerts received, {incidents} incidents created
          </span>
        </span>
        <span aria-hidden>
          <span className="block text-lg leading-5 font-semibold text-ink">
            {data ? incidents.toLocaleString() : '–'}
          </span>
          incidents
        </span>
        <span aria-hidden>
          <span className="block text-lg leading-5 font-semibold text-ink">{data ? alerts.toLocaleString() : '–'}</span>
          alerts
        </span>
      </figcaption>
      <div aria-hidden className="flex min-w-0 flex-1 flex-col">
        <svg viewBox="0 0 100 30" preserveAspectRatio="none" className="h-9 w-full">
          {buckets.map((bucket, index) => (
            <g key={bucket.start}>
              <title>{`${clock.format(new Date(bucket.start))}: ${bucket.alerts} alerts, ${bucket.incidents} incidents`}</title>
              <rect x={index * width} y="0" width={width} height="30" fill="transparent" />
              <rect
                x={index * width + width * 0.18}
                y={29 - (bucket.alerts / top) * 26}
                width={width * 0.64}
                height={(bucket.alerts / top) * 26}
                rx="0.4"
                className="fill-accent/70"
              />
              <rect
                x={index * width + width * 0.18}
                y="29"
                width={width * 0.64}
                height="0.8"
                className={bucket.incidents > 0 ? 'fill-sev-high' : 'fill-line'}
              />
            </g>
          ))}
        </svg>
        <div className="flex justify-between text-2xs text-muted">
          {[0, 6, 12, 18].map((step) => (
            <span key={step}>{buckets[step] ? clock.format(new Date(buckets[step].start)) : ''}</span>
          ))}
          <span>now</span>
        </div>
      </div>
      <div aria-hidden className="hidden shrink-0 flex-col justify-center gap-1 text-2xs text-muted lg:flex">
        <span className="flex items-center gap-1.5">
          <span className="size-2 rounded-xs bg-accent/70" /> Alerts received
        </span>
        <span className="flex items-center gap-1.5">
          <span className="h-0.5 w-2 bg-sev-high" /> Incident created
        </span>
      </div>
    </figure>
  )
}
