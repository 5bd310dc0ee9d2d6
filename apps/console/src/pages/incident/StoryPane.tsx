import type { GraphNode } from '@cordon/entities'
import type { Incident } from '@cordon/incidents'
import { classificationLabels } from '@cordon/incidents'
import { Facts, Inert, Section, SidePane, Time, buttonClass } from '@cordon/ui'
import { Link, useNavigate } from 'react-router'
import { paths } from '../../app/paths.ts'
import { AlertPane } from '../../features/alerts/AlertPane.tsx'
import { EntityPane } from '../../features/entities/EntityPane.tsx'
import { PriorityFactors } from '../../features/incidents/PriorityFactors.tsx'
import { entityActions } from '../EntityActions.tsx'
import { EntityName } from '../../signs/EntityName.tsx'
import { sentence, tacticLabel } from '../../signs/attack.ts'
import type { StoryChoice } from './useStoryChoice.ts'

export interface StoryPaneProps {
  incident: Incident
  choice: StoryChoice
  group: readonly GraphNode[] | null
  takeFocus: boolean
  onChoose: (choice: StoryChoice, focus?: boolean) => void
  onCloseGroup: () => void
}

const size = 'w-full shrink-0 lg:w-88 2xl:w-[26rem]'

/** Details of the chosen alert or entity; of the incident itself when nothing is chosen. */
export function StoryPane({ incident, choice, group, takeFocus, onChoose, onCloseGroup }: StoryPaneProps) {
  const navigate = useNavigate()
  if (choice?.type === 'alert')
    return (
      <AlertPane
        key={choice.id}
        alertId={choice.id}
        className={size}
        takeFocus={takeFocus}
        links={
          <Link to={paths.alert(choice.id)} className={buttonClass()}>
            Open alert page
          </Link>
        }
        onEntity={(key) => onChoose({ type: 'entity', key }, true)}
        onClose={() => onChoose(null)}
      />
    )
  if (choice?.type === 'entity')
    return (
      <EntityPane
        key={choice.key}
        entityKey={choice.key}
        incidentId={incident.id}
        className={size}
        takeFocus={takeFocus}
        actions={entityActions(incident.id)}
        pageLink={
          <Link to={paths.entity(choice.key)} className={buttonClass()}>
            Open entity page
          </Link>
        }
        onEntity={(key) => onChoose({ type: 'entity', key }, true)}
        onAlert={(id, incidentId) =>
          incidentId === incident.id ? onChoose({ type: 'alert', id }, true) : void navigate(paths.alert(id))
        }
        onAction={(id) => void navigate(paths.action(id))}
        onClose={() => onChoose(null)}
      />
    )
  if (group)
    return (
      <SidePane
        label="Group details"
        eyebrow="Group of similar entities"
        title={`${group.length} similar entities`}
        className={size}
        onClose={onCloseGroup}
      >
        <ul className="flex flex-col gap-1.5 p-4">
          {group.map((node) => (
            <li key={node.key}>
              <EntityName
                kind={node.kind}
                name={node.label}
                max={160}
                onOpen={() => onChoose({ type: 'entity', key: node.key }, true)}
              />
            </li>
          ))}
        </ul>
      </SidePane>
    )
  return <Overview incident={incident} />
}

function Overview({ incident }: { incident: Incident }) {
  return (
    <SidePane label="Incident overview" eyebrow="Incident overview" title="Why this matters" className={size}>
      <Section title="Priority">
        <PriorityFactors score={incident.priorityScore} factors={incident.priorityFactors} />
      </Section>
      <Section title="Scope">
        <Facts
          items={[
            { label: 'Clusters', value: <Inert value={incident.clusters.join(', ') || '–'} /> },
            { label: 'Namespaces', value: <Inert value={incident.namespaces.join(', ') || '–'} /> },
            { label: 'Categories', value: incident.categories.map(tacticLabel).join(', ') || '–' },
            { label: 'First activity', value: <Time value={incident.firstActivity} /> },
            { label: 'Last activity', value: <Time value={incident.lastActivity} /> },
            { label: 'Sources', value: incident.detectionSources.map((s) => `Cordon > ${s}`).join(', ') || '–' },
            {
              label: 'Classification',
              value: incident.classification ? classificationLabels[incident.classification] : 'Not set',
            },
            ...(incident.determination ? [{ label: 'Determination', value: sentence(incident.determination) }] : []),
            ...(incident.tags.length > 0 ? [{ label: 'Tags', value: <Inert value={incident.tags.join(', ')} /> }] : []),
            ...(incident.resolutionNote
              ? [{ label: 'Resolution note', value: <Inert value={incident.resolutionNote} max={400} expandable /> }]
              : []),
          ]}
        />
      </Section>
      <Section title="Next">
        <p className="text-muted">
          Choose an alert to see what happened and what to do, or an entity to see its details and act on it.
        </p>
      </Section>
    </SidePane>
  )
}
