import type { ActionTarget, Flow } from '@cordon/response'
import type { EventStore } from '../../adapters/clickhouse/event-store.ts'
import type { Clusters } from '../../jobs/inventory/cluster.ts'

const mostFlows = 50
const limits = { maxRows: mostFlows, timeoutMs: 3_000 }

interface Row {
  RemoteIP: string
  RemotePort: number
  Protocol: string
  ProcessName: string
  Peer: string
  Count: number | string
  Answered: number
  LastSeen: string
}

const columns = `RemoteIP, RemotePort, Protocol, ProcessName, count() AS Count, max(Result = 'connected') AS Answered,
  formatDateTime(max(Timestamp), '%Y-%m-%dT%H:%i:%SZ', 'UTC') AS LastSeen`
// Falco and Tetragon hook the attempt and don't know its result; only what is known to have failed is left out.
const opened = `_Cluster = {cluster:String} AND ActionType = 'ConnectionAttempted' AND Result IN ('connected', 'unknown', '')
  AND Timestamp > now() - INTERVAL 24 HOUR`

/**
 * Connections of a pod in the last 24 hours, both directions, most frequent first, as runtime sensors of the cluster
 * reported them. Null when the cluster's sensors report no connections at all: then silence means nothing.
 */
export function createFlowsOf(store: Pick<EventStore, 'query'>, clusters: Clusters) {
  return async (target: ActionTarget): Promise<Flow[] | null> => {
    const { cluster, namespace, name: pod, uid } = target
    const ip = (clusters.get(cluster)?.cache.byUid('pods', uid)?.status?.podIP as string | undefined) ?? ''
    const [any, out, incoming] = await Promise.all([
      store.query(`SELECT 1 FROM CordonRuntimeEvents WHERE ${opened} LIMIT 1`, { cluster }, limits),
      store.query<Row>(
        `SELECT ${columns}, any(RemoteUrl) AS Peer FROM CordonRuntimeEvents
         WHERE ${opened} AND KubernetesNamespace = {namespace:String} AND KubernetesPodName = {pod:String} AND _PodUid IN ({uid:String}, '')
         GROUP BY RemoteIP, RemotePort, Protocol, ProcessName ORDER BY Count DESC LIMIT ${mostFlows}`,
        { cluster, namespace, pod, uid },
        limits,
      ),
      store.query<Row>(
        `SELECT ${columns}, concat(KubernetesNamespace, '/', KubernetesPodName) AS Peer FROM CordonRuntimeEvents
         WHERE ${opened} AND RemoteIP = {ip:String} AND RemoteIP != '' AND KubernetesPodName != ''
         GROUP BY RemoteIP, RemotePort, Protocol, ProcessName, Peer ORDER BY Count DESC LIMIT ${mostFlows}`,
        { cluster, ip },
        limits,
      ),
    ])
    if (any.rows.length === 0) return null
    return [
      ...out.rows.map((row) => flowOf(row, 'egress', row.Peer || row.RemoteIP, row.RemoteIP)),
      ...incoming.rows.map((row) => flowOf(row, 'ingress', row.Peer, addressOf(clusters, cluster, row.Peer))),
    ]
  }
}

function flowOf(row: Row, direction: Flow['direction'], peer: string, ip: string | null): Flow {
  return {
    direction,
    peer,
    ip: ip || null,
    port: row.RemotePort,
    protocol: row.Protocol,
    process: row.ProcessName || null,
    count: Number(row.Count),
    answered: Number(row.Answered) === 1,
    lastSeen: row.LastSeen,
  }
}

function addressOf(clusters: Clusters, cluster: string, peer: string): string | null {
  const [namespace, name = ''] = peer.split('/')
  return (clusters.get(cluster)?.cache.get('pods', namespace, name)?.status?.podIP as string | undefined) ?? null
}
