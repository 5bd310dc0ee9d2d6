import type { Output } from '@cordon/contract'
import { Inert, Notice, Scroll, Time } from '@cordon/ui'
import { TriangleAlert } from 'lucide-react'
import { SeverityMark } from '../../signs/Severity.tsx'

/** What a tuning rule would have covered, with the newest of it by name. */
export function TuningPreview({ found }: { found: Output<'tuningPreview'> }) {
  return (
    <section aria-label="Preview" aria-live="polite" className="flex flex-col gap-2">
      <p>
        In the last 30 days it would have covered{' '}
        <strong>
          {found.alerts.toLocaleString()} of {found.checked.toLocaleString()} alerts
        </strong>{' '}
        ({found.occurrences.toLocaleString()} {found.occurrences === 1 ? 'occurrence' : 'occurrences'}),{' '}
        {found.open.toLocaleString()} of them still open.
        {found.isPartial && ' Older alerts were not looked at.'}
      </p>
      {found.truePositives > 0 && (
        <Notice kind="warning" icon={<TriangleAlert aria-hidden />}>
          {found.truePositives} of them belong to incidents classified as true positive. Narrow the conditions.
        </Notice>
      )}
      {found.examples.length > 0 && (
        <Scroll label="Newest of them" className="max-h-48 rounded-md border border-line">
          <ul>
            {found.examples.map((alert) => (
              <li
                key={alert.id}
                className="flex items-center gap-3 border-b border-line px-3 py-1.5 text-sm last:border-b-0"
              >
                <SeverityMark severity={alert.severity} wordless />
                <span className="min-w-0 flex-1 truncate">
                  <Inert value={alert.title} max={120} />
                </span>
                <span className="text-muted">
                  <Inert value={alert.namespace ? `${alert.cluster}/${alert.namespace}` : alert.cluster} max={80} />
                </span>
                <Time value={alert.lastActivity} />
              </li>
            ))}
          </ul>
        </Scroll>
      )}
      {found.alerts > found.examples.length && found.examples.length > 0 && (
        <p className="text-xs text-muted">The newest {found.examples.length} are listed.</p>
      )}
    </section>
  )
}
