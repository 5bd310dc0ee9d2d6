import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { ClusterContext } from '../../adapters/kubernetes/contexts.ts'
import { type KubeClient } from '../../adapters/kubernetes/kube-client.ts'
import { listWatch } from '../../adapters/kubernetes/list-watch.ts'
import type { CommitUnrecorded } from '../../adapters/postgres/commit.ts'
import type { Bus } from '../../bus.ts'
import type { Cluster, Clusters } from './cluster.ts'
import { createClusterCache } from './cluster-cache.ts'
import { type KubeObject, keyOf, project, type WatchedKind, watchedKinds } from './kinds.ts'
import { createEntityRecorder } from './record-entities.ts'

interface Ports {
  contexts: ClusterContext[]
  commitUnrecorded: CommitUnrecorded
  bus: Bus
  log: Logger
  db: { goneSince(cluster: string, kind: string, uids: string[]): Promise<void> }
}

type Listener = Parameters<Clusters['onChange']>[0]

/**
 * Watches every cluster and keeps entities current: in memory for decisions, in the database for panes and graphs. A
 * cluster that hangs, refuses or breaks affects only itself.
 */
export function startInventory(ports: Ports): Clusters {
  const stop = new AbortController()
  const listeners = new Set<Listener>()
  const recorder = createEntityRecorder(ports.commitUnrecorded, (error) =>
    ports.log.warn({ error }, 'inventory could not be written; trying again'),
  )
  const clusters = new Map(ports.contexts.map((c) => [c.name, emptyCluster(c)]))
  const running = [...clusters.values()].flatMap((cluster) =>
    cluster.client ? [watchCluster(cluster, cluster.client)] : [],
  )

  function watchCluster(cluster: Cluster, client: KubeClient): Promise<unknown> {
    const version = refreshFacts(cluster, client)
    return Promise.all([version, ...watchedKinds.map((kind) => watchKind(cluster, client, kind))])
  }

  function watchKind(cluster: Cluster, client: KubeClient, kind: WatchedKind): Promise<void> {
    const emit = (type: 'added' | 'modified' | 'deleted', object: KubeObject) => {
      const key = keyOf(cluster.name, kind, object)
      if (key && kind.entity)
        recorder.add({ key, kind: kind.entity, cluster: cluster.name, object, gone: type === 'deleted' })
      for (const listener of listeners) listener({ cluster, id: kind.id, type, object })
    }
    return listWatch<KubeObject>({
      client,
      path: kind.path,
      project: (raw) => project(kind, raw),
      signal: stop.signal,
      onList(objects) {
        for (const change of cluster.cache.replace(kind.id, objects)) emit(change.type, change.object)
        // Objects of an earlier run of ours that went while nobody watched.
        if (kind.entity)
          void ports.db
            .goneSince(
              cluster.name,
              kind.kind,
              objects.map((o) => o.metadata.uid),
            )
            .catch(() => undefined)
        if (cluster.cache.complete()) setState(cluster, 'connected', null)
      },
      onChange(change) {
        cluster.cache.apply(kind.id, change)
        emit(change.type, change.object)
      },
      onState(problem) {
        if (problem?.forbidden) cluster.cache.refuse(kind.id)
        if (problem?.absent) for (const change of cluster.cache.drop(kind.id)) emit(change.type, change.object)
        if (!problem || kind.optional) return
        setState(
          cluster,
          problem.forbidden ? 'refused' : 'unreachable',
          problem.forbidden ? `The cluster refuses to list ${kind.id}: ${problem.detail}` : problem.detail,
        )
      },
    })
  }

  function setState(cluster: Cluster, state: Cluster['state'], detail: string | null): void {
    if (cluster.state === state && cluster.stateDetail === detail) return
    cluster.state = state
    cluster.stateDetail = detail
    cluster.since = new Date()
    ports.log.info({ cluster: cluster.name, state, detail }, 'cluster state')
    ports.bus.announce(['cluster'])
  }

  async function refreshFacts(cluster: Cluster, client: KubeClient): Promise<void> {
    while (!stop.signal.aborted) {
      const ok = await readFacts(cluster, client).catch(() => false)
      await sleep(ok ? 60_000 : 3_000, undefined, { signal: stop.signal }).catch(() => undefined)
    }
  }

  return {
    all: () => [...clusters.values()],
    get: (name) => clusters.get(name),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async ready(ms) {
      const end = Date.now() + ms
      while (
        Date.now() < end &&
        [...clusters.values()].some((c) => c.state === 'connecting' || (c.state === 'connected' && !c.serverVersion))
      )
        await sleep(50)
      await recorder.flush()
    },
    async close() {
      stop.abort()
      await Promise.allSettled(running)
      await recorder.flush()
    },
  }
}

function emptyCluster(context: ClusterContext): Cluster {
  return {
    name: context.name,
    client: context.client,
    cache: createClusterCache(),
    state: context.client ? 'connecting' : 'unreachable',
    stateDetail: context.error,
    since: new Date(),
    serverVersion: null,
    agentConfig: {},
  }
}

async function readFacts(cluster: Cluster, client: KubeClient): Promise<boolean> {
  const version = await client.request({ path: '/version' })
  if (version.status === 200) cluster.serverVersion = String(version.body?.gitVersion ?? '')
  for (const name of ['cilium-config', 'amazon-vpc-cni']) {
    const answer = await client.request({ path: `/api/v1/namespaces/kube-system/configmaps/${name}` })
    cluster.agentConfig[name] = answer.status === 200 ? (answer.body?.data ?? {}) : null
  }
  return version.status === 200
}
