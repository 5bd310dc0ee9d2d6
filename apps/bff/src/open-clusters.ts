import { type Action, actionLabels, actions } from '@cordon/response'
import { entityKey } from '@cordon/entities'
import type { ClusterContext } from './adapters/kubernetes/contexts.ts'
import { loadContexts } from './adapters/kubernetes/contexts.ts'
import type { Deps } from './deps.ts'
import { releaseExpired } from './features/actions/release-expired.ts'
import type { Cluster, Clusters } from './jobs/inventory/cluster.ts'
import { startInventory } from './jobs/inventory/inventory.ts'
import { takeLeaseOwner } from './jobs/run-actions/lease-owner.ts'
import { startActionRunner } from './jobs/run-actions/runner.ts'
import { watchContainment } from './jobs/watch-containment/watch-containment.ts'
import type { Events } from './open-events.ts'

export interface ClusterSide {
  clusters: Clusters
  /** Wakes the runner after a request. */
  poke(): void
  close(): Promise<void>
}

/**
 * Connects the clusters of these kubeconfigs and runs what stands on them: inventory, actions, containment. Rejects when
 * a kubeconfig cannot be read; a cluster that is down is shown as such.
 */
export async function openClusters(
  deps: Deps,
  events: Events,
  kubeconfigs: { file: string; contexts: string[] }[],
  userAgent: string,
): Promise<ClusterSide> {
  const contexts: ClusterContext[] = []
  for (const { file, contexts: only } of kubeconfigs)
    contexts.push(...(await loadContexts(file, only.length > 0 ? only : undefined, userAgent)))
  const clusters = startInventory({
    contexts,
    commitUnrecorded: deps.commitUnrecorded,
    bus: deps.bus,
    log: deps.log,
    db: { goneSince: (cluster, kind, uids) => markGone(deps, cluster, kind, uids) },
  })
  announceStates(deps, clusters)
  const ports = {
    deps,
    clusters,
    processesOf: (target: Action['target']) => processesOf(events, target),
    connectionsSince: events.connectionsSeen.since,
    probe: deps.config.probeImage ? { image: deps.config.probeImage } : null,
  }
  const runner = startActionRunner(ports, takeLeaseOwner(deps.config.dataDir))
  const containment = watchContainment({
    ...ports,
    onBroken: (action) => raiseBroken(events, action),
    releaseExpired: (action) => releaseExpired({ deps, clusters, poke: runner.poke }, action),
  })
  return {
    clusters,
    poke: runner.poke,
    async close() {
      await containment.close()
      await runner.close()
      await clusters.close()
    },
  }
}

/** Objects that vanished while nobody watched. */
async function markGone({ commitUnrecorded }: Deps, cluster: string, kind: string, uids: string[]): Promise<void> {
  await commitUnrecorded(async (tx) => {
    const rows = await tx
      .updateTable('entities')
      .set({ gone_at: new Date() })
      .where('cluster', '=', cluster)
      .where('kind', '=', kind)
      .where('gone_at', 'is', null)
      .$if(uids.length > 0, (query) => query.where('uid', 'not in', uids))
      .returning('key')
      .execute()
    return { result: undefined, changed: rows.length > 0 ? ['entity'] : [] }
  })
}

/** Cluster states change outside the database; pages that show them must hear of it. */
function announceStates({ bus }: Deps, clusters: Clusters): void {
  const shown = (cluster: Cluster) => `${cluster.state} ${cluster.stateDetail}`
  const before = new Map<string, string>()
  setInterval(() => {
    const changed = clusters.all().filter((cluster) => before.get(cluster.name) !== shown(cluster))
    for (const cluster of changed) before.set(cluster.name, shown(cluster))
    if (changed.length > 0) bus.announce(['cluster', 'simulation'])
  }, 1000).unref()
}

const mostProcesses = 500

/** Process events of a pod for its evidence bundle, newest first. */
async function processesOf({ store }: Events, target: Action['target']): Promise<unknown[]> {
  const { rows } = await store.query(
    `SELECT Timestamp, ContainerName, ProcessName, ProcessId, ParentProcessName, ProcessCommandLine, AccountName, AdditionalFields
     FROM CloudProcessEvents
     WHERE _Cluster = {cluster:String} AND KubernetesNamespace = {namespace:String} AND KubernetesPodName = {pod:String}
       AND _PodUid IN ({uid:String}, '')
     ORDER BY Timestamp DESC LIMIT {most:UInt32}`,
    { cluster: target.cluster, namespace: target.namespace, pod: target.name, uid: target.uid, most: mostProcesses },
    { maxRows: mostProcesses, timeoutMs: 10_000 },
  )
  return rows
}

async function raiseBroken(events: Events, action: Action): Promise<void> {
  const { target } = action
  const contained = actions[action.type].contains !== undefined
  await events.record([
    {
      ruleId: 'isolation-broken',
      title: contained ? 'Isolation of a pod no longer holds' : 'A stopped workload was started again',
      description: contained
        ? `${action.outcome} The pod may communicate again.`
        : `${actionLabels[action.type]} of ${target.namespace}/${target.name}: ${action.outcome} Its pods may run again.`,
      severity: 'high',
      tier: 'control-plane',
      tactics: ['defense-evasion'],
      techniques: ['T1562'],
      cluster: target.cluster,
      namespace: target.namespace,
      time: Date.now(),
      dedupeKey: `isolation-broken|${action.id}`,
      evidence: [
        { key: target.key, kind: target.kind, name: target.name, role: 'attacked', uid: target.uid, facts: {} },
        {
          key: entityKey('namespace', target.cluster, target.namespace),
          kind: 'namespace',
          name: target.namespace,
          role: 'contextual',
          facts: {},
        },
      ],
      relations: [],
      events: [],
      response: contained
        ? [
            'Look at the action: its verification names what is open.',
            'Isolate the pod again, or terminate it.',
            'Find out who changed the policy or the labels: the audit events name them.',
          ]
        : [
            'Look at the action: its verification names what was set back.',
            'Repair the action to stop the workload again.',
            'Find out who or what set it back: a person, an autoscaler or a GitOps tool; the audit events name them.',
          ],
      falsePositives: [
        contained
          ? 'Someone undid the isolation on purpose, outside Cordon.'
          : 'Someone started the workload on purpose, outside Cordon.',
      ],
    },
  ])
}
