import { type EntityGraph, parseEntityKey } from '@cordon/entities'
import type { Incident } from '@cordon/incidents'
import { Empty, Inert, Scroll } from '@cordon/ui'
import { Boxes } from 'lucide-react'
import { Link } from 'react-router'
import { paths } from '../../app/paths.ts'
import { GoHuntSign } from '../../features/hunting/GoHunt.tsx'
import { ContainmentBadge } from '../../signs/ContainmentBadge.tsx'
import { EntityName, kindLabel } from '../../signs/EntityName.tsx'
import { SeverityMark } from '../../signs/Severity.tsx'
import { sentence } from '../../signs/attack.ts'

/** Impacted assets by type. */
export function AssetsTab({ incident, graph }: { incident: Incident; graph: EntityGraph | undefined }) {
  const nodes = new Map(graph?.nodes.map((node) => [node.key, node]))
  const groups = [...Map.groupBy(incident.impactedAssets, (asset) => asset.kind)]
  if (groups.length === 0)
    return (
      <Empty icon={<Boxes aria-hidden />} title="No impacted assets">
        The alerts name context only.
      </Empty>
    )
  return (
    <Scroll label="Impacted assets" className="flex-1 p-5">
      {groups.map(([kind, assets]) => (
        <section key={kind} className="mb-5 overflow-hidden rounded-lg border border-line bg-panel">
          <h2 className="border-b border-line px-4 py-2 text-sm font-semibold">
            {kindLabel(kind)} <span className="font-normal text-muted">{assets.length}</span>
          </h2>
          <table className="w-full table-fixed text-left">
            {/* Widths count from the first row: a head that is out of the flow has none. */}
            <colgroup>
              <col />
              <col className="w-44" />
              <col className="w-36" />
              <col className="w-28" />
              <col className="w-44" />
              <col className="w-12" />
            </colgroup>
            <thead className="sr-only">
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Part</th>
                <th scope="col">Severity</th>
                <th scope="col">Alerts</th>
                <th scope="col">Containment</th>
                <th scope="col">Go hunt</th>
              </tr>
            </thead>
            <tbody>
              {assets.map((asset) => {
                const node = nodes.get(asset.key)
                return (
                  <tr key={asset.key} className="border-b border-line/70 last:border-b-0 hover:bg-hover">
                    <td className="px-4 py-2">
                      <span className="flex min-w-0 items-center gap-2">
                        <Link
                          to={paths.entity(asset.key)}
                          className="min-w-0 truncate rounded font-medium hover:text-accent hover:underline"
                        >
                          <EntityName kind={asset.kind} name={asset.name} />
                        </Link>
                        {incident.clusters.length > 1 && (
                          <ClusterOf entityKey={asset.key} clusters={incident.clusters} />
                        )}
                      </span>
                    </td>
                    <td className="px-2 text-muted">
                      <Inert
                        value={
                          node?.roles
                            .filter((r) => r !== 'contextual')
                            .map(sentence)
                            .join(', ') || '–'
                        }
                      />
                    </td>
                    <td className="px-2">{node?.severity ? <SeverityMark severity={node.severity} /> : '–'}</td>
                    <td className="px-2 text-muted">
                      {node && `${node.alertIds.length} ${node.alertIds.length === 1 ? 'alert' : 'alerts'}`}
                    </td>
                    <td className="px-2">{node && <ContainmentBadge state={node.containment} />}</td>
                    <td className="px-2 text-right">
                      <GoHuntSign entityKey={asset.key} incidentId={incident.id} name={asset.name} />
                    </td>
                  </tr>
                )
              })}
            </tbody>
          </table>
        </section>
      ))}
    </Scroll>
  )
}

/** Names of several clusters may be the same. */
function ClusterOf({ entityKey, clusters }: { entityKey: string; clusters: readonly string[] }) {
  const [cluster = ''] = parseEntityKey(entityKey)?.parts ?? []
  return clusters.includes(cluster) ? (
    <span className="shrink-0 text-muted">
      <Inert value={cluster} max={60} />
    </span>
  ) : null
}
