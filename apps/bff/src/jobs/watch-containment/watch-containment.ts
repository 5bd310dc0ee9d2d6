import {
  type Action,
  actions,
  containingTypes,
  finalStates,
  markers,
  type ProbeResult,
  undoableTypes,
} from '@cordon/response'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../inventory/cluster.ts'
import { denyTierIds, type KubeObject, type WatchedId } from '../inventory/kinds.ts'
import {
  endingsForMs,
  inForce,
  isBeingUndone,
  readAction,
  saveAction,
  StaleAction,
  type StoredAction,
  storedOf,
  touchAction,
} from '../run-actions/action-store.ts'
import { type RunnerPorts } from '../run-actions/drive-action.ts'
import { planProbe, probeIsolation } from '../run-actions/probe.ts'
import { readView } from '../run-actions/read-view.ts'
import { removeTraces } from '../run-actions/remove-traces.ts'
import { settleOthers } from '../run-actions/settle-others.ts'
import { check } from '../run-actions/verify.ts'

export interface ContainmentPorts extends RunnerPorts {
  /** Called once each time a containment is found broken: raises the alert in its incident. */
  onBroken(action: Action): Promise<void>
  /** Asks for the release of a containment whose time is up. */
  releaseExpired(action: Action): Promise<void>
}

// Changes arrive in bursts (a rollout, a policy edit in steps): wait for the end of one.
const settleMs = 300
const everyMs = 30_000
const workloads = new Set<WatchedId>(['deployments', 'statefulsets', 'replicasets', 'jobs', 'cronjobs'])
const relevant = new Set<WatchedId>(['networkpolicies', ...denyTierIds, 'namespaces'])
const endingTypes = (Object.keys(actions) as Action['type'][]).filter((type) => actions[type].undoes)
const watched: readonly Action['state'][] = ['verified', 'partly', 'not-verified', 'broken']

/**
 * Keeps proving what is in force: containments on every policy, namespace or label change that could matter, workloads
 * that were scaled to zero or suspended on every change of theirs, all of them on a timer. What stops being true becomes
 * `broken` in the record; what is true again, `verified`, a containment only after a new probe. Releases and
 * terminations that couldn't be proven are looked at again. What an action that ended has left behind is removed.
 */
export function watchContainment(ports: ContainmentPorts) {
  const stop = new AbortController()
  const due = new Map<string, NodeJS.Timeout>()
  const busy = new Map<string, Promise<void>>()
  const proving = new Map<string, Promise<void>>()
  // A pod that lost its label no longer says that it was ours: the uids we watch over come from the record.
  const uids = new Map<string, Set<string>>()
  let noting: NodeJS.Timeout | undefined
  // The next change of an action asks again, and each is looked at on the timer anyway.
  const ignoreUnread = (error: unknown) => ports.deps.log.warn({ err: error }, 'watched targets could not be read')

  const unlisten = ports.clusters.onChange(({ cluster, id, object }) => {
    const known = uids.get(cluster.name)?.has(object.metadata.uid) === true
    if (relevant.has(id) || (id === 'pods' && (isOurs(object) || known)) || (workloads.has(id) && known))
      soon(cluster.name)
  })
  // What has just been done is watched from now on, not from the next round on.
  const unheard = ports.deps.bus.listen((changed) => {
    if (changed.includes('action')) noteSoon()
  })
  const timer = setInterval(() => {
    for (const cluster of ports.clusters.all()) soon(cluster.name)
  }, everyMs)
  const clock = setInterval(() => void expire(ports), 1_000)
  for (const cluster of ports.clusters.all()) soon(cluster.name)
  noteSoon()

  function noteSoon(): void {
    noting ??= setTimeout(() => {
      noting = undefined
      if (!stop.signal.aborted) void noteUids(ports, uids).then((news) => news.forEach(soon), ignoreUnread)
    }, settleMs)
  }

  function soon(name: string): void {
    if (due.has(name) || stop.signal.aborted) return
    due.set(
      name,
      setTimeout(() => {
        due.delete(name)
        const cluster = ports.clusters.get(name)
        if (!cluster) return
        // One cluster that hangs keeps no other waiting.
        const run = (busy.get(name) ?? Promise.resolve())
          .then(() => checkCluster(cluster))
          .catch((error: unknown) =>
            ports.deps.log.error({ err: error, cluster: name }, 'containments could not be checked'),
          )
        busy.set(name, run)
      }, settleMs),
    )
  }

  async function checkCluster(cluster: Cluster): Promise<void> {
    // Right after a start the lists are still coming; that tells nothing of any containment.
    if (!cluster.cache.answered() && ['connecting', 'connected'].includes(cluster.state)) return soon(cluster.name)
    const rows = await ports.deps.db
      .selectFrom('actions')
      .selectAll()
      .where('cluster', '=', cluster.name)
      .where('type', 'in', undoableTypes)
      .where('state', 'in', inForce)
      .execute()
    await checkEndings(ports, cluster)
    for (const row of rows) {
      if (stop.signal.aborted) return
      const stored = storedOf(row)
      if (!watched.includes(stored.action.state) || proving.has(row.id)) continue
      await checkOne(ports, cluster, stored, (again) => prove(row.id, again)).catch(ignoreStale)
    }
    await removeLeftovers(ports, cluster)
  }

  /** A new probe takes seconds; meanwhile the others go on being checked. */
  function prove(id: string, again: (signal: AbortSignal) => Promise<void>): void {
    const run = again(stop.signal)
      .catch(ignoreStale)
      .catch((error: unknown) => ports.deps.log.error({ err: error, action: id }, 'a containment could not be probed'))
      .finally(() => proving.delete(id))
    proving.set(id, run)
  }

  return {
    async close() {
      stop.abort()
      unlisten()
      unheard()
      clearTimeout(noting)
      clearInterval(timer)
      clearInterval(clock)
      for (const t of due.values()) clearTimeout(t)
      await Promise.allSettled([...busy.values(), ...proving.values()])
    },
  }
}

/**
 * Releases and terminations whose deadline passed without proof: a node that answers again, a finalizer that was taken
 * off. They come true without us, and what they end must not be taken for broken.
 */
async function checkEndings(ports: ContainmentPorts, cluster: Cluster): Promise<void> {
  const rows = await endings(ports).selectAll().where('cluster', '=', cluster.name).execute()
  for (const row of rows) {
    const stored = storedOf(row)
    const verdict = await look(ports, cluster, stored, null)
    if (verdict.state === 'broken') continue
    const now = await note(ports, cluster, stored, verdict).catch(ignoreStale)
    if (now) await settleOthers(ports, now)
  }
}

function endings({ deps }: ContainmentPorts) {
  return deps.db
    .selectFrom('actions')
    .where('type', 'in', endingTypes)
    .where('state', 'in', ['partly', 'not-verified'])
    .where('requested_at', '>', new Date(Date.now() - endingsForMs))
}

/** Whose changes matter, by cluster, as the record says now. Returns the clusters in which there is someone new. */
async function noteUids(ports: ContainmentPorts, uids: Map<string, Set<string>>): Promise<string[]> {
  const inForceNow = ports.deps.db
    .selectFrom('actions')
    .where('type', 'in', undoableTypes)
    .where('state', 'in', inForce)
    .select(['cluster', 'target_uid'])
  const rows = await inForceNow.unionAll(endings(ports).select(['cluster', 'target_uid'])).execute()
  const news = new Set(rows.filter((r) => !uids.get(r.cluster)?.has(r.target_uid)).map((r) => r.cluster))
  uids.clear()
  for (const [cluster, of] of Map.groupBy(rows, (r) => r.cluster))
    uids.set(cluster, new Set(of.map((r) => r.target_uid)))
  return [...news]
}

function ignoreStale(error: unknown): void {
  if (!(error instanceof StaleAction)) throw error
}

function isOurs(object: KubeObject): boolean {
  const { labels, annotations } = object.metadata
  return (
    labels?.[markers.isolation] !== undefined ||
    labels?.[markers.restriction] !== undefined ||
    annotations?.[markers.detachedLabels] !== undefined
  )
}

async function checkOne(
  ports: ContainmentPorts,
  cluster: Cluster,
  stored: StoredAction,
  prove: (again: (signal: AbortSignal) => Promise<void>) => void,
): Promise<void> {
  const { action } = stored
  const verdict = await look(ports, cluster, stored, storedProbe(action))
  if (verdict.state === 'broken' && (await isBeingUndone(ports.deps.db, action))) return
  // What a workload says of itself needs no other proof.
  if (!actions[action.type].contains) return void (await note(ports, cluster, stored, verdict))
  // Proven once, then broken, then mended, or never proven: only a new probe makes it verified.
  const mended = verdict.state === 'verified' && action.state !== 'verified'
  // What was proven and is doubted now is tried at once; what never was, from time to time.
  const doubted = action.state === 'broken' || action.state === 'verified'
  if (mended || (isUnproven(verdict) && (doubted || isDue(stored)))) {
    const noted = action.state === 'verified' ? await note(ports, cluster, stored, verdict) : stored
    prove(async (signal) => {
      const probe = await probeAgain(ports, cluster, noted, signal)
      if (!signal.aborted) await note(ports, cluster, noted, await look(ports, cluster, noted, probe))
    })
    return
  }
  await note(ports, cluster, stored, verdict)
}

/** All is stored as it should be and leaves no path; only the proof of its effect is missing. */
function isUnproven(verdict: Awaited<ReturnType<typeof check>>): boolean {
  const passed = (kind: string) => verdict.verification.evidence.some((e) => e.kind === kind && e.result === 'passed')
  return verdict.state === 'not-verified' && passed('api-object') && passed('effective-policy')
}

// What couldn't be proven may be provable later: a port that listens now, an API server that answers again.
const proveEveryMs = 5 * 60_000

function isDue({ action, plan }: StoredAction): boolean {
  if (plan.interrupted) return true
  const last = action.verification?.evidence.findLast((e) => e.kind === 'probe')?.at ?? action.appliedAt
  return last === null || Date.now() - new Date(last).getTime() > proveEveryMs
}

async function note(
  ports: ContainmentPorts,
  cluster: Cluster,
  stored: StoredAction,
  verdict: Awaited<ReturnType<typeof check>>,
): Promise<StoredAction> {
  const { action, plan } = stored
  const { state, outcome, verification } = verdict
  let now = stored
  if (outcome !== action.outcome || state !== action.state || plan.interrupted)
    now = await saveAction(
      ports.deps,
      stored,
      { state, outcome, verification },
      { why: 'checked again', plan: { ...plan, interrupted: false, alerted: plan.alerted && state === 'broken' } },
    )
  else await touchAction(ports.deps, stored, verification)
  if (state === 'gone') await removeTraces(cluster, now)
  // Told once, and told although we were killed between finding it and telling.
  if (state === 'broken' && !now.plan.alerted) {
    await ports.onBroken(now.action)
    now = await saveAction(ports.deps, now, {}, { plan: { ...now.plan, alerted: true }, why: 'reported as broken' })
  }
  return now
}

function look(ports: ContainmentPorts, cluster: Cluster, stored: StoredAction, probe: ProbeResult | null) {
  const { action } = stored
  return check(cluster, stored, {
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
  stored: StoredAction,
  signal: AbortSignal,
): Promise<ProbeResult | null> {
  const { action } = stored
  if (!ports.probe) return null
  const plan = planProbe(await readView(cluster, action.target, null), action)
  if (!plan) return null
  await sleep(500, undefined, { signal }).catch(() => undefined)
  return probeIsolation(cluster, plan, { image: ports.probe.image, seconds: 12, signal })
}

/** Containments whose time is over are released, each as an action of its own. */
async function expire(ports: ContainmentPorts): Promise<void> {
  try {
    const rows = await ports.deps.db
      .selectFrom('actions')
      .selectAll()
      .where('type', 'in', containingTypes)
      .where('state', 'in', watched)
      .where('expires_at', '<=', new Date())
      .limit(50)
      .execute()
    for (const row of rows) {
      const { action } = storedOf(row)
      if (await isBeingUndone(ports.deps.db, action)) continue
      await ports
        .releaseExpired(action)
        .catch((error: unknown) =>
          ports.deps.log.warn({ err: error, action: row.id }, 'its time is over, but it could not be released'),
        )
    }
  } catch (error) {
    ports.deps.log.error({ err: error }, 'expired containments could not be looked up')
  }
}

/**
 * What actions that have ended left in the cluster, since it didn't answer then or a write arrived late. Found by the
 * labels on the objects themselves. What the record doesn't know is left alone: it may be another installation's.
 */
async function removeLeftovers(ports: ContainmentPorts, cluster: Cluster): Promise<void> {
  const ids = new Set<string>()
  for (const pod of cluster.cache.all('pods'))
    for (const key of [markers.isolation, markers.restriction]) {
      const id = pod.metadata.labels?.[key]
      if (id) ids.add(id)
    }
  for (const kind of ['networkpolicies', ...denyTierIds] as const)
    for (const policy of cluster.cache.all(kind)) {
      const id =
        policy.metadata.labels?.[markers.managedBy] === markers.managedByValue && policy.metadata.labels[markers.action]
      if (id) ids.add(id)
    }
  for (const id of ids) {
    const stored = await readAction(ports.deps.db, id)
    if (!stored || !finalStates.includes(stored.action.state) || stored.action.target.cluster !== cluster.name) continue
    // The caches lag behind a release by a moment; what is gone already is simply not found.
    const clean = await removeTraces(cluster, stored)
    if (clean && stored.plan.leftovers)
      await saveAction(
        ports.deps,
        stored,
        {},
        { plan: { ...stored.plan, leftovers: false }, why: 'leftovers removed' },
      ).catch(ignoreStale)
  }
}
