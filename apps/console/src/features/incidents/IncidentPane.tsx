import { classificationLabels } from '@cordon/incidents'
import { Badge, Button, Facts, Inert, Section, SidePane, Time } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { q } from '../../api/query.ts'
import { useMay } from '../../api/session.ts'
import { ContainmentBadge } from '../../signs/ContainmentBadge.tsx'
import { EntityName } from '../../signs/EntityName.tsx'
import { PaneWait, waitTitle } from '../../signs/PaneWait.tsx'
import { SeverityMark } from '../../signs/Severity.tsx'
import { StatusMark } from '../../signs/Status.tsx'
import { sentence, tacticLabel } from '../../signs/attack.ts'
import { PriorityFactors } from './PriorityFactors.tsx'

export interface IncidentPaneProps {
  id: number
  /** Link to the incident page. */
  open: ReactNode
  onManage: () => void
  onClose: () => void
  onPrevious?: () => void
  onNext?: () => void
  takeFocus?: boolean
  className?: string
}

/** Summary of an incident beside the queue. */
export function IncidentPane({
  id,
  open,
  onManage,
  onClose,
  onPrevious,
  onNext,
  takeFocus,
  className,
}: IncidentPaneProps) {
  const query = useQuery(q('incidentGet', { params: { id } }))
  const { data } = query
  const may = useMay('incidentUpdate')
  return (
    <SidePane
      label="Incident summary"
      eyebrow={`Incident ${id}`}
      title={data ? <Inert value={data.name} max={240} /> : waitTitle(query)}
      badges={
        data && (
          <>
            <SeverityMark severity={data.severity} />
            <StatusMark status={data.status} />
            {data.containment.map((pod) => (
              <ContainmentBadge key={pod.key} state={pod.state} name={pod.name} />
            ))}
          </>
        )
      }
      actions={
        <>
          {open}
          <Button disabled={!data || !may.allowed} title={may.allowed ? undefined : may.reason} onClick={onManage}>
            Manage incident
          </Button>
        </>
      }
      onClose={onClose}
      onPrevious={onPrevious}
      onNext={onNext}
      takeFocus={takeFocus}
      className={className}
    >
      <PaneWait query={query} />
      {data && (
        <>
          <Section title="Priority">
            <PriorityFactors score={data.priorityScore} factors={data.priorityFactors} />
          </Section>
          <Section title="Details">
            <Facts
              items={[
                { label: 'Assigned to', value: data.assignedTo ? <Inert value={data.assignedTo} /> : 'Unassigned' },
                { label: 'Active alerts', value: `${data.activeAlerts} of ${data.totalAlerts}` },
                { label: 'Categories', value: data.categories.map(tacticLabel).join(', ') || '–' },
                { label: 'Clusters', value: <Inert value={data.clusters.join(', ') || '–'} /> },
                { label: 'Namespaces', value: <Inert value={data.namespaces.join(', ') || '–'} /> },
                { label: 'First activity', value: <Time value={data.firstActivity} /> },
                { label: 'Last activity', value: <Time value={data.lastActivity} /> },
                {
                  label: 'Classification',
                  value: data.classification ? classificationLabels[data.classification] : 'Not set',
                },
                ...(data.determination ? [{ label: 'Determination', value: sentence(data.determination) }] : []),
                { label: 'Tags', value: data.tags.length > 0 ? <Tags tags={data.tags} /> : '–' },
              ]}
            />
          </Section>
          <Section title="Impacted assets" count={data.impactedAssets.length}>
            <ul className="flex flex-col gap-1">
              {data.impactedAssets.slice(0, 12).map((asset) => (
                <li key={asset.key}>
                  <EntityName kind={asset.kind} name={asset.name} />
                </li>
              ))}
            </ul>
            {data.impactedAssets.length > 12 && (
              <p className="mt-1 text-xs text-muted">{data.impactedAssets.length - 12} more on the incident page.</p>
            )}
          </Section>
          <Section title="Alerts" count={data.alerts.length}>
            <ul className="flex flex-col gap-1.5">
              {data.alerts.slice(0, 10).map((alert) => (
                <li key={alert.id} className="flex items-baseline gap-2">
                  <SeverityMark severity={alert.severity} wordless />
                  <span className="min-w-0 flex-1">
                    <Inert value={alert.title} max={160} />
                  </span>
                  <span className="text-xs text-muted">
                    <Time value={alert.firstActivity} />
                  </span>
                </li>
              ))}
            </ul>
            {data.alerts.length > 10 && (
              <p className="mt-1 text-xs text-muted">{data.alerts.length - 10} more on the incident page.</p>
            )}
          </Section>
        </>
      )}
    </SidePane>
  )
}

function Tags({ tags }: { tags: readonly string[] }) {
  return (
    <span className="flex flex-wrap gap-1">
      {tags.map((tag) => (
        <Badge key={tag}>
          <Inert value={tag} max={60} />
        </Badge>
      ))}
    </span>
  )
}
