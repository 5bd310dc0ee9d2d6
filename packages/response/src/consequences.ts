import type { ActionOptions, Preflight } from './action.ts'
import type { ClusterView, Pod, Service } from './cluster-view.ts'
import type { IsolationPlan } from './isolate.ts'
import type { NetworkPlugin } from './network-plugin.ts'
import { detachedLabels } from './release.ts'
import { matches } from './selectors.ts'

type Consequence = Preflight['consequences'][number]

/** What a person should know before cutting this pod off. */
export function consequencesOfIsolation(
  view: ClusterView,
  pod: Pod,
  plan: IsolationPlan,
  plugin: NetworkPlugin | undefined,
): Consequence[] {
  const out: Consequence[] = []
  for (const path of plan.openPaths) out.push({ kind: 'danger', text: `Stays open: ${path.text}` })
  if (plugin?.establishedConnections !== 'cut')
    out.push({
      kind: 'warning',
      text: `${plugin?.name ?? 'The enforcer'} leaves open connections alone${plugin?.establishedConnections === 'unknown' ? ' unless the pod had no policy before' : ''}: an attacker's open shell can go on. Terminating the pod ends it.`,
    })
  out.push(
    ...serviceConsequences(view, pod, plan),
    ...budgetConsequences(view, pod),
    ...detachConsequences(view, plan),
    ...pathsAroundTheNetwork(view, pod),
  )
  for (const text of plan.residual) out.push({ kind: 'info', text })
  return out
}

export function consequencesOfRelease(view: ClusterView, pod: Pod): Consequence[] {
  const taken = Object.keys(detachedLabels(pod))
  const out: Consequence[] = [
    { kind: 'warning', text: 'The pod can send and receive again as its other policies allow.' },
  ]
  if (taken.length === 0) return out
  const owner = view.owners.at(-1)
  const who = owner ? `${owner.kind} ${owner.metadata.name}` : 'Its former owner'
  return [
    ...out,
    { kind: 'warning', text: `${who} may take the pod back and then delete one pod too many, perhaps this one.` },
  ]
}

/** What deleting the pod means, by who owns it (response semantics, “Terminate”). */
export function consequencesOfTermination(view: ClusterView, pod: Pod, options: ActionOptions): Consequence[] {
  const controller = pod.metadata.ownerReferences?.find((o) => o.controller)
  const top = view.owners.at(-1)
  const topName = top ? `${top.kind} ${top.metadata.name}` : controller ? `${controller.kind} ${controller.name}` : ''
  const out: Consequence[] = [ownerConsequence(controller?.kind, topName, pod)]
  if (options.gracePeriodSeconds === 0)
    out.push({
      kind: 'danger',
      text: 'Without grace the object disappears before the node has confirmed anything: on an unreachable node the processes may go on.',
    })
  const notReady = view.node?.status?.conditions?.find((c) => c.type === 'Ready')?.status
  if (notReady !== undefined && notReady !== 'True')
    out.push({
      kind: 'danger',
      text: `The node ${pod.spec.nodeName} isn't ready: the end of the pod can't be confirmed until it answers.`,
    })
  if (pod.metadata.finalizers?.length)
    out.push({
      kind: 'warning',
      text: `The object is held by ${pod.metadata.finalizers.join(', ')} and stays until those are removed, after its containers have stopped.`,
    })
  const claims = (pod.spec.volumes ?? []).flatMap((v) => v.persistentVolumeClaim?.claimName ?? [])
  if (claims.length > 0)
    out.push({ kind: 'warning', text: `Files on ${claims.join(', ')} outlive the pod, the attacker's included.` })
  out.push({
    kind: 'info',
    text: 'Before that, the manifest, status, logs and events are captured and kept with the action.',
  })
  return [...out, ...budgetConsequences(view, pod)]
}

function ownerConsequence(kind: string | undefined, owner: string, pod: Pod): Consequence {
  switch (kind) {
    case undefined:
      return { kind: 'danger', text: 'Nobody owns this pod: it will not come back, and its memory and files are lost.' }
    case 'ReplicaSet':
    case 'ReplicationController':
      return {
        kind: 'warning',
        text: `${owner} starts a replacement from the same template at once: same image, same weakness.`,
      }
    case 'StatefulSet':
      return {
        kind: 'warning',
        text: `${owner} starts a pod of the same name ${pod.metadata.name} on the same volumes.`,
      }
    case 'DaemonSet':
      return { kind: 'warning', text: `${owner} starts a replacement on the same node.` }
    case 'Job':
      return { kind: 'warning', text: `${owner} tries again until its back-off limit.` }
    default:
      return { kind: 'warning', text: `${owner} decides what happens next.` }
  }
}

function serviceConsequences(view: ClusterView, pod: Pod, plan: IsolationPlan): Consequence[] {
  const leaves = (s: Service) => Object.keys(s.spec.selector ?? {}).some((k) => k in plan.detachedLabels)
  return view.services
    .filter((s) => selects(s, pod))
    .map((s) => {
      const others = view.pods.filter((p) => p.metadata.uid !== pod.metadata.uid && selects(s, p) && isReady(p)).length
      const name = `Service ${s.metadata.namespace}/${s.metadata.name}`
      if (others === 0) return { kind: 'danger', text: `${name} loses its last working endpoint.` }
      // Probes come from the own node, which no policy blocks: the pod stays Ready and in the EndpointSlice (measured).
      if (!leaves(s))
        return {
          kind: 'warning',
          text: `${name} keeps sending clients to the isolated pod, because its probes still pass; ${others} other endpoint${others > 1 ? 's' : ''} work.`,
        }
      return {
        kind: 'info',
        text: `${name} drops the pod and goes on with ${others} other endpoint${others > 1 ? 's' : ''}.`,
      }
    })
}

function selects(service: Service, pod: Pod): boolean {
  const selector = service.spec.selector
  if (!selector || Object.keys(selector).length === 0 || service.metadata.namespace !== pod.metadata.namespace)
    return false
  return matches({ matchLabels: selector }, pod.metadata.labels)
}

function isReady(pod: Pod): boolean {
  return pod.status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false
}

function budgetConsequences(view: ClusterView, pod: Pod): Consequence[] {
  return view.disruptionBudgets
    .filter(
      (b) =>
        b.metadata.namespace === pod.metadata.namespace &&
        matches(b.spec.selector, pod.metadata.labels) &&
        b.status?.disruptionsAllowed === 0,
    )
    .map((b) => ({
      kind: 'warning',
      text: `PodDisruptionBudget ${b.metadata.name} allows no disruption now; this action goes past it.`,
    }))
}

function detachConsequences(view: ClusterView, plan: IsolationPlan): Consequence[] {
  const keys = Object.keys(plan.detachedLabels)
  if (keys.length === 0) return []
  const owner = view.owners[0]
  const loses = owner && keys.some((k) => k in (owner.spec?.selector?.matchLabels ?? {}))
  const out: Consequence[] = [
    {
      kind: 'warning',
      text: `The pod loses the label${keys.length > 1 ? 's' : ''} ${keys.map((k) => `${k}=${plan.detachedLabels[k]}`).join(', ')} until it is released.`,
    },
  ]
  if (!loses) return out
  const missing =
    owner.kind === 'StatefulSet'
      ? 'its replica is missing until this pod is deleted'
      : 'it starts a replacement from the same template'
  return [...out, { kind: 'warning', text: `${owner.kind} ${owner.metadata.name} lets go of the pod: ${missing}.` }]
}

/** Ways on that no network policy touches. */
function pathsAroundTheNetwork(view: ClusterView, pod: Pod): Consequence[] {
  const out: Consequence[] = []
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]
  const privileged = containers.filter((c) => c.securityContext?.privileged).map((c) => c.name)
  if (privileged.length > 0 || pod.spec.hostPID)
    out.push({
      kind: 'danger',
      text: `${privileged.length > 0 ? `Container ${privileged.join(', ')} is privileged` : 'The pod shares its node’s process namespace'}: it can take over its node ${pod.spec.nodeName ?? ''}, which isn't isolated.`,
    })
  const hostPaths = (pod.spec.volumes ?? []).flatMap((v) => v.hostPath?.path ?? [])
  if (hostPaths.length > 0)
    out.push({ kind: 'warning', text: `Host folders stay writable or readable: ${hostPaths.join(', ')}.` })
  const neighbours = view.pods.filter(
    (p) => p.spec.hostNetwork && p.spec.nodeName === pod.spec.nodeName && p.status.phase === 'Running',
  ).length
  if (neighbours > 0)
    out.push({
      kind: 'info',
      text: `${neighbours} pod${neighbours > 1 ? 's' : ''} on the node's own network can still reach it from node ${pod.spec.nodeName}.`,
    })
  const account = pod.spec.serviceAccountName
  if (account)
    out.push({
      kind: 'info',
      text: `A token of service account ${account} that was already stolen works elsewhere until this pod is deleted.`,
    })
  return out
}
