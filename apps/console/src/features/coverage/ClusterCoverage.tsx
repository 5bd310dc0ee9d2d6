import type { Output } from '@cordon/contract'
import { Badge, Empty, Facts, Inert, inertString, Scroll, Time } from '@cordon/ui'
import { Radar, TriangleAlert } from 'lucide-react'

type Cluster = NonNullable<Output<'coverageGet'>['clusters']>[number]

const nodeStates = { reporting: 'Reporting', missing: 'No sensor', unknown: 'Not in the inventory' } as const

/** Per cluster what is missing, node by node and resource by resource. */
export function ClusterCoverage({ clusters }: { clusters: readonly Cluster[] }) {
  if (clusters.length === 0)
    return (
      <div className="flex-1">
        <Empty icon={<Radar aria-hidden />} title="No cluster is known yet">
          A cluster appears here with its first event, or once it is connected.
        </Empty>
      </div>
    )
  return (
    <Scroll label="Clusters" className="grid min-h-0 flex-1 content-start gap-x-8 overflow-auto p-5 lg:grid-cols-2">
      {clusters.map((cluster) => (
        <section key={cluster.name} className="border-b border-line px-4 py-3">
          <h2 className="mb-2 text-base font-semibold">
            <Inert value={cluster.name} max={120} />
          </h2>
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
          <ul className="mt-3 flex flex-col gap-1.5">
            {cluster.nodes.map((node) => (
              <li
                key={node.name}
                className="grid grid-cols-[minmax(0,1fr)_8.5rem_minmax(0,1.3fr)] items-baseline gap-2 text-sm"
              >
                <span className="truncate font-medium" title={inertString(node.name)}>
                  <Inert value={node.name} max={120} />
                </span>
                <span>
                  <Badge tone={node.state === 'reporting' ? 'neutral' : 'caution'}>{nodeStates[node.state]}</Badge>
                </span>
                <span className="min-w-0 text-xs text-muted">
                  {node.sensors.map((sensor) => (
                    <span key={sensor.source} className="block">
                      <Inert value={sensor.source} max={60} />, {sensor.events.toLocaleString()}{' '}
                      {sensor.events === 1 ? 'event' : 'events'}, last <Time value={sensor.lastSeenAt} />
                    </span>
                  ))}
                </span>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </Scroll>
  )
}
