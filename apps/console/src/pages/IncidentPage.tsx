import { Button, Inert, Skeleton, Tabs } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { ChevronRight, UserRound } from 'lucide-react'
import { lazy, Suspense, useCallback, useState } from 'react'
import { Link, useNavigate, useParams } from 'react-router'
import { paths } from '../app/paths.ts'
import { q } from '../api/query.ts'
import { useMay } from '../api/session.ts'
import { CoverageStrip } from '../features/coverage/CoverageStrip.tsx'
import { BesideContext, type HuntToOpen } from '../features/hunting/beside.ts'
import { Activities } from '../features/incidents/Activities.tsx'
import { ContainmentBadge } from '../signs/ContainmentBadge.tsx'
import { Priority } from '../signs/Priority.tsx'
import { Problem } from '../signs/Problem.tsx'
import { SeverityMark } from '../signs/Severity.tsx'
import { StatusMark } from '../signs/Status.tsx'
import { AlertsTab } from './incident/AlertsTab.tsx'
import { AssetsTab } from './incident/AssetsTab.tsx'
import { AttackStory } from './incident/AttackStory.tsx'
import { EvidenceTab } from './incident/EvidenceTab.tsx'

const ManageIncident = lazy(async () => ({
  default: (await import('../features/incidents/ManageIncident.tsx')).ManageIncident,
}))
const HuntBeside = lazy(async () => ({ default: (await import('./hunting/HuntBeside.tsx')).HuntBeside }))

const tabs = ['story', 'alerts', 'assets', 'evidence', 'activities'] as const
type Tab = (typeof tabs)[number]

export function Component() {
  const params = useParams()
  const id = Number(params.id)
  const tab: Tab = tabs.find((t) => t === params.tab) ?? 'story'
  const navigate = useNavigate()
  const [isManaging, setManaging] = useState(false)
  const [hunt, setHunt] = useState<(HuntToOpen & { number: number }) | null>(null)
  const openBeside = useCallback(
    (next: HuntToOpen) => setHunt((before) => ({ ...next, number: (before?.number ?? 0) + 1 })),
    [],
  )
  const may = useMay('incidentUpdate')
  const { data: incident, error, refetch } = useQuery(q('incidentGet', { params: { id } }))
  const graph = useQuery(q('incidentGraph', { params: { id } }))
  if (!incident)
    return error ? (
      <Problem error={error} onRetry={() => void refetch()} what={`Incident ${params.id}`} />
    ) : (
      <Skeleton rows={16} />
    )
  const alerts = incident.alerts.toSorted((a, b) => a.firstActivity.localeCompare(b.firstActivity))
  const evidence = new Set(alerts.flatMap((alert) => alert.evidence.map((item) => item.key))).size
  return (
    <BesideContext value={openBeside}>
      <title>{`${incident.id} ${incident.name} · Cordon`}</title>
      <header className="flex flex-wrap items-start gap-x-4 gap-y-2 bg-panel px-5 pt-3 pb-2">
        <div className="min-w-0 flex-1 basis-80">
          <nav aria-label="Breadcrumb" className="flex items-center gap-1 text-xs text-muted">
            <Link to={paths.incidents} className="rounded hover:text-accent hover:underline">
              Incidents
            </Link>
            <ChevronRight className="size-3" aria-hidden />
            <span>{incident.id}</span>
          </nav>
          <h1 className="mt-0.5 text-lg font-semibold tracking-tight break-words">
            <Inert value={incident.name} max={240} />
          </h1>
          <div className="mt-1.5 flex flex-wrap items-center gap-x-3.5 gap-y-1 text-sm">
            <SeverityMark severity={incident.severity} />
            <StatusMark status={incident.status} />
            <span className="flex items-center gap-1.5">
              <Priority score={incident.priorityScore} /> <span className="text-muted">Priority</span>
            </span>
            <span className="flex items-center gap-1.5">
              <UserRound className="size-3.5 text-muted" aria-hidden />
              {incident.assignedTo ? (
                <Inert value={incident.assignedTo} max={60} />
              ) : (
                <span className="text-muted">Unassigned</span>
              )}
            </span>
            <span className="text-muted">
              {incident.activeAlerts} of {incident.totalAlerts} alerts active
            </span>
            {incident.containment.map((pod) => (
              <ContainmentBadge key={pod.key} state={pod.state} name={pod.name} />
            ))}
            {incident.redirectedTo !== null && (
              <Link to={paths.incident(incident.redirectedTo)} className="text-accent hover:underline">
                Merged into incident {incident.redirectedTo}
              </Link>
            )}
          </div>
        </div>
        <Button
          look="primary"
          disabled={!may.allowed}
          title={may.allowed ? undefined : may.reason}
          onClick={() => setManaging(true)}
        >
          Manage incident
        </Button>
      </header>
      <div className="bg-panel">
        <CoverageStrip
          clusters={incident.clusters}
          during={{ from: incident.firstActivity, to: incident.lastActivity }}
        />
      </div>
      <div className="relative flex min-h-0 flex-1 flex-col">
        <Tabs
          label="Incident"
          value={tab}
          onChange={(next) => void navigate(paths.incident(id, next === 'story' ? undefined : next), { replace: true })}
          className="[&>div:first-child]:bg-panel"
          tabs={[
            { value: 'story', label: 'Attack story' },
            { value: 'alerts', label: 'Alerts', count: alerts.length },
            { value: 'assets', label: 'Assets', count: incident.impactedAssets.length },
            { value: 'evidence', label: 'Evidence and response', count: evidence },
            { value: 'activities', label: 'Activities', count: incident.activities.length },
          ]}
        >
          {error && (
            <Problem error={error} compact onRetry={() => void refetch()} what="This page may be out of date" />
          )}
          {tab === 'story' && <AttackStory incident={incident} alerts={alerts} graph={graph} />}
          {tab === 'alerts' && <AlertsTab alerts={alerts} />}
          {tab === 'assets' && <AssetsTab incident={incident} graph={graph.data} />}
          {tab === 'evidence' && <EvidenceTab incident={incident} graph={graph.data} />}
          {tab === 'activities' && <Activities incident={incident} />}
        </Tabs>
        {hunt && (
          <Suspense fallback={null}>
            <HuntBeside key={hunt.number} hunt={hunt} incident={incident} onClose={() => setHunt(null)} />
          </Suspense>
        )}
      </div>
      {isManaging && (
        <Suspense fallback={null}>
          <ManageIncident incident={incident} onClose={() => setManaging(false)} />
        </Suspense>
      )}
    </BesideContext>
  )
}
