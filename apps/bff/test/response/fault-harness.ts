import type { Deps } from '../../src/deps.ts'
import { requestAction } from '../../src/features/actions/request-action.ts'
import type { KubeObject } from '../../src/jobs/inventory/kinds.ts'
import { readAction } from '../../src/jobs/run-actions/action-store.ts'
import { driveAction, type RunnerPorts } from '../../src/jobs/run-actions/drive-action.ts'
import { sweepCanaries } from '../../src/jobs/run-actions/probe.ts'
import { removeTraces } from '../../src/jobs/run-actions/remove-traces.ts'
import { Refusal } from '../../src/refusal.ts'
import { readLedger } from '../ledger.ts'
import { countCreations } from './fault-creations.ts'
import { Killed, injecting, mortal, pace, type Life, type Trouble } from './fault-injection.ts'
import { foreignPolicies, meddle, type Foreign } from './fault-meddling.ts'
import {
  asAdmin,
  asConsole,
  clientOf,
  clusterName,
  clustersOf,
  dump,
  openLab,
  prepare,
  startPod,
  waitFor,
} from './fault-world.ts'
import { entityKey } from '@cordon/entities'
import type { Lab } from '@cordon/lab'
import { verifyChain } from '@cordon/ledger'
import { finalStates, markers, type Action, type ActionType } from '@cordon/response'
import { everything } from '@cordon/rbac'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'

export interface FaultFigures {
  runs: number
  /** How the first action of each run ended. */
  ended: Record<string, number>
  faults: number
  kills: number
  /** Acts of someone else in the middle of a run. */
  meddling: number
  /** Each is a defect, in words; the promise is that there is none. */
  falseDone: string[]
  foreignChanged: string[]
  leftovers: string[]
  notOnce: string[]
  unfinished: string[]
}

/** The same numbers for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let a = seed >>> 0
  return () => {
    a = (a + 0x6d2b79f5) >>> 0
    let t = Math.imul(a ^ (a >>> 15), a | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/**
 * Runs generated actions against a real API server in this process, with faults injected between us and it: error
 * answers, lost requests, lost answers, other people's hands and our own death. Then asks the cluster itself and the
 * ledger what is true.
 */
export async function runFaults(
  deps: Deps,
  options: { runs: number; seed: number; slots?: number; only?: number[]; onProgress?: (done: number) => void },
): Promise<FaultFigures> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'cordon-faults-'))
  const lab = await openLab(dataDir)
  const figures: FaultFigures = {
    runs: 0,
    ended: {},
    faults: 0,
    kills: 0,
    meddling: 0,
    falseDone: [],
    foreignChanged: [],
    leftovers: [],
    notOnce: [],
    unfinished: [],
  }
  try {
    const slots = options.slots ?? 6
    await Promise.all(Array.from({ length: slots }, (_, slot) => prepare(lab, `fault-${slot}`)))
    const before = dump(lab)
    let next = 0
    await Promise.all(
      Array.from({ length: slots }, async (_, slot) => {
        for (let run = next++; run < options.runs; run = next++) {
          if (options.only && !options.only.includes(run)) continue
          await oneRun({
            deps,
            lab,
            namespace: `fault-${slot}`,
            random: randomOf(options.seed * 1_000_003 + run),
            figures,
            name: `run ${run}`,
          })
          figures.runs++
          options.onProgress?.(figures.runs)
        }
      }),
    )
    const after = dump(lab)
    for (const key of new Set([...before.keys(), ...after.keys()]))
      if (!isDeepStrictEqual(before.get(key), after.get(key)))
        (key.includes('cordon-') ? figures.leftovers : figures.foreignChanged).push(`at the end: ${key}`)
    const chain = await verifyChain(await readLedger(deps.db))
    if (!chain.ok) figures.notOnce.push(`the ledger's chain doesn't hold: ${JSON.stringify(chain)}`)
    return figures
  } finally {
    await lab.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

export interface Run {
  deps: Deps
  lab: Lab
  namespace: string
  random: () => number
  figures: FaultFigures
  name: string
}

async function oneRun(run: Run): Promise<void> {
  const { deps, lab, namespace, random, figures } = run
  const { api } = lab.cluster(clusterName)
  const admin = asAdmin(lab)
  const pick = <T>(...of: T[]): T => of[Math.floor(random() * of.length)] as T
  const labels: Record<string, string> = { app: 'victim', tier: 'a' }
  const pod = await startPod(lab, namespace, 'victim', labels)
  const foreign = await foreignPolicies(run)
  const type: ActionType = pick(
    'isolate-pod',
    'isolate-pod',
    'isolate-pod',
    'restrict-pod',
    'restrict-pod',
    'terminate-pod',
    'contain-pod',
  )
  const withTier = random() < 0.5
  const creations = countCreations(lab)
  const expected: Record<string, string> = { ...labels }
  const trouble: Trouble = {
    random,
    rate: pick(0, 0.05, 0.15, 0.3),
    meddleAt: random() < 0.5 ? Math.floor(random() * 4) : Infinity,
    outage:
      random() < 0.3
        ? { at: 1 + Math.floor(random() * 4), length: 5 + Math.floor(random() * 60), refuses: random() < 0.4 }
        : { at: Infinity, length: 0, refuses: false },
    writes: 0,
    ownDeletions: new Map(),
    count: { faults: 0, kills: 0, meddling: 0 },
  }
  const act = { id: '' }
  trouble.meddle = () => meddle(run, pick, act, expected)
  const target = { key: entityKey('pod', clusterName, namespace, 'victim'), uid: pod.metadata.uid }
  const ask = (what: ActionType) =>
    requestAction(
      { deps, clusters: clustersOf(lab, withTier, clientOf(asConsole(lab))), poke: () => undefined },
      { name: 'ada', displayName: 'Ada', role: 'analyst', scope: everything, via: 'session' },
      { type: what, target, comment: run.name, options: { gracePeriodSeconds: 0 }, source: 'api', incidentId: null },
      undefined,
    )
  const cleanUp = async () => {
    creations.stop()
    for (const policy of foreign) await admin('DELETE', policy.path)
    if (api.read('', 'pods', namespace, 'victim'))
      await admin('DELETE', `/api/v1/namespaces/${namespace}/pods/victim`, { gracePeriodSeconds: 0 })
  }
  const first = await ask(type).catch((error: unknown) => {
    // Under another egress policy and without a deny tier a restriction is refused, which is right.
    if (!(error instanceof Refusal) || type !== 'restrict-pod') throw error
  })
  if (!first) {
    figures.ended[`${type} refused`] = (figures.ended[`${type} refused`] ?? 0) + 1
    return cleanUp()
  }
  act.id = first.id
  const done = await live(run, withTier, first.id, trouble)
  await sweep(run)
  figures.ended[`${type} ${done.state}`] = (figures.ended[`${type} ${done.state}`] ?? 0) + 1
  await judge(run, done, pod)
  if (
    ['verified', 'partly', 'not-verified', 'broken'].includes(done.state) &&
    (type === 'isolate-pod' || type === 'restrict-pod')
  ) {
    const undo = type === 'isolate-pod' ? 'release-pod' : 'unrestrict-pod'
    // What someone did to the containment stays until it ends; nobody touches it while it is being undone.
    trouble.meddleAt = Infinity
    trouble.outage.length = 0
    for (let tries = 0; tries < 5; tries++) {
      // The pod may be gone, and the record may not know yet: then there is nothing left to ask for.
      const release = await ask(undo).catch(() => undefined)
      if (!release) break
      const ended = await live(run, withTier, release.id, trouble)
      if (ended.state === 'verified') {
        const left = traces(run, first.id)
        if (left.length > 0) figures.falseDone.push(`${run.name}: release verified, but there is ${left.join(', ')}`)
        break
      }
      trouble.rate = 0
    }
  }
  if (done.state === 'failed' || done.state === 'gone' || (await readAction(deps.db, first.id))?.plan.leftovers)
    await heal(run, first.id)
  const left = traces(run, first.id)
  // What a gone pod owned goes with it, a moment later.
  if (left.length > 0)
    await waitFor(() => traces(run, first.id).length === 0).catch(() =>
      figures.leftovers.push(
        `${run.name}: ${type} ${done.state} leaves ${traces(run, first.id).join(', ')}; ${done.outcome}`,
      ),
    )
  checkForeign(run, foreign, pod, expected)
  await checkOnce(run, first.id, creations, trouble.ownDeletions)
  figures.faults += trouble.count.faults
  figures.kills += trouble.count.kills
  figures.meddling += trouble.count.meddling
  await cleanUp()
}

/** Drives an action through as many lives as it takes. The last ones die no more. */
async function live(run: Run, withTier: boolean, id: string, trouble: Trouble): Promise<Action> {
  for (let lives = 0; lives < 12; lives++) {
    const stored = await readAction(run.deps.db, id)
    if (!stored) throw new Error('the action is gone from the record')
    if (!['requested', 'applied'].includes(stored.action.state)) return stored.action
    const life: Life = {
      alive: true,
      left: lives < 4 && trouble.random() < 0.5 ? Math.floor(trouble.random() * 14) : Infinity,
    }
    if (lives > 6) {
      trouble.rate = 0
      trouble.outage.length = 0
    }
    const client = injecting(clientOf(asConsole(run.lab)), life, trouble)
    const ports: RunnerPorts = {
      deps: { ...run.deps, ...mortal(run.deps, life, trouble) },
      clusters: clustersOf(run.lab, withTier, client),
      processesOf: async () => [],
      connectionsSince: () => [],
      probe: { image: 'busybox:1.37' },
      pace,
    }
    await driveAction(ports, stored, new AbortController().signal).catch((error: unknown) => {
      if (!(error instanceof Killed) && life.alive) throw error
    })
  }
  const last = await readAction(run.deps.db, id)
  if (last && ['requested', 'applied'].includes(last.action.state))
    run.figures.unfinished.push(
      `${run.name}: ${last.action.type} is still ${last.action.state}: ${last.action.outcome}`,
    )
  return last!.action // read above
}

/** Is what the record says true? Asked of the API server's store and of the lab's network. */
async function judge({ lab, namespace, figures, name }: Run, action: Action, pod: KubeObject): Promise<void> {
  if (action.state !== 'verified') return
  const { api, network } = lab.cluster(clusterName)
  const now = api.read('', 'pods', namespace, 'victim')
  const lie = (text: string) => void figures.falseDone.push(`${name}: ${action.type} verified, but ${text}`)
  if (action.type === 'terminate-pod' || action.type === 'contain-pod') {
    if (now?.metadata.uid === pod.metadata.uid) lie('the pod is still there')
    return
  }
  if (now?.metadata.uid !== pod.metadata.uid) return lie('the pod is another')
  const peer = api.read('', 'pods', namespace, 'peer')
  const opens = async (podUid: string, host: string, port: number) => {
    const result = await network.connect({ podUid }, { host, port, protocol: 'TCP' })
    if (result.ok) result.close()
    return result.ok
  }
  if (action.type === 'isolate-pod') {
    if (await opens(peer?.metadata.uid ?? '', now.status.podIP, 80)) lie('a peer gets in')
    if (await opens(pod.metadata.uid, peer?.status.podIP, 80)) lie('it gets out')
  } else {
    if (await opens(pod.metadata.uid, '169.254.169.254', 80)) lie('it reaches the metadata service')
    if (await opens(pod.metadata.uid, 'kubernetes.default.svc', 443)) lie('it reaches the API server')
  }
}

/** Labels, notes and policies of an action that are in the cluster now. */
function traces({ lab, namespace }: Pick<Run, 'lab' | 'namespace'>, id: string): string[] {
  const { api } = lab.cluster(clusterName)
  const out: string[] = []
  for (const p of api.list('', 'pods')) {
    const { labels = {}, annotations = {} } = p.metadata
    if (labels[markers.canary] && labels[markers.action] === id) out.push(`canary ${p.metadata.name}`)
    if (labels[markers.isolation] === id || labels[markers.restriction] === id) out.push(`label on ${p.metadata.name}`)
    if (
      p.metadata.namespace === namespace &&
      annotations[markers.detachedLabels] &&
      labels[markers.isolation] === undefined
    )
      out.push(`note on ${p.metadata.name}`)
  }
  for (const [group, resource] of [
    ['networking.k8s.io', 'networkpolicies'],
    ['cilium.io', 'ciliumnetworkpolicies'],
  ] as const)
    for (const o of api.list(group, resource))
      if (o.metadata.labels?.[markers.action] === id) out.push(`${o.kind} ${o.metadata.name}`)
  return out
}

/** What the runner's sweep does for probe pods that a death left behind. */
async function sweep({ lab, namespace }: Run): Promise<void> {
  const cluster = clustersOf(lab, true, clientOf(asConsole(lab))).get(clusterName)
  if (cluster)
    await sweepCanaries(
      {
        ...cluster,
        cache: {
          ...cluster.cache,
          all: (id) => cluster.cache.all(id).filter((o) => o.metadata.namespace === namespace),
        },
      },
      new Set(),
    )
}

/** What the watcher does for actions that ended while the cluster didn't let us clean up. */
async function heal({ deps, lab }: Run, id: string): Promise<void> {
  const stored = await readAction(deps.db, id)
  const cluster = clustersOf(lab, true, clientOf(asConsole(lab))).get(clusterName)
  if (stored?.plan.leftovers && cluster && finalStates.includes(stored.action.state))
    await removeTraces(cluster, stored)
}

function checkForeign(
  { lab, namespace, figures, name }: Run,
  foreign: Foreign[],
  pod: KubeObject,
  expected: Record<string, string>,
): void {
  const { api } = lab.cluster(clusterName)
  for (const f of foreign) {
    const now = api.read('networking.k8s.io', 'networkpolicies', namespace, f.name)
    if (!isDeepStrictEqual(now?.spec, f.spec) || !isDeepStrictEqual(now?.metadata.labels, f.labels))
      figures.foreignChanged.push(`${name}: NetworkPolicy ${f.name}`)
  }
  const now = api.read('', 'pods', namespace, 'victim')
  if (!now || now.metadata.deletionTimestamp) return
  const wanted = now.metadata.uid === pod.metadata.uid ? expected : { app: 'victim', successor: 'yes' }
  if (!isDeepStrictEqual(now.metadata.labels, wanted))
    figures.foreignChanged.push(
      `${name}: labels of the pod are ${JSON.stringify(now.metadata.labels)}, not ${JSON.stringify(wanted)}`,
    )
}

/** One row, one request entry, and a chain of states in which each follows from the one before. */
async function checkOnce(
  { deps, figures, name }: Run,
  id: string,
  creations: ReturnType<typeof countCreations>,
  ownDeletions: ReadonlyMap<string, number>,
): Promise<void> {
  // Written again only where others took it away; what we took away ourselves stays away.
  for (const [policy, { made, gone }] of creations.of(id)) {
    const byOthers = gone - (ownDeletions.get(policy) ?? 0)
    if (made > 1 + byOthers)
      figures.notOnce.push(`${name}: its policy was created ${made} times, taken away by others ${byOthers} times`)
  }
  const rows = await deps.db
    .selectFrom('ledger')
    .select(['kind', 'entry'])
    .where('subject', '=', `action:${id}`)
    .orderBy('seq')
    .execute()
  if (rows.filter((r) => r.kind === 'action.request').length !== 1)
    figures.notOnce.push(`${name}: not one request entry`)
  let state = 'requested'
  for (const { kind, entry } of rows) {
    if (kind !== 'action.state') continue
    const { from, to } = entry as { from: string; to: string }
    if (from !== state || from === to) figures.notOnce.push(`${name}: ${from} → ${to} after ${state}`)
    state = to
  }
}
