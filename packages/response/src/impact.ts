import { entityKey } from '@cordon/entities'
import type { Preflight } from './action.ts'
import type { ClusterView, Pod, Service } from './cluster-view.ts'
import type { Facts, Plan } from './define-action.ts'
import { flowEffects } from './flow-effects.ts'
import { pathsAround } from './paths-around.ts'
import { matches } from './selectors.ts'

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
    flows: cuts || type === 'restrict-pod' ? flowEffects(facts, plan) : view.flows && [],
    staysOpen:
      ends || !plan.containment
        ? []
        : [
            ...plan.containment.openPaths,
            ...plan.containment.residual,
            ...pathsAround(view, pod).map((c) => c.text),
          ].map((text) => ({ text, key: namedIn(text, view, pod) })),
  }
}

/** The pod's own node, where a path's words name it: the one entity that is always there to draw the path to. */
function namedIn(text: string, view: ClusterView, pod: Pod): string | null {
  const node = pod.spec.nodeName
  return node && text.includes(node) ? entityKey('node', view.cluster, node) : null
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

function selects(service: Service, pod: Pod): boolean {
  const selector = service.spec.selector
  if (!selector || Object.keys(selector).length === 0 || service.metadata.namespace !== pod.metadata.namespace)
    return false
  return matches({ matchLabels: selector }, pod.metadata.labels)
}

function isReady(pod: Pod): boolean {
  return pod.status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false
}
