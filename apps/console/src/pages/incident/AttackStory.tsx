import type { EntityGraph, GraphNode } from '@cordon/entities'
import type { Alert, Incident } from '@cordon/incidents'
import { Empty, Menu, MenuItem, MenuLabel, MenuSeparator, Skeleton, Tabs, inertString } from '@cordon/ui'
import type { UseQueryResult } from '@tanstack/react-query'
import { CircleSlash, Info } from 'lucide-react'
import { useMemo, useState } from 'react'
import { AlertTimeline } from '../../features/alerts/AlertTimeline.tsx'
import { EntityGraphView } from '../../features/entities/EntityGraphView.tsx'
import { EntityList } from '../../features/entities/EntityList.tsx'
import { detailsTitle } from '../../features/entities/EntityPane.tsx'
import { GoHuntItems } from '../../features/hunting/GoHunt.tsx'
import { TargetActionItems, offeredActions } from '../../features/response/TargetActions.tsx'
import { useWhatIf } from '../../features/response/what-if.ts'
import { Problem } from '../../signs/Problem.tsx'
import { StoryPane } from './StoryPane.tsx'
import { targetOfNode } from './target-of-node.ts'
import { usePlayback } from './usePlayback.ts'
import { type StoryChoice, useStoryChoice } from './useStoryChoice.ts'

export interface AttackStoryProps {
  incident: Incident
  /** In the order they began. */
  alerts: readonly Alert[]
  graph: UseQueryResult<EntityGraph>
}

/** Alerts in time order, the entity graph and the details of what is chosen, side by side. */
export function AttackStory({ incident, alerts, graph }: AttackStoryProps) {
  const { choice, choose } = useStoryChoice()
  const [group, setGroup] = useState<readonly GraphNode[] | null>(null)
  const [side, setSide] = useState<'alerts' | 'entities'>('alerts')
  const [menu, setMenu] = useState<{ node: GraphNode; at: { x: number; y: number } } | null>(null)
  const [takeFocus, setTakeFocus] = useState(false)
  const playback = usePlayback(alerts.map((alert) => alert.id))
  const pick = (next: StoryChoice, focus = false) => {
    setGroup(null)
    setTakeFocus(focus)
    choose(next)
  }
  const alertId = playback.current ?? (choice?.type === 'alert' ? choice.id : null)
  const entityKey = choice?.type === 'entity' ? choice.key : null
  const nodes = graph.data?.nodes ?? []
  const whatIf = useWhatIf(useMemo(() => new Set(graph.data?.nodes.map((node) => node.key)), [graph.data]))
  const chosenNode = nodes.find((node) => node.key === entityKey)
  return (
    <div className="flex min-h-0 flex-1 flex-col overflow-y-auto lg:flex-row lg:overflow-hidden">
      <div className="flex max-h-96 w-full shrink-0 flex-col border-r border-line bg-panel lg:max-h-none lg:w-72 2xl:w-80">
        <Tabs
          small
          label="Story"
          value={side}
          onChange={setSide}
          tabs={[
            { value: 'alerts', label: 'Alerts', count: alerts.length },
            { value: 'entities', label: 'Entities', count: nodes.length },
          ]}
        >
          {side === 'alerts' ? (
            <AlertTimeline
              alerts={alerts}
              selectedId={alertId}
              reached={playback.reached}
              litIds={chosenNode && chosenNode.alertIds.length > 0 ? chosenNode.alertIds : null}
              onSelect={(alert) => {
                playback.stop()
                pick(choice?.type === 'alert' && choice.id === alert.id ? null : { type: 'alert', id: alert.id })
              }}
            />
          ) : (
            <EntityList
              nodes={nodes}
              selectedKey={entityKey}
              alertId={alertId}
              onSelect={(node) => pick({ type: 'entity', key: node.key }, true)}
              onMenu={(node, at) => setMenu({ node, at })}
            />
          )}
        </Tabs>
      </div>
      {graph.data && nodes.length > 0 ? (
        <EntityGraphView
          graph={graph.data}
          selectedKey={entityKey}
          alertId={alertId}
          reached={playback.reached}
          whatIf={whatIf}
          playing={playback.playing}
          onPlay={playback.toggle}
          onRestart={playback.stop}
          onSelect={(node) => pick(node ? { type: 'entity', key: node.key } : null)}
          onGroup={(members) => {
            choose(null)
            setGroup(members)
          }}
          onMenu={(node, at) => setMenu({ node, at })}
        />
      ) : (
        <div className="min-h-72 min-w-0 flex-1">
          {graph.isError && (
            <Problem error={graph.error} onRetry={() => void graph.refetch()} what="The graph could not be loaded" />
          )}
          {graph.isPending && <Skeleton rows={10} />}
          {graph.data && (
            <Empty icon={<CircleSlash aria-hidden />} title="No entities to draw">
              The alerts of this incident name no entity that the graph can show. The alert list is complete.
            </Empty>
          )}
        </div>
      )}
      <StoryPane
        incident={incident}
        choice={choice}
        group={group}
        takeFocus={takeFocus}
        onChoose={pick}
        onCloseGroup={() => setGroup(null)}
      />
      <Menu
        open={menu !== null}
        onOpenChange={(open) => !open && setMenu(null)}
        at={menu?.at ?? { x: 0, y: 0 }}
        label={menu ? `Menu for ${inertString(menu.node.label.slice(0, 80))}` : undefined}
      >
        {menu && (
          <>
            <MenuLabel>
              <bdi>{inertString(menu.node.label.slice(0, 80))}</bdi>
            </MenuLabel>
            <MenuItem icon={<Info aria-hidden />} onSelect={() => pick({ type: 'entity', key: menu.node.key }, true)}>
              {detailsTitle(menu.node.kind)}
            </MenuItem>
            <MenuSeparator />
            <GoHuntItems entityKey={menu.node.key} incidentId={incident.id} />
            {offeredActions(menu.node).length > 0 && (
              <>
                <MenuSeparator />
                <TargetActionItems target={targetOfNode(menu.node)} source="incident-graph" incidentId={incident.id} />
              </>
            )}
          </>
        )}
      </Menu>
    </div>
  )
}
