import { type Action, markers, type ProbeResult } from '@cordon/response'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../inventory/cluster.ts'
import type { KubeObject, WatchedId } from '../inventory/kinds.ts'
import {
  inForce,
  readAction,
  saveAction,
  StaleAction,
  type StoredAction,
  storedOf,
} from '../run-actions/action-store.ts'
import { type RunnerPorts, removeOwnPolicies } from '../run-actions/drive-action.ts'
import { probeIsolation, probePort } from '../run-actions/probe.ts'
import { readView } from '../run-actions/read-view.ts'
import { check } from '../run-actions/verify.ts'

export interface ContainmentPorts extends RunnerPorts {
  /** Called once each time an isolation is found broken: raises the alert in its incident. */
  onBroken(action: Action): Promise<void>
  /** Asks for the release of an isolation whose time is up. */
  releaseExpired(action: Action): Promise<void>
}

// Changes arrive in bursts (a rollout, a policy edit in steps): wait for the end of one.
const settleMs = 300
const everyMs = 30_000
const relevant = new Set<WatchedId>([
  'networkpolicies',
  'ciliumnetworkpolicies',
  'ciliumclusterwidenetworkpolicies',
  'calico-networkpolicies',
  'calico-globalnetworkpolicies',
  'clusternetworkpolicies',
  'adminnetworkpolicies',
  'namespaces',
])

/**
 * Keeps proving isolations that are in force: on every policy, namespace or label change that could matter, and on a
 * timer. What stops being true becomes `broken` in the record; what is true again, `verified`.
 */
export function watchContainment(ports: ContainmentPorts) {
  const stop = new AbortController()
  const due = new Map<string, NodeJS.Timeout>()
  let running: Promise<void> = Promise.resolve()

  const unlisten = ports.clusters.onChange(({ cluster, id, object }) => {
    if (relevant.has(id) || (id === 'pods' && isOurs(object))) soon(cluster.name)
  })
  const timer = setInterval(() => {
    for (const cluster of ports.clusters.all()) soon(cluster.name)
  }, everyMs)
  for (const cluster of ports.clusters.all()) soon(cluster.name)

  function soon(cluster: string): void {
    if (due.has(cluster) || stop.signal.aborted) return
    due.set(
      cluster,
      setTimeout(() => {
        due.delete(cluster)
        running = running
          .then(() => checkCluster(ports, cluster, stop.signal))
          .catch((error: unknown) => ports.deps.log.error({ err: error, cluster }, 'isolations could not be checked'))
      }, settleMs),
    )
  }

  return {
    async close() {
      stop.abort()
      unlisten()
      clearInterval(timer)
      for (const t of due.values()) clearTimeout(t)
      await running
    },
  }
}

// A pod that lost its label no longer says that it was ours; the pods we watch over are found by their record.
function isOurs(object: KubeObject): boolean {
  return (
    object.metadata.labels?.[markers.isolation] !== undefined ||
    object.metadata.annotations?.[markers.detachedLabels] !== undefined
  )
}

async function checkCluster(ports: ContainmentPorts, name: string, signal: AbortSignal): Promise<void> {
  const cluster = ports.clusters.get(name)
  if (!cluster) return
  const rows = await ports.deps.db
    .selectFrom('actions')
    .selectAll()
    .where('cluster', '=', name)
    .where('type', '=', 'isolate-pod')
    .where(
      'state',
      'in',
      inForce.filter((s) => s !== 'requested' && s !== 'applied'),
    )
    .execute()
  for (const row of rows) {
    if (signal.aborted) return
    await checkOne(ports, cluster, storedOf(row), signal).catch((error: unknown) => {
      if (!(error instanceof StaleAction)) throw error
    })
  }
}

async function checkOne(
  ports: ContainmentPorts,
  cluster: Cluster,
  stored: StoredAction,
  signal: AbortSignal,
): Promise<void> {
  const { action } = stored
  if (action.expiresAt && new Date(action.expiresAt).getTime() <= Date.now()) await ports.releaseExpired(action)
  const proof = storedProbe(action)
  const first = await look(ports, cluster, action, proof)
  // Proven once, then broken, then mended: only a new probe makes it verified again.
  const again =
    first.state === 'verified' && action.state !== 'verified'
      ? await look(ports, cluster, action, await probeAgain(ports, cluster, action, signal))
      : first
  const outcomeChanged = again.outcome !== action.outcome || again.state !== action.state
  if (!outcomeChanged && Date.now() - new Date(action.verification?.checkedAt ?? 0).getTime() < everyMs / 2) return
  await saveAction(
    ports.deps,
    stored,
    { state: again.state, outcome: again.outcome, verification: again.verification },
    { why: outcomeChanged ? 'checked again' : 'checked again, unchanged' },
  )
  if (again.state === 'gone') await removeOwnPolicies(cluster, stored)
  if (again.state === 'broken' && action.state !== 'broken') {
    const now = await readAction(ports.deps.db, action.id)
    if (now) await ports.onBroken(now.action)
  }
}

function look(ports: ContainmentPorts, cluster: Cluster, action: Action, probe: ProbeResult | null) {
  return check(cluster, action, undefined, {
    probe,
    probeExpected: probe !== null,
    wasInForce: action.state !== 'not-verified',
    acceptedPaths: action.state === 'partly' ? (action.verification?.openPaths ?? []) : [],
    deadline: new Date(0),
    connectionsSince: ports.connectionsSince,
  })
}

/** The probe on record, as long as nothing has broken since. */
function storedProbe(action: Action): ProbeResult | null {
  const evidence = action.verification?.evidence.findLast((e) => e.kind === 'probe' && e.result === 'passed')
  return evidence
    ? { at: evidence.at, target: 'blocked', control: 'connected', text: evidence.text, details: evidence.details }
    : null
}

async function probeAgain(
  ports: ContainmentPorts,
  cluster: Cluster,
  action: Action,
  signal: AbortSignal,
): Promise<ProbeResult | null> {
  const { pod } = await readView(cluster, action.target, null)
  if (!pod || !ports.probe || probePort(pod) === undefined) return null
  await sleep(500, undefined, { signal }).catch(() => undefined)
  return probeIsolation(cluster, pod, action.id, { image: ports.probe.image, seconds: 12, signal })
}
