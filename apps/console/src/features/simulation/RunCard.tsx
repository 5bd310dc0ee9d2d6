import type { Output } from '@cordon/contract'
import { Badge, Inert, Notice, Scroll, Time } from '@cordon/ui'
import { Check, CircleDashed, CircleX, LoaderCircle, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'

export type Run = Output<'simulationList'>['runs'][number]

const states: Record<Run['state'], ReactNode> = {
  running: (
    <Badge tone="progress" icon={<LoaderCircle className="animate-spin" aria-hidden />}>
      Running
    </Badge>
  ),
  done: <Badge icon={<Check aria-hidden />}>Done</Badge>,
  failed: (
    <Badge tone="failed" icon={<CircleX aria-hidden />}>
      Failed
    </Badge>
  ),
}

/** A run: how far it is, and which of the expected alerts have been raised. */
export function RunCard({
  run,
  title,
  alertLink,
}: {
  run: Run
  title: string
  alertLink: (id: string, text: string) => ReactNode
}) {
  const raised = run.alerts.filter((alert) => alert.raised).length
  return (
    <li className="rounded-lg border border-line bg-panel">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-4 py-2.5">
        <h3 className="font-semibold">{title}</h3>
        {states[run.state]}
        <span className="text-xs text-muted">
          on <Inert value={run.cluster} max={60} />
          {run.namespace && (
            <>
              , namespace <Inert value={run.namespace} max={60} />
            </>
          )}
        </span>
        <span className="ml-auto text-xs text-muted">
          <Inert value={run.startedBy} max={40} />, <Time value={run.startedAt} />
        </span>
      </header>
      {run.error && (
        <div className="px-4 pt-3">
          <Notice kind="danger" icon={<TriangleAlert aria-hidden />}>
            <Inert value={run.error} max={800} expandable={run.error.length > 800} />
          </Notice>
        </div>
      )}
      <div className="grid gap-4 px-4 py-3 sm:grid-cols-2">
        <div>
          <p className="text-xs font-medium text-muted">
            Expected alerts: {raised} of {run.alerts.length} raised
          </p>
          <ul aria-live="polite" className="mt-1 flex flex-col gap-1">
            {run.alerts.map((alert) => (
              <li key={alert.title} className="flex items-start gap-2">
                {alert.raised ? (
                  <Check className="mt-0.5 size-4 shrink-0 text-proof" aria-label="Raised" />
                ) : (
                  <CircleDashed className="mt-0.5 size-4 shrink-0 text-muted" aria-label="Not yet raised" />
                )}
                <span className={alert.raised ? 'min-w-0' : 'min-w-0 text-muted'}>
                  {alert.alertId ? alertLink(alert.alertId, alert.title) : <Inert value={alert.title} max={160} />}
                </span>
              </li>
            ))}
          </ul>
        </div>
        <div>
          <p className="text-xs font-medium text-muted">Progress</p>
          <Scroll label={`Progress of run ${run.id}`} className="mt-1 max-h-44">
            <ol className="flex flex-col gap-1 text-sm">
              {run.progress.length === 0 && <li className="text-muted">Nothing yet.</li>}
              {run.progress.toReversed().map((line) => (
                <li key={line.at + line.text} className="flex gap-2">
                  <span className="text-xs text-muted">
                    <Time value={line.at} />
                  </span>
                  <span className="min-w-0 flex-1">
                    <Inert value={line.text} max={300} block />
                  </span>
                </li>
              ))}
            </ol>
          </Scroll>
        </div>
      </div>
    </li>
  )
}
