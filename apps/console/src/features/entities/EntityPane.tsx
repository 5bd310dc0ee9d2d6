import { type EntityKind, kindLabels, parseEntityKey } from '@cordon/entities'
import { Badge, Facts, Inert, Section, SidePane, Time } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { q } from '../../api/query.ts'
import { ContainmentBadge } from '../../signs/ContainmentBadge.tsx'
import { EntityName, kindLabel } from '../../signs/EntityName.tsx'
import { PaneWait } from '../../signs/PaneWait.tsx'
import { SeverityMark } from '../../signs/Severity.tsx'
import { ContainmentFacts } from './ContainmentFacts.tsx'
import { Manifest } from './Manifest.tsx'
import type { EntityView } from './entity-view.ts'

export interface EntityPaneProps {
  entityKey: string
  incidentId?: number
  /** Actions button for the loaded entity; given by the page. */
  actions?: (entity: EntityView) => ReactNode
  pageLink?: ReactNode
  onEntity: (key: string) => void
  onAlert?: (alertId: string, incidentId: number) => void
  onAction?: (actionId: string) => void
  onClose?: () => void
  takeFocus?: boolean
  className?: string
}

/** Name of a pane as the reference product words it, e.g. “Kubernetes pod details”. */
export function detailsTitle(kind: EntityKind): string {
  return `${kindLabels[kind]} details`
}

/** Everything known of one entity, from stored facts. */
export function EntityPane(props: EntityPaneProps) {
  const { entityKey, incidentId, actions, pageLink, onEntity, onAlert, onAction, onClose, takeFocus, className } = props
  const query = useQuery(q('entityGet', { params: { key: entityKey }, query: { incidentId } }))
  const { data } = query
  const parsed = parseEntityKey(entityKey)
  const kind = data?.kind ?? parsed?.kind
  return (
    <SidePane
      label={kind ? detailsTitle(kind) : 'Entity details'}
      eyebrow={kind ? detailsTitle(kind) : 'Entity details'}
      title={<Inert value={data?.name ?? parsed?.parts.at(-1) ?? entityKey} max={200} />}
      badges={
        data && (
          <>
            <ContainmentBadge state={data.containment} />
            {data.exists === false && <Badge>No longer exists</Badge>}
            {data.exists === null && <Badge>Not in inventory</Badge>}
          </>
        )
      }
      actions={
        <>
          {data && actions?.(data)}
          {pageLink}
        </>
      }
      onClose={onClose}
      takeFocus={takeFocus}
      className={className}
    >
      <PaneWait query={query} />
      {data && (
        <>
          {data.containmentActionId && <ContainmentFacts actionId={data.containmentActionId} onAction={onAction} />}
          {data.groups.map((group, index) => (
            // Titles may repeat; the order is the server's.
            <Section key={`${index} ${group.title}`} title={group.title}>
              <Facts
                items={group.facts.map((fact) => ({
                  label: fact.label,
                  value: fact.entity ? (
                    <EntityName
                      kind={fact.entity.split(':')[0] ?? ''}
                      name={fact.value}
                      onOpen={() => onEntity(fact.entity ?? '')}
                    />
                  ) : isTimestamp(fact.value) ? (
                    <Time value={fact.value} />
                  ) : (
                    <Inert
                      value={fact.value}
                      max={300}
                      expandable={fact.value.length > 60}
                      mono={/digest|command|id$/i.test(fact.label)}
                    />
                  ),
                }))}
              />
            </Section>
          ))}
          <Section title="Relations" count={data.relations.length}>
            <ul className="flex flex-col gap-1">
              {data.relations.map((relation) => (
                <li key={`${relation.direction}${relation.label}${relation.key}`} className="flex items-baseline gap-2">
                  <span className="w-36 shrink-0 text-xs text-muted">
                    {relation.direction === 'out' ? '→ ' : '← '}
                    {relation.label}
                  </span>
                  <EntityName kind={relation.kind} name={relation.name} onOpen={() => onEntity(relation.key)} />
                </li>
              ))}
            </ul>
            {data.relations.length === 0 && <p className="text-muted">None known.</p>}
          </Section>
          <Section title="Alerts" count={data.alerts.length}>
            <ul className="flex flex-col gap-1.5">
              {data.alerts.map((alert) => (
                <li key={alert.id} className="flex items-baseline gap-2">
                  <SeverityMark severity={alert.severity} wordless />
                  <button
                    type="button"
                    disabled={!onAlert}
                    className="min-w-0 flex-1 text-left enabled:text-accent enabled:hover:underline"
                    onClick={() => onAlert?.(alert.id, alert.incidentId)}
                  >
                    <Inert value={alert.title} max={160} />
                  </button>
                  <span className="text-xs text-muted">
                    <Time value={alert.lastActivity} />
                  </span>
                </li>
              ))}
            </ul>
            {data.alerts.length === 0 && (
              <p className="text-muted">No alert names this {kindLabel(data.kind).toLowerCase()}.</p>
            )}
          </Section>
          {data.manifest !== undefined && data.manifest !== null && <Manifest manifest={data.manifest} />}
          <Section title="Source">
            <Facts
              items={[
                // Clusters, images and registries aren't objects of the inventory: there is no such time.
                ...(data.lastSeen || data.exists === null
                  ? [{ label: 'Last seen in inventory', value: <Time value={data.lastSeen} fallback="Never" /> }]
                  : []),
                ...(data.uid ? [{ label: 'UID', value: <Inert value={data.uid} mono expandable /> }] : []),
                { label: 'Entity key', value: <Inert value={data.key} mono max={120} expandable /> },
              ]}
            />
          </Section>
        </>
      )}
    </SidePane>
  )
}

function isTimestamp(value: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value)
}
