import type { Output } from '@cordon/contract'
import { Facts, Inert, Notice, Section, SidePane, Time } from '@cordon/ui'
import { Check, ShieldBan, ShieldCheck, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { ClusterStateBadge, platformLabels } from './ClusterState.tsx'

export type ClusterView = Output<'clusterList'>['items'][number]

/** One cluster: what it is, how it is reached, and whether its pods can be isolated. */
export function ClusterPane({
  cluster,
  links,
  onClose,
  takeFocus,
  className,
}: {
  cluster: ClusterView
  links: ReactNode
  onClose: () => void
  takeFocus?: boolean
  className?: string
}) {
  return (
    <SidePane
      label="Kubernetes cluster details"
      eyebrow="Kubernetes cluster details"
      title={<Inert value={cluster.name} max={120} />}
      badges={<ClusterStateBadge state={cluster.state} />}
      actions={links}
      onClose={onClose}
      takeFocus={takeFocus}
      className={className}
    >
      {cluster.stateDetail && (
        <div className="p-4 pb-0">
          <Notice kind="warning" icon={<TriangleAlert aria-hidden />}>
            <Inert value={cluster.stateDetail} max={500} expandable={cluster.stateDetail.length > 500} />
          </Notice>
        </div>
      )}
      <Section title="Isolation">
        {cluster.isolation.possible ? (
          <Notice icon={<ShieldCheck aria-hidden />}>
            Pods of this cluster can be isolated. Each isolation is verified on its own pod.
          </Notice>
        ) : (
          <Notice kind="warning" icon={<ShieldBan aria-hidden />}>
            <span className="font-medium">Isolation isn’t possible.</span>{' '}
            <Inert value={cluster.isolation.reason ?? ''} max={500} />
          </Notice>
        )}
      </Section>
      <Section title="Network policy enforcers" count={cluster.networkPlugins.length}>
        {cluster.networkPlugins.length === 0 && <p className="text-muted">None was found among the running pods.</p>}
        <ul className="flex flex-col gap-2">
          {cluster.networkPlugins.map((plugin) => (
            <li key={plugin.name} className="rounded-md border border-line p-3">
              <p className="font-medium">
                <Inert value={plugin.name} max={60} /> <Inert value={plugin.version ?? 'version unknown'} max={40} />
              </p>
              <p className="mt-0.5 flex flex-wrap gap-x-3 text-xs text-muted">
                <span className="flex items-center gap-1">
                  {plugin.supported ? (
                    <Check className="size-3.5" aria-hidden />
                  ) : (
                    <TriangleAlert className="size-3.5 text-caution" aria-hidden />
                  )}{' '}
                  {plugin.supported ? 'Supported version' : 'Not a supported version'}
                </span>
                <span>Enforces policies: {plugin.enforces}</span>
                <span>On {plugin.nodes} nodes</span>
              </p>
              <p className="mt-1">
                <Inert value={plugin.detail} max={400} />
              </p>
            </li>
          ))}
        </ul>
      </Section>
      <Section title="Cluster">
        <Facts
          items={[
            { label: 'Platform', value: platformLabels[cluster.platform] },
            { label: 'Kubernetes version', value: cluster.version ? <Inert value={cluster.version} /> : 'Unknown' },
            { label: 'Context', value: <Inert value={cluster.context} mono /> },
            { label: 'Nodes', value: cluster.nodes?.toLocaleString() ?? '–' },
            { label: 'Pods', value: cluster.pods?.toLocaleString() ?? '–' },
            { label: 'Namespaces', value: cluster.namespaces?.toLocaleString() ?? '–' },
            { label: 'In this state since', value: <Time value={cluster.since} /> },
            { label: 'Simulation', value: cluster.simulationAllowed ? 'Allowed' : 'Not allowed' },
          ]}
        />
      </Section>
    </SidePane>
  )
}
