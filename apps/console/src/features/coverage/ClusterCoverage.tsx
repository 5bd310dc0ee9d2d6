import type { Output } from '@cordon/contract'
import { Badge, Empty, Facts, Inert, Scroll, Section, Time } from '@cordon/ui'
import { Radar, TriangleAlert } from 'lucide-react'

type Cluster = NonNullable<Output<'coverageGet'>['clusters']>[number]

const nodeStates = { reporting: 'Reporting', missing: 'No sensor', unknown: 'Not in the inventory' } as const

/** Per cluster what is missing, node by node and resource by resource. */
export function ClusterCoverage({ clusters }: { clusters: readonly Cluster[] }) {
  if (clusters.length === 0) return <Empty icon={<Radar aria-hidden />} title="No cluster is known yet" />
  return (
    <Scroll label="Clusters" className="grid min-h-0 flex-1 content-start gap-x-8 overflow-auto p-5 lg:grid-cols-2">
      {clusters.map((cluster) => (
        <Section key={cluster.name} title={cluster.name}>
          {cluster.missing.length > 0 && (
            <ul className="mb-3 flex flex-col gap-1">
              {cluster.missing.map((text) => (
                <li key={text} className="flex items-start gap-1.5 text-caution">
                  <TriangleAlert className="mt-0.5 size-4 shrink-0" aria-hidden /> <Inert value={text} max={300} />
                </li>
              ))}
            </ul>
          )}
          <Facts
            items={[
              {
                label: 'Rules',
                value: `${cluster.rules.works} work, ${cluster.rules.partly} in part, ${cluster.rules.unproven} not proven yet, ${cluster.rules.blind} blind`,
              },
              {
                label: 'Bodies recorded of',
                value: <Inert value={cluster.bodies.join(', ') || 'nothing'} max={400} />,
              },
              {
                label: 'Metadata only of',
                value: <Inert value={cluster.withoutBodies.join(', ') || 'nothing seen'} max={400} />,
              },
            ]}
          />
          <ul className="mt-2 flex flex-col gap-1">
            {cluster.nodes.map((node) => (
              <li key={node.name} className="flex flex-wrap items-baseline gap-2 text-sm">
                <span className="font-medium">
                  <Inert value={node.name} max={120} />
                </span>
                <Badge tone={node.state === 'reporting' ? 'neutral' : 'caution'}>{nodeStates[node.state]}</Badge>
                {node.sensors.map((sensor) => (
                  <span key={sensor.source} className="text-xs text-muted">
                    <Inert value={sensor.source} max={60} />, {sensor.events.toLocaleString()} events, last{' '}
                    <Time value={sensor.lastSeenAt} />
                  </span>
                ))}
              </li>
            ))}
          </ul>
        </Section>
      ))}
    </Scroll>
  )
}
