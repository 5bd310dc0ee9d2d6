import type { VerificationEvidence } from '../action.ts'
import type { Judged } from '../define-action.ts'
import { type ContainmentKind, markers } from '../markers.ts'
import { isPolicyOf } from './policy-names.ts'

interface Said {
  /** `none` = the enforcer tells nothing. */
  result: 'supports' | 'contradicts' | 'none'
  text: string
  details?: unknown
}

const none = (text: string): Said => ({ result: 'none', text: `Not offered: ${text}` })
const supports = (text: string, details?: unknown): Said => ({ result: 'supports', text, details })
const contradicts = (text: string, details?: unknown): Said => ({ result: 'contradicts', text, details })

/**
 * What the enforcer itself says of this containment, from the objects it keeps in the API. It can speak against an
 * effect and so keep it from being verified; it never proves one, since each of these objects is written by something
 * other than the datapath that drops packets. Undefined where it wasn't asked.
 */
export function enforcerEvidence(kind: ContainmentKind, j: Judged): VerificationEvidence | undefined {
  if (!j.view.enforcer || !j.view.pod || j.view.unreachable) return undefined
  const said = [byConditions(j), byPlugin(kind, j)]
  const against = said.find((s) => s?.result === 'contradicts')
  const told = against ?? said.find((s) => s?.result === 'supports') ?? said.find((s) => s !== undefined)
  if (!told) return undefined
  const result = { supports: 'passed', contradicts: 'failed', none: 'inconclusive' } as const
  return {
    kind: 'enforcer',
    result: result[told.result],
    text: told.text,
    at: j.now,
    ...(told.details === undefined ? {} : { details: told.details }),
  }
}

function byPlugin(kind: ContainmentKind, j: Judged): Said {
  switch (j.plugin?.id) {
    case 'cilium':
      return byCilium(kind, j)
    case 'aws-node':
      return byAws(kind, j)
    default:
      return none(`${j.plugin?.name ?? 'the enforcer'} keeps no state of its enforcement in the API.`)
  }
}

/**
 * Cilium enforces by identity: as long as the endpoint's identity lacks our label, no policy that selects by it applies.
 * Labels outside the agent's filter never become part of an identity, which would show here and nowhere else.
 */
function byCilium(kind: ContainmentKind, { view, actionId }: Judged): Said {
  const read = view.enforcer?.endpoint
  const config = view.agentConfig['cilium-config']
  if (config?.['disable-endpoint-crd'] === 'true')
    return none('Cilium keeps no endpoints in the API here (disable-endpoint-crd).')
  if (!read || 'missing' in read) return none(read?.missing ?? 'the endpoint wasn’t read.')
  if (!read.found)
    return config?.['enable-cilium-endpoint-slice'] === 'true'
      ? none('Cilium keeps its endpoints in slices here, without what is asked for.')
      : contradicts('Cilium has no endpoint for this pod: it doesn’t manage its network, and no policy of it applies.')
  const { state, identity, policy } = read.found.status ?? {}
  const details = { state, identity, policy }
  const label = `k8s:${markers[kind]}=${actionId}`
  if (!identity?.labels?.includes(label))
    return contradicts(
      `Cilium’s agent runs the pod as identity ${identity?.id ?? 'none'}, which lacks our label: the policy doesn’t select it.`,
      details,
    )
  const known = `Cilium’s agent runs the pod as identity ${identity.id} with our label`
  if (state !== undefined && state !== 'ready')
    return { result: 'none', text: `${known}; the endpoint is ${state}, so nothing is settled yet.`, details }
  // A restriction only denies, which may leave a direction's default open: its state says nothing of that.
  const open = (['ingress', 'egress'] as const).filter((d) => policy?.[d]?.state === 'non-enforcing')
  if (kind === 'isolation' && open.length > 0)
    return contradicts(
      `Cilium’s agent reports that it enforces no policy for ${open.join(' and ')} of this pod.`,
      details,
    )
  const enforcing = (['ingress', 'egress'] as const).filter((d) => policy?.[d]?.state === 'enforcing')
  if (enforcing.length === 2) return supports(`${known} and reports both directions as enforcing.`, details)
  return supports(`${known}, by which the policy selects it. What it enforces isn’t published.`, details)
}

/** The controller's resolution of our NetworkPolicy: does it reach this very pod, closed in the directions it should? */
function byAws(kind: ContainmentKind, { view, parts }: Judged): Said {
  const name = parts.find((p) => p.body.kind === 'NetworkPolicy')?.body.metadata.name
  const read = view.enforcer?.policyEndpoints
  if (!name || !read || 'missing' in read)
    return none(read && 'missing' in read ? read.missing : 'no policy of this action is one that AWS resolves.')
  const ours = read.found.filter((e) => e.spec?.policyRef?.name === name)
  if (ours.length === 0)
    return contradicts(
      `AWS’s policy controller has made no PolicyEndpoint of ${name}: the node’s agent doesn’t know it.`,
    )
  const details = ours.map(({ metadata, spec }) => ({ name: metadata.name, ...spec }))
  const { name: podName } = view.pod?.metadata ?? {}
  const lists = ours.find((e) =>
    e.spec?.podSelectorEndpoints?.some((p) => p.name === podName && p.podIP === view.pod?.status.podIP),
  )
  if (!lists)
    return contradicts(
      `PolicyEndpoint ${ours[0]?.metadata.name} doesn’t list this pod: the policy isn’t applied to it.`,
      details,
    )
  const wanted = kind === 'isolation' ? ['Ingress', 'Egress'] : ['Egress']
  const missing = wanted.filter((d) => !lists.spec?.podIsolation?.includes(d))
  if (missing.length > 0)
    return contradicts(`PolicyEndpoint ${lists.metadata.name} doesn’t isolate ${missing.join(' and ')}.`, details)
  const rules = ours.flatMap((e) => [...(e.spec?.ingress ?? []), ...(e.spec?.egress ?? [])])
  if (kind === 'isolation' && rules.length > 0)
    return contradicts(`PolicyEndpoint ${lists.metadata.name} still allows something.`, details)
  return supports(
    `AWS’s policy controller hands the policy for this pod to its node (PolicyEndpoint ${lists.metadata.name}).`,
    details,
  )
}

interface Condition {
  type?: string
  status?: string
  message?: string
}

/**
 * Conditions on the policies themselves: Cilium's `Valid` (its operator), `Ready-In-Zone-…` of OVN-Kubernetes on the
 * admin tiers. Undefined where a policy of ours carries none.
 */
function byConditions({ view, actionId }: Judged): Said | undefined {
  const ours = [...view.networkPolicies, ...view.otherPolicies].filter((p) => isPolicyOf(p, actionId))
  for (const policy of ours) {
    const conditions = (policy.status as { conditions?: Condition[] } | undefined)?.conditions
    if (!Array.isArray(conditions) || conditions.length === 0) continue
    const here = conditions.filter((c) => view.pod?.spec.nodeName && c.type?.endsWith(`-${view.pod.spec.nodeName}`))
    const relevant = here.length > 0 ? here : conditions
    const failed = relevant.find((c) => c.status === 'False')
    const what = `${policy.kind} ${policy.metadata.name}`
    if (failed)
      return contradicts(
        `The enforcer says of ${what}: ${failed.type} is False (${failed.message ?? 'no message'}).`,
        relevant,
      )
    // That a policy can be read says nothing of its effect.
    const ready = relevant.filter((c) => c.status === 'True' && c.type !== 'Valid')
    if (ready.length > 0)
      return supports(`The enforcer reports ${ready.map((c) => c.type).join(', ')} for ${what}.`, relevant)
  }
  return undefined
}
