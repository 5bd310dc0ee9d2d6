import type { ActionTarget } from '@cordon/response'
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { KubeClient } from '../../adapters/kubernetes/kube-client.ts'
import type { Cluster } from '../inventory/cluster.ts'
import { readView } from './read-view.ts'

export interface Bundle {
  sha256: string
  bytes: number
  capturedAt: string
  /** gzip of a JSON document with `manifest`, `images`, `logs`, `events`, `networkPolicies`, `otherPolicies`, `processes`. */
  content: Buffer
  /** What couldn't be had, in words. */
  missing: string[]
}

const logBytes = 1024 * 1024

/**
 * Reads what a termination destroys: manifest with status and image digests, logs of every container with those of its
 * previous run, events, policies of all tiers and what the process table tells. Whatever can't be read is named, not skipped.
 */
export async function captureEvidence(
  cluster: Cluster,
  target: ActionTarget,
  processes: () => Promise<unknown[]>,
): Promise<Bundle> {
  const client = cluster.client
  if (!client) throw new Error('no connection to the cluster')
  const missing: string[] = []
  const base = `/api/v1/namespaces/${target.namespace}/pods/${target.name}`
  const found = await read(client, base, 'the manifest', missing)
  const manifest = found?.metadata?.uid === target.uid ? found : null
  // Logs are asked for by name: those of a successor would be false evidence.
  if (found && !manifest)
    missing.push(`manifest and logs (another pod of uid ${found.metadata?.uid} bears the name now)`)
  const containers: string[] = [
    ...(manifest?.spec?.initContainers ?? []),
    ...(manifest?.spec?.containers ?? []),
    ...(manifest?.spec?.ephemeralContainers ?? []),
  ].map((c: { name: string }) => c.name)
  const logs: Record<string, { current: unknown; previous?: unknown }> = {}
  for (const name of containers) {
    const query = `container=${encodeURIComponent(name)}&timestamps=true&limitBytes=${logBytes}`
    logs[name] = { current: await read(client, `${base}/log?${query}`, `the log of ${name}`, missing) }
    const restarted = manifest?.status?.containerStatuses?.some(
      (s: { name: string; restartCount: number }) => s.name === name && s.restartCount > 0,
    )
    if (restarted)
      logs[name].previous = await read(
        client,
        `${base}/log?${query}&previous=true`,
        `the previous log of ${name}`,
        missing,
      )
  }
  const selector = encodeURIComponent(`involvedObject.uid=${target.uid}`)
  const events = await read(
    client,
    `/api/v1/namespaces/${target.namespace}/events?fieldSelector=${selector}`,
    'the events',
    missing,
  )
  const networkPolicies = await read(
    client,
    `/apis/networking.k8s.io/v1/namespaces/${target.namespace}/networkpolicies`,
    'the network policies',
    missing,
  )
  const otherPolicies = await readTiers(cluster, target, missing)
  const seen = await processes().catch((error: unknown) => {
    missing.push(`the process events (${error instanceof Error ? error.message : String(error)})`)
    return []
  })
  const capturedAt = new Date().toISOString()
  const document = {
    kind: 'CordonEvidenceBundle',
    capturedAt,
    target,
    missing,
    manifest,
    images: imagesOf(manifest),
    logs,
    events: events?.items ?? [],
    networkPolicies: networkPolicies?.items ?? [],
    otherPolicies,
    processes: seen,
  }
  const content = gzipSync(JSON.stringify(document, null, 1))
  return {
    sha256: createHash('sha256').update(content).digest('hex'),
    bytes: content.length,
    capturedAt,
    content,
    missing,
  }
}

type Stored = any // any: the JSON of whatever kind was read, or log text

/** What each container really ran: the digest the node resolved its image to. */
function imagesOf(manifest: Stored): object[] {
  const statuses = [
    ...(manifest?.status?.initContainerStatuses ?? []),
    ...(manifest?.status?.containerStatuses ?? []),
    ...(manifest?.status?.ephemeralContainerStatuses ?? []),
  ]
  return statuses.map((s: { name: string; image: string; imageID: string }) => ({
    container: s.name,
    image: s.image,
    imageID: s.imageID,
  }))
}

async function readTiers(cluster: Cluster, target: ActionTarget, missing: string[]): Promise<unknown[]> {
  const view = await readView(cluster, target, null).catch((error: unknown) => ({
    unreachable: String(error),
    otherPolicies: [],
  }))
  if (view.unreachable) missing.push(`the policies of deny tiers (${view.unreachable})`)
  return view.otherPolicies
}

async function read(client: KubeClient, path: string, what: string, missing: string[]): Promise<Stored> {
  const answer = await client
    .request({ path, accept: path.includes('/log?') ? '*/*' : 'application/json', timeoutMs: 5_000 })
    .catch((error: unknown) => ({ status: 0, body: { message: String(error) } }))
  if (answer.status === 200) return answer.body
  missing.push(`${what} (${answer.body?.message ?? answer.status})`)
  return null
}
