import type { KubeObject } from '../ports.ts'
import type { ComponentClient } from './component-client.ts'
import type { ControlPlane, Stop } from './control-plane.ts'
import { deploymentStatus } from './deployment-status.ts'
import { eventRecorder, type EventRecorder } from './event-recorder.ts'
import { stableJson, templateHash } from './object-names.ts'
import { ownerReferenceTo } from './owned-pods.ts'
import { controllerOf, scaledValue } from './pod-state.ts'
import { sameStatus } from './replica-set.ts'
import { kinds } from './resource-kinds.ts'
import { keyOf, splitKey } from './work-queue.ts'

const REVISION = 'deployment.kubernetes.io/revision'
const HASH = 'pod-template-hash'

interface Rollout {
  client: ComponentClient
  events: EventRecorder
  deployment: KubeObject
  sets: KubeObject[]
}

/** Rolls Deployments out through ReplicaSets: one per template, surge and unavailability bounded, history kept. */
export function startDeployments(plane: ControlPlane): Stop {
  const client = plane.controller('deployment-controller')
  const events = eventRecorder(client, 'deployment-controller')
  const queue = plane.queue('deployment-controller', async (key) => {
    const { namespace, name } = splitKey(key)
    const deployment = plane.api.read('apps', 'deployments', namespace, name)
    if (!deployment || deployment.metadata.deletionTimestamp) return
    const sets = ownSets(client, deployment)
    const rollout = { client, events, deployment, sets }
    await syncRollout(rollout)
    await reportStatus(client, deployment)
  })
  const stopDeployments = plane.api.watch('apps', 'deployments', ({ object }) => queue.add(keyOf(object)))
  const stopSets = plane.api.watch('apps', 'replicasets', ({ object }) => {
    const owner = controllerOf(object)
    if (owner?.kind === 'Deployment') queue.add(`${object.metadata.namespace}/${owner.name}`)
  })
  for (const deployment of plane.api.list('apps', 'deployments')) queue.add(keyOf(deployment))
  return () => {
    stopDeployments()
    stopSets()
    queue.stop()
  }
}

function ownSets(client: ComponentClient, deployment: KubeObject): KubeObject[] {
  return client.api
    .list('apps', 'replicasets', deployment.metadata.namespace)
    .filter((set) => controllerOf(set)?.uid === deployment.metadata.uid)
}

async function syncRollout(rollout: Rollout): Promise<void> {
  const { deployment } = rollout
  const current = rollout.sets.find((set) => sameTemplate(set, deployment))
  const wanted = deployment.spec.replicas ?? 1
  const old = rollout.sets.filter((set) => set !== current)
  if (deployment.spec.paused) return
  const recreate = deployment.spec.strategy?.type === 'Recreate'
  if (recreate && old.some((set) => (set.spec.replicas ?? 0) > 0 || (set.status?.replicas ?? 0) > 0)) {
    for (const set of old) if ((set.spec.replicas ?? 0) > 0) await scaleSet(rollout, set, 0)
    return
  }
  const target = current ? await refreshRevision(rollout, current) : await createSet(rollout)
  if (!target) return
  if (recreate) await scaleIfNeeded(rollout, target, wanted)
  else await rollingUpdate(rollout, target, old)
  await dropHistory(rollout, old)
}

async function rollingUpdate(rollout: Rollout, target: KubeObject, old: KubeObject[]): Promise<void> {
  const wanted = rollout.deployment.spec.replicas ?? 1
  const strategy = rollout.deployment.spec.strategy?.rollingUpdate ?? {}
  const surge = scaledValue(strategy.maxSurge ?? '25%', wanted, true)
  const unavailable = scaledValue(strategy.maxUnavailable ?? '25%', wanted, false)
  const oldReplicas = old.reduce((sum, set) => sum + (set.spec.replicas ?? 0), 0)
  const have = target.spec.replicas ?? 0
  const upTo = have > wanted ? wanted : Math.max(have, Math.min(wanted, wanted + surge - oldReplicas))
  if (upTo !== have) return scaleSet(rollout, target, upTo)
  if (oldReplicas === 0) return
  const minimum = wanted - (surge === 0 && unavailable === 0 ? 1 : unavailable)
  const available = [target, ...old].reduce((sum, set) => sum + (set.status?.availableReplicas ?? 0), 0)
  const broken = (set: KubeObject) => (set.spec.replicas ?? 0) - (set.status?.availableReplicas ?? 0)
  // Replicas of old sets that never became available cost nothing to give up.
  for (const set of old) {
    if (broken(set) > 0 && (set.spec.replicas ?? 0) > 0)
      return scaleSet(rollout, set, (set.spec.replicas ?? 0) - broken(set))
  }
  let spare = available - minimum
  for (const set of old) {
    const count = Math.min(set.spec.replicas ?? 0, Math.max(spare, 0))
    if (count === 0) continue
    spare -= count
    await scaleSet(rollout, set, (set.spec.replicas ?? 0) - count)
  }
}

async function scaleIfNeeded(rollout: Rollout, set: KubeObject, replicas: number) {
  if ((set.spec.replicas ?? 0) !== replicas) await scaleSet(rollout, set, replicas)
}

async function scaleSet({ client, events, deployment }: Rollout, set: KubeObject, replicas: number): Promise<void> {
  const before = set.spec.replicas ?? 0
  const changed = structuredClone(set)
  changed.spec.replicas = replicas
  changed.metadata.annotations = { ...changed.metadata.annotations, ...sizeAnnotations(deployment) }
  await client.update(kinds.replicaSet, changed)
  const direction = replicas > before ? 'up' : 'down'
  const message = `Scaled ${direction} replica set ${set.metadata.name} from ${before} to ${replicas}`
  events.record(deployment, { type: 'Normal', reason: 'ScalingReplicaSet', message })
}

function sizeAnnotations(deployment: KubeObject): Record<string, string> {
  const wanted = deployment.spec.replicas ?? 1
  const rolling = deployment.spec.strategy?.type !== 'Recreate'
  const surge = rolling ? scaledValue(deployment.spec.strategy?.rollingUpdate?.maxSurge ?? '25%', wanted, true) : 0
  return {
    'deployment.kubernetes.io/desired-replicas': String(wanted),
    'deployment.kubernetes.io/max-replicas': String(wanted + surge),
  }
}

function sameTemplate(set: KubeObject, deployment: KubeObject): boolean {
  const template = structuredClone(set.spec.template)
  delete template.metadata?.labels?.[HASH]
  return stableJson(withoutCreation(template)) === stableJson(withoutCreation(deployment.spec.template))
}

// The API server may write `creationTimestamp: null` into templates; it says nothing.
function withoutCreation(template: { metadata?: Record<string, unknown>; spec: object }) {
  const { creationTimestamp: _, ...metadata } = template.metadata ?? {}
  return { ...template, metadata }
}

const revisionOf = (object: KubeObject) => Number(object.metadata.annotations?.[REVISION] ?? 0)

async function createSet(rollout: Rollout): Promise<KubeObject | undefined> {
  const { client, events, deployment, sets } = rollout
  const hash = templateHash(withoutCreation(deployment.spec.template))
  const revision = String(Math.max(0, ...sets.map(revisionOf)) + 1)
  const template = structuredClone(deployment.spec.template)
  template.metadata = { ...template.metadata, labels: { ...template.metadata?.labels, [HASH]: hash } }
  const selector = structuredClone(deployment.spec.selector)
  selector.matchLabels = { ...selector.matchLabels, [HASH]: hash }
  const oldReplicas = sets.reduce((sum, set) => sum + (set.spec.replicas ?? 0), 0)
  const limits = sizeAnnotations(deployment)
  const room = Number(limits['deployment.kubernetes.io/max-replicas']) - oldReplicas
  const replicas = Math.max(0, Math.min(deployment.spec.replicas ?? 1, room))
  const name = `${deployment.metadata.name}-${hash}`
  const created = await client.create(kinds.replicaSet, deployment.metadata.namespace, {
    kind: 'ReplicaSet',
    apiVersion: 'apps/v1',
    metadata: {
      name,
      namespace: deployment.metadata.namespace,
      labels: template.metadata.labels,
      annotations: { ...limits, [REVISION]: revision },
      ownerReferences: [ownerReferenceTo(deployment)],
    },
    spec: {
      replicas,
      ...(deployment.spec.minReadySeconds ? { minReadySeconds: deployment.spec.minReadySeconds } : {}),
      selector,
      template,
    },
    status: { replicas: 0 },
  })
  const message = `Scaled up replica set ${name} from 0 to ${replicas}`
  events.record(deployment, { type: 'Normal', reason: 'ScalingReplicaSet', message })
  await noteRevision(client, deployment, revision)
  return created
}

/** A rollback makes an old set current again: it gets the next revision number. */
async function refreshRevision({ client, deployment, sets }: Rollout, current: KubeObject): Promise<KubeObject> {
  const highest = Math.max(...sets.map(revisionOf))
  let set = current
  if (revisionOf(current) < highest) {
    const changed = structuredClone(current)
    changed.metadata.annotations = { ...changed.metadata.annotations, [REVISION]: String(highest + 1) }
    set = await client.update(kinds.replicaSet, changed)
  }
  if (revisionOf(deployment) !== revisionOf(set)) await noteRevision(client, deployment, String(revisionOf(set)))
  return set
}

async function noteRevision(client: ComponentClient, deployment: KubeObject, revision: string): Promise<void> {
  const current = client.api.read('apps', 'deployments', deployment.metadata.namespace, deployment.metadata.name)
  if (!current) return
  const changed = structuredClone(current)
  changed.metadata.annotations = { ...changed.metadata.annotations, [REVISION]: revision }
  await client.update(kinds.deployment, changed)
}

async function dropHistory({ client, deployment }: Rollout, old: KubeObject[]): Promise<void> {
  const limit = deployment.spec.revisionHistoryLimit ?? 10
  const idle = old.filter((set) => (set.spec.replicas ?? 0) === 0 && (set.status?.replicas ?? 0) === 0)
  idle.sort((a, b) => revisionOf(a) - revisionOf(b))
  for (const set of idle.slice(0, Math.max(0, idle.length - limit))) {
    await client.delete(kinds.replicaSet, { namespace: set.metadata.namespace!, name: set.metadata.name }) // namespaced kind
  }
}

async function reportStatus(client: ComponentClient, deployment: KubeObject): Promise<void> {
  const current = client.api.read('apps', 'deployments', deployment.metadata.namespace, deployment.metadata.name)
  if (!current || current.metadata.uid !== deployment.metadata.uid) return
  const sets = ownSets(client, current)
  const newest = sets.find((set) => sameTemplate(set, current))
  const status = deploymentStatus(current, sets, newest)
  if (!sameStatus(current.status, status)) {
    await client.updateStatus(kinds.deployment, { ...structuredClone(current), status })
  }
}
