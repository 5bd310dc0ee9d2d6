import type { Preflight } from './action.ts'
import type { ClusterView, Pod } from './cluster-view.ts'
import { detachedLabels } from './containment/plan-release.ts'
import type { Facts, Plan } from './define-action.ts'
import { flowEffects } from './flow-effects.ts'
import { budgetsOf, ownerLetsGo, servicesSelecting } from './impact.ts'
import type { ContainmentKind } from './markers.ts'
import { pathsAround } from './paths-around.ts'

type Consequence = Preflight['consequences'][number]

/** What a person should know before cutting this pod off. */
export function consequencesOfContainment(facts: Facts, plan: Plan | undefined): Consequence[] {
  const { view, plugin } = facts
  const { pod } = view
  const containment = plan?.containment
  if (!pod || !containment) return []
  const out: Consequence[] = containment.openPaths.map((path) => ({ kind: 'danger', text: `Stays open: ${path}` }))
  if (plugin?.establishedConnections !== 'cut')
    out.push({
      kind: 'warning',
      text: `${plugin?.name ?? 'The enforcer'} leaves open connections alone${plugin?.establishedConnections === 'unknown' ? ' unless the pod had no policy before' : ''}: an attacker's open shell can go on. Terminating the pod ends it.`,
    })
  if (containment.kind === 'isolation')
    out.push(
      ...serviceConsequences(view, pod, containment.detachedLabels),
      ...budgetConsequences(view, pod),
      ...detachConsequences(view, containment.detachedLabels),
      ...flowConsequences(flowEffects(facts, plan)),
    )
  else
    out.push({
      kind: 'warning',
      text: 'Whatever in the pod uses the Kubernetes API or cloud credentials of its node stops working.',
    })
  if (containment.strategy.startsWith('cilium-deny') && containment.kind === 'isolation')
    out.push({
      kind: 'info',
      text: 'The denial names the node too: where Cilium doesn’t exempt it, probes of the kubelet fail and the container is restarted.',
    })
  out.push(...pathsAround(view, pod), ...unprovable(view), ...sameImage(view, pod))
  for (const text of containment.residual) out.push({ kind: 'info', text })
  return out
}

function flowConsequences(flows: ReturnType<typeof flowEffects>): Consequence[] {
  if (flows === null)
    return [{ kind: 'info', text: 'No sensor reports connections of this pod: what it talks to is not known.' }]
  return (['stops', 'stays-open'] as const).flatMap((effect) => {
    const those = flows.filter((f) => f.effect === effect)
    if (those.length === 0) return []
    const shown = those.slice(0, 5).map((f) => `${f.direction === 'egress' ? 'to' : 'from'} ${f.peer}:${f.port}`)
    const more = those.length > 5 ? ` and ${those.length - 5} more` : ''
    const what = effect === 'stops' ? 'and stopped' : 'and not stopped'
    return [
      {
        kind: effect === 'stops' ? 'warning' : 'danger',
        text: `Seen in the last 24 hours ${what}: ${shown.join(', ')}${more}.`,
      },
    ]
  })
}

/** Without the right to start one there is no probe, and without a probe nothing is ever verified. */
function unprovable({ access }: ClusterView): Consequence[] {
  const denied = access.some((a) => a.resource === 'pods' && a.verb === 'create' && !a.allowed)
  return denied
    ? [
        {
          kind: 'warning',
          text: 'Our account may not start a probe pod here: the effect can’t be proven, and it will end as “not verified”.',
        },
      ]
    : []
}

/** What comes back with a release. */
export function consequencesOfRelease({ view, target }: Facts, kind: ContainmentKind): Consequence[] {
  const pod = view.pod?.metadata.uid === target.uid ? view.pod : undefined
  if (!pod) return []
  const taken = kind === 'isolation' ? Object.keys(detachedLabels(pod)) : []
  const text =
    kind === 'isolation'
      ? 'The pod can send and receive again as its other policies allow.'
      : 'The pod can reach metadata service, API server and kubelets again, as its other policies allow.'
  const out: Consequence[] = [{ kind: 'warning', text }]
  if (taken.length === 0) return out
  return [...out, { kind: 'warning', text: takesBack(view) }]
}

/** What the owner does when its labels are back (measured on a real cluster, response semantics, section 14). */
function takesBack({ formerOwners: owners = [] }: ClusterView): string {
  const [nearest, top] = [owners[0], owners.at(-1)]
  const who = top ? `${top.kind} ${top.metadata.name}` : 'Its former owner'
  if (nearest?.kind === 'StatefulSet') return `${who} takes the pod back; its replica was missing until now.`
  if (nearest?.kind === 'DaemonSet')
    return `${who} takes the pod back and deletes the one it started in its place on this node.`
  return `${who} may take the pod back and then delete one pod too many, perhaps this one.`
}

/** What deleting the pod means, by who owns it (response semantics, “Terminate”). */
export function consequencesOfTermination({ view, options }: Facts): Consequence[] {
  const { pod } = view
  if (!pod) return []
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
  return [...out, ...budgetConsequences(view, pod), ...sameImage(view, pod)]
}

/** The scope of an action is one pod; whoever got in here may be in these too. */
function sameImage(view: ClusterView, pod: Pod): Consequence[] {
  const images = new Set(pod.spec.containers.flatMap((c) => c.image ?? []))
  const others = view.pods.filter(
    (p) =>
      p.metadata.uid !== pod.metadata.uid &&
      (p.status.phase ?? 'Running') === 'Running' &&
      p.spec.containers.some((c) => c.image !== undefined && images.has(c.image)),
  )
  if (others.length === 0) return []
  const names = others.slice(0, 5).map((p) => `${p.metadata.namespace}/${p.metadata.name}`)
  const more = others.length > 5 ? ` and ${others.length - 5} more` : ''
  return [{ kind: 'info', text: `The same image runs in ${names.join(', ')}${more}: this action leaves them alone.` }]
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

function serviceConsequences(view: ClusterView, pod: Pod, taken: Record<string, string>): Consequence[] {
  return servicesSelecting(view, pod).map(({ service, others }) => {
    const name = `Service ${service.metadata.namespace}/${service.metadata.name}`
    const leaves = Object.keys(service.spec.selector ?? {}).some((k) => k in taken)
    if (others === 0) return { kind: 'danger', text: `${name} loses its last working endpoint.` }
    // Probes come from the own node, which no policy blocks: the pod stays Ready and in the EndpointSlice (measured).
    if (!leaves)
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

function budgetConsequences(view: ClusterView, pod: Pod): Consequence[] {
  return budgetsOf(view, pod)
    .filter((b) => b.status?.disruptionsAllowed === 0)
    .map((b) => ({
      kind: 'warning',
      text: `PodDisruptionBudget ${b.metadata.name} allows no disruption now; this action goes past it.`,
    }))
}

function detachConsequences(view: ClusterView, taken: Record<string, string>): Consequence[] {
  const keys = Object.keys(taken)
  if (keys.length === 0) return []
  const owner = view.owners[0]
  const out: Consequence[] = [
    {
      kind: 'warning',
      text: `The pod loses the label${keys.length > 1 ? 's' : ''} ${keys.map((k) => `${k}=${taken[k]}`).join(', ')} until it is released.`,
    },
  ]
  if (!owner || !ownerLetsGo(view, taken)) return out
  const missing =
    owner.kind === 'StatefulSet'
      ? 'its replica is missing until this pod is deleted'
      : 'it starts a replacement from the same template'
  return [...out, { kind: 'warning', text: `${owner.kind} ${owner.metadata.name} lets go of the pod: ${missing}.` }]
}
