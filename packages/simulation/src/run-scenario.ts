import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { CoreV1Api, KubeConfig } from '@kubernetes/client-node'
import { clientFor, configFor } from './cleanup.ts'
import { messageOf, refusalOf } from './cluster-safety.ts'
import { runInPod } from './pod-exec.ts'
import type { Scenario, ScenarioId } from './scenarios.ts'
import { findScenario } from './scenarios.ts'
import { attackerScript } from './scripts.ts'
import { attackerName, defaultImages, simulationObjects, victimName } from './simulation-objects.ts'

export interface RunOptions {
  kubeConfig: KubeConfig
  /** Context of the kubeconfig; its current one when left out. */
  context?: string
  scenario: ScenarioId
  /** Start of the namespace's name; a suffix makes every run its own. */
  namespace?: string
  attackerImage?: string
  victimImage?: string
  onProgress?: (progress: ScenarioProgress) => void
  signal?: AbortSignal
  /** Runs in a cluster that is not marked for simulations. */
  force?: boolean
  /** Leaves namespace and pods for investigation. */
  keep?: boolean
  /** How long pods may take to run and to answer, in milliseconds. */
  startTimeoutMs?: number
}

export interface ScenarioProgress {
  stage: 'prepare' | 'wait' | 'attack' | 'done' | 'clean-up'
  message: string
}

export interface ScenarioResult {
  scenario: ScenarioId
  startedAt: string
  endedAt: string
  /** What the attacker saw of the victim's output. */
  output: string
}

export interface RunReport extends ScenarioResult {
  run: string
  namespace: string
  victim: { pod: string; uid: string; container: string }
  attacker: { pod: string; uid: string; container: string }
  expectedAlerts: string[]
  laterAlerts: string[]
  kept: boolean
}

interface Run {
  options: RunOptions
  scenario: Scenario
  core: CoreV1Api
  config: KubeConfig
  id: string
  namespace: string
  tell(stage: ScenarioProgress['stage'], message: string): void
}

/**
 * Runs one attack in a namespace of its own and cleans up after it.
 * @throws Error with a clear message when the cluster is not marked for simulations, an object cannot be created, a pod
 *   does not start, or the victim cannot be reached; the namespace is removed then, too
 */
export async function runScenario(options: RunOptions): Promise<RunReport> {
  const scenario = findScenario(options.scenario)
  if (scenario === undefined) throw new Error(`there is no scenario "${options.scenario}"`)
  const config = configFor(options.kubeConfig, options.context)
  const core = clientFor(options.kubeConfig, options.context)
  const refusal = options.force ? undefined : await refusalOf(core)
  if (refusal !== undefined) throw new Error(refusal)
  options.signal?.throwIfAborted()
  const id = randomBytes(3).toString('hex')
  const tell: Run['tell'] = (stage, message) => options.onProgress?.({ stage, message })
  const run: Run = {
    options,
    scenario,
    core,
    config,
    id,
    namespace: `${options.namespace ?? 'cordon-simulation'}-${id}`,
    tell,
  }
  let kept = false
  try {
    await createObjects(run)
    const pods = await waitForPods(run)
    await waitForVictim(run)
    const result = await attack(run)
    kept = options.keep ?? false
    return {
      ...result,
      run: id,
      namespace: run.namespace,
      ...pods,
      expectedAlerts: scenario.expectedAlerts,
      laterAlerts: scenario.laterAlerts,
      kept,
    }
  } finally {
    if (!kept) await removeNamespace(run)
  }
}

async function createObjects(run: Run): Promise<void> {
  const { core, namespace, options } = run
  run.tell('prepare', `creating namespace ${namespace} with attacker and victim`)
  const images = {
    attacker: options.attackerImage ?? defaultImages.attacker,
    victim: options.victimImage ?? defaultImages.victim,
  }
  const objects = simulationObjects(namespace, run.id, images)
  try {
    await core.createNamespace({ body: objects.namespace })
    await core.createNamespacedServiceAccount({ namespace, body: objects.serviceAccount })
    for (const body of objects.services) await core.createNamespacedService({ namespace, body })
    for (const body of objects.pods) await createPod(run, body)
  } catch (error) {
    throw new Error(`cannot create the simulation's objects: ${messageOf(error)}`, { cause: error })
  }
}

/** A new namespace's default account may take a moment; until then the API server refuses pods. */
async function createPod(run: Run, body: Parameters<CoreV1Api['createNamespacedPod']>[0]['body']): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await run.core.createNamespacedPod({ namespace: run.namespace, body })
      return
    } catch (error) {
      if (attempt >= 20 || !messageOf(error).includes('serviceaccount')) throw error
      await delay(500, undefined, { signal: run.options.signal })
    }
  }
}

async function waitForPods(run: Run): Promise<Pick<RunReport, 'attacker' | 'victim'>> {
  run.tell('wait', 'waiting for both pods to run')
  const deadline = Date.now() + (run.options.startTimeoutMs ?? 180_000)
  for (;;) {
    const { items } = await run.core.listNamespacedPod({ namespace: run.namespace })
    const [attacker, victim] = [attackerName, victimName].map((name) =>
      items.find((pod) => pod.metadata?.name === name),
    )
    if (attacker?.status?.phase === 'Running' && victim?.status?.phase === 'Running') {
      const describe = (pod: typeof attacker, container: string) => ({
        pod: pod.metadata?.name ?? '',
        uid: pod.metadata?.uid ?? '',
        container,
      })
      return { attacker: describe(attacker, 'attacker'), victim: describe(victim, 'victim') }
    }
    for (const pod of [attacker, victim]) {
      const waiting = pod?.status?.containerStatuses?.[0]?.state?.waiting
      const failed =
        pod?.status?.phase === 'Failed' ||
        pod?.status?.phase === 'Succeeded' ||
        /^(ErrImagePull|ImagePullBackOff|InvalidImageName|CreateContainer\w*Error|RunContainerError)$/.test(
          waiting?.reason ?? '',
        )
      if (failed)
        throw new Error(
          `pod ${pod?.metadata?.name} does not start: ${waiting?.reason ?? pod?.status?.phase} ${waiting?.message ?? ''}`.trim(),
        )
    }
    if (Date.now() > deadline) throw new Error('the pods did not run in time')
    await delay(500, undefined, { signal: run.options.signal })
  }
}

/** The victim's web server and its name in DNS come up a little after the pod. */
async function waitForVictim(run: Run): Promise<void> {
  const deadline = Date.now() + (run.options.startTimeoutMs ?? 60_000)
  let last = ''
  while (Date.now() < deadline) {
    const command = ['curl', '-s', '-S', '-m', '3', '-o', '/dev/null', `http://${victimName}/`]
    const { exitCode, stderr } = await inAttacker(run, { command, timeoutMs: 15_000 })
    if (exitCode === 0) return
    last = stderr.trim()
    await delay(1000, undefined, { signal: run.options.signal })
  }
  throw new Error(`the attacker cannot reach the victim: ${last || 'no answer'}`)
}

async function attack(run: Run): Promise<ScenarioResult> {
  run.tell('attack', `running ${run.scenario.title}`)
  const startedAt = new Date().toISOString()
  const input = attackerScript(run.scenario.id, { attacker: attackerName, victim: victimName })
  const result = await inAttacker(run, { command: ['/bin/bash'], input, timeoutMs: 240_000 })
  if (result.exitCode !== 0)
    throw new Error(`the attack ended with exit code ${result.exitCode}: ${result.stderr.trim().slice(0, 400)}`)
  run.tell('done', `${run.scenario.title} ran`)
  return { scenario: run.scenario.id, startedAt, endedAt: new Date().toISOString(), output: result.stdout }
}

function inAttacker(run: Run, what: { command: string[]; input?: string; timeoutMs: number }) {
  return runInPod(run.config, {
    namespace: run.namespace,
    pod: attackerName,
    container: 'attacker',
    signal: run.options.signal,
    ...what,
  }).catch((error: unknown) => {
    if (run.options.signal?.aborted) throw error
    throw new Error(`cannot run a command in the attacker's pod: ${messageOf(error)}`, { cause: error })
  })
}

/** Runs also after an abort: what was made is removed. A failure is told, not thrown, as it would hide what came before. */
async function removeNamespace(run: Run): Promise<void> {
  run.tell('clean-up', `deleting namespace ${run.namespace}`)
  try {
    await run.core.deleteNamespace({ name: run.namespace })
  } catch (error) {
    const message = messageOf(error)
    if (!message.startsWith('404')) run.tell('clean-up', `namespace ${run.namespace} could not be deleted: ${message}`)
  }
}
