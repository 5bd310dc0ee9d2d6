import { canConnect } from '@cordon/netpol'
import { entityKey } from '@cordon/entities'
import type { Preflight } from './action.ts'
import type { ClusterView, Flow, Pod, Service } from './cluster-view.ts'
import { restrictedAddresses } from './containment/restricted-addresses.ts'
import type { Facts, Plan } from './define-action.ts'
import { matches } from './selectors.ts'
import { worldOf, worldPod } from './world-of.ts'

type Impact = NonNullable<Preflight['impact']>

/** What an action on a pod does to its surroundings, as data for the dialog and the graph. */
export function impactOf(facts: Facts, plan: Plan): Impact | null {
  const { view, type } = facts
  const pod = view.pod
  if (!pod) return null
  const ends = type === 'terminate-pod' || type === 'contain-pod'
  const cuts = ends || type === 'isolate-pod'
  const taken = plan.containment?.detachedLabels ?? {}
  return {
    services: cuts ? servicesOf(view, pod, ends, taken) : [],
    budgets: cuts
      ? budgetsOf(view, pod).map((b) => ({
          name: b.metadata.name,
          disruptionsAllowed: b.status?.disruptionsAllowed ?? 0,
        }))
      : [],
    replacement: cuts ? replacementOf(view, pod, ends, taken) : null,
    flows:
      view.flows && (cuts || type === 'restrict-pod')
        ? view.flows.map((f) => flowEffect(facts, plan, f))
        : view.flows && [],
    staysOpen: ends ? [] : [...(plan.containment?.openPaths ?? []), ...(plan.containment?.residual ?? [])],
  }
}

/** Services that select the pod, with the other endpoints they go on with. */
export function servicesSelecting(view: ClusterView, pod: Pod): { service: Service; others: number }[] {
  return view.services
    .filter((s) => selects(s, pod))
    .map((service) => ({
      service,
      others: view.pods.filter((p) => p.metadata.uid !== pod.metadata.uid && selects(service, p) && isReady(p)).length,
    }))
}

/** Budgets that count the pod. */
export function budgetsOf(view: ClusterView, pod: Pod) {
  return view.disruptionBudgets.filter(
    (b) => b.metadata.namespace === pod.metadata.namespace && matches(b.spec.selector, pod.metadata.labels),
  )
}

/** The label keys by which the nearest owner holds the pod, as far as they are taken away. */
export function ownerLetsGo(view: ClusterView, taken: Record<string, string>): boolean {
  const keys = Object.keys(view.owners[0]?.spec?.selector?.matchLabels ?? {})
  return keys.some((k) => k in taken)
}

function servicesOf(view: ClusterView, pod: Pod, ends: boolean, taken: Record<string, string>): Impact['services'] {
  return servicesSelecting(view, pod).map(({ service, others }) => {
    const drops = ends || Object.keys(service.spec.selector ?? {}).some((k) => k in taken)
    const { namespace = '', name } = service.metadata
    return {
      key: entityKey('service', view.cluster, namespace, name),
      name: `${namespace}/${name}`,
      effect: others === 0 ? 'loses-last-endpoint' : drops ? 'drops-pod' : 'keeps-sending',
      otherEndpoints: others,
    }
  })
}

function replacementOf(
  view: ClusterView,
  pod: Pod,
  ends: boolean,
  taken: Record<string, string>,
): Impact['replacement'] {
  const nearest = view.owners[0]
  const top = view.owners.at(-1)
  if (!nearest || !top) return null
  const images = pod.spec.containers.flatMap((c) => c.image ?? [])
  const template = templateImages(nearest)
  const { namespace = '', name } = top.metadata
  return {
    key: entityKey('workload', view.cluster, namespace, top.kind, name),
    owner: `${top.kind} ${name}`,
    starts: ends || (ownerLetsGo(view, taken) && nearest.kind !== 'StatefulSet'),
    sameImage: template === undefined || images.every((i) => template.includes(i)),
    images: template ?? images,
  }
}

function templateImages(owner: ClusterView['owners'][number]): string[] | undefined {
  const spec = owner.spec as { template?: { spec?: { containers?: { image?: string }[] } } } | undefined
  return spec?.template?.spec?.containers?.flatMap((c) => c.image ?? [])
}

/** Would a connection like this one still open? Asked of the planned world; in doubt it is said to stay open. */
function flowEffect({ view, type }: Facts, plan: Plan, flow: Flow): NonNullable<Impact['flows']>[number] {
  const other = flow.ip ? view.pods.find((p) => p.status.podIP === flow.ip && !p.spec.hostNetwork) : undefined
  const stops =
    type === 'restrict-pod'
      ? restrictedAddresses(view).some(
          (b) => 'ip' in b.peer && b.peer.ip === flow.ip && (b.what !== 'kubelet' || b.port === flow.port),
        )
      : type !== 'isolate-pod' || (plan.containment?.openPaths.length ?? 0) === 0 || !openToday(view, flow)
  return {
    direction: flow.direction,
    peer: other ? `${other.metadata.namespace}/${other.metadata.name}` : flow.peer,
    peerKey: other
      ? entityKey('pod', view.cluster, other.metadata.namespace ?? '', other.metadata.name)
      : flow.ip
        ? entityKey('ip', flow.ip)
        : null,
    port: flow.port,
    protocol: flow.protocol,
    process: flow.process,
    count: flow.count,
    lastSeen: flow.lastSeen,
    effect: stops ? 'stops' : 'stays-open',
  }
}

function openToday(view: ClusterView, flow: Flow): boolean {
  if (!view.pod || !flow.ip) return true
  try {
    const [self, peer] = [worldPod(view.pod), { ip: flow.ip }]
    const [from, to] = flow.direction === 'egress' ? [self, peer] : [peer, self]
    return canConnect(worldOf(view), from, to, { port: flow.port, protocol: 'TCP' }).allowed
  } catch {
    return true // an end that the evaluator doesn't know
  }
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
