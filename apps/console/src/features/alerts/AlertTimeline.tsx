import type { Alert } from '@cordon/incidents'
import { Inert, Time } from '@cordon/ui'
import { clsx } from 'clsx'
import { SeverityMark } from '../../signs/Severity.tsx'
import { StatusMark } from '../../signs/Status.tsx'
import { tacticLabel } from '../../signs/attack.ts'

export interface AlertTimelineProps {
  alerts: readonly Alert[]
  selectedId: string | null
  /** During playback: alerts reached so far. */
  reached: readonly string[] | null
  /** Alerts of the selected entity are brought forward. */
  litIds: readonly string[] | null
  onSelect: (alert: Alert) => void
}

/** The alerts of an incident in the order they began. */
export function AlertTimeline({ alerts, selectedId, reached, litIds, onSelect }: AlertTimelineProps) {
  return (
    <ol className="min-h-0 flex-1 overflow-y-auto py-2" aria-label="Alerts in time order">
      {alerts.map((alert, index) => {
        const isAhead = reached !== null && !reached.includes(alert.id)
        const isLit = litIds?.includes(alert.id) ?? false
        const chosen = alert.id === selectedId
        return (
          <li key={alert.id} className="relative">
            {index < alerts.length - 1 && (
              <span aria-hidden className="absolute top-6 bottom-[-0.6rem] left-[1.42rem] w-px bg-line" />
            )}
            <button
              type="button"
              aria-pressed={chosen}
              onClick={() => onSelect(alert)}
              className={clsx(
                'focus-inset relative flex w-full items-start gap-2.5 px-4 py-2 text-left transition-opacity',
                chosen ? 'bg-accent-soft' : 'hover:bg-hover',
                isLit && 'shadow-[inset_3px_0_0_var(--accent)]',
                isAhead && 'text-muted',
              )}
            >
              <span className="relative z-1 mt-0.5 rounded-full bg-panel">
                <SeverityMark severity={alert.severity} wordless />
              </span>
              <span className="min-w-0 flex-1">
                <span className="block text-xs text-muted">
                  <Time value={alert.firstActivity} />
                  {alert.occurrences > 1 && ` · ${alert.occurrences.toLocaleString()} times`}
                </span>
                <span className="block leading-snug font-medium">
                  <Inert value={alert.title} max={200} />
                </span>
                <span className="mt-0.5 flex flex-wrap items-center gap-x-2 text-xs text-muted">
                  <StatusMark status={alert.status} />
                  {alert.tactics[0] && <span>{tacticLabel(alert.tactics[0])}</span>}
                </span>
                <span className="block truncate text-xs text-muted">
                  <Inert value={mainEntity(alert)} max={100} />
                </span>
              </span>
            </button>
          </li>
        )
      })}
    </ol>
  )
}

function mainEntity(alert: Alert): string {
  const main =
    alert.evidence.find((item) => item.kind === 'pod' && item.role !== 'contextual') ??
    alert.evidence.find((item) => item.role !== 'contextual')
  return main ? main.name : alert.cluster
}
