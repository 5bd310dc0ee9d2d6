import type { EventStore } from '../../adapters/clickhouse/event-store.ts'
import type { Cluster } from '../inventory/cluster.ts'
import type { AuditedWrite } from './cluster-writes.ts'

// The account of the published manifest, for clusters that can't say who we are.
const usualAccount = 'system:serviceaccount:cordon:cordon-console'
const mostEvents = 20_000

/** Who we are to a cluster, by its own word; asked once. */
export function createAccounts(): (cluster: Cluster | undefined, name: string) => Promise<string> {
  const known = new Map<string, string>()
  return async (cluster, name) => {
    const found = known.get(name) ?? (await ask(cluster))
    if (found) known.set(name, found)
    return found ?? usualAccount
  }
}

async function ask(cluster: Cluster | undefined): Promise<string | undefined> {
  const answer = await cluster?.client
    ?.request({
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    })
    .catch(() => undefined) // unreachable now: asked again next time
  const name: unknown = answer?.body?.status?.userInfo?.username
  return answer?.status === 201 && typeof name === 'string' ? name : undefined
}

interface Row {
  id: string
  verb: string
  resource: string
  subresource: string
  namespace: string
  name: string
  time: number | string
  code: number
}

/**
 * Writes of `account` in a cluster's log between two times (epoch ms), in their order; reviews and dry runs left out.
 * An account that people share is ours only where the client is. Throws when there are more than can be compared.
 */
export async function readAuditedWrites(
  store: Pick<EventStore, 'query'>,
  cluster: string,
  account: string,
  span: { from: number; to: number },
): Promise<AuditedWrite[]> {
  const { rows, stats } = await store.query<Row>(
    `SELECT ReportId AS id, OperationName AS verb, _Resource AS resource, _Subresource AS subresource,
       _Namespace AS namespace, _Name AS name, _Code AS code,
       toUnixTimestamp64Milli(toDateTime64(Timestamp, 3)) AS time
     FROM CloudAuditEvents
     WHERE _Cluster = {cluster:String} AND _User = {account:String} AND _Stage = 'ResponseComplete'
       AND OperationName IN ('create', 'update', 'patch', 'delete', 'deletecollection')
       AND NOT endsWith(_Resource, 'reviews')
       AND JSONExtractString(RawEventData, 'RequestURI') NOT LIKE '%dryRun=All%'
       AND ({client:String} = '' OR startsWith(UserAgent, {client:String}))
       AND Timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND Timestamp < fromUnixTimestamp64Milli({to:Int64})
     ORDER BY Timestamp LIMIT {most:UInt32}`,
    {
      cluster,
      account,
      client: account.startsWith('system:serviceaccount:') ? '' : 'cordon/',
      from: Math.floor(span.from),
      to: Math.floor(span.to),
      most: mostEvents + 1,
    },
    { maxRows: mostEvents + 1, timeoutMs: 20_000 },
  )
  if (rows.length > mostEvents || stats.truncated)
    throw new Error(`More than ${mostEvents} writes of ${account} are in the log; they cannot be compared.`)
  return rows.map((row) => ({ ...row, time: Number(row.time) }))
}
