import { selecting } from '@cordon/netpol'
import { parseEntityKey } from '@cordon/entities'
import type { PreflightCheck } from './action.ts'
import type { ClusterView, Owner, Pod } from './cluster-view.ts'
import { planContainment } from './containment/plan-containment.ts'
import type { ActionDefinition, Facts } from './define-action.ts'
import { type ContainmentKind, containmentLabel } from './markers.ts'
import { compareVersions, minimumKubernetes, parseVersion } from './network-plugin.ts'
import { hasEnded, worldOf, worldPod } from './world-of.ts'

type Check = PreflightCheck
const passed = (id: Check['id'], label: string, detail: string): Check => ({
  id,
  label,
  state: 'passed',
  detail,
  remedy: null,
})
const failure = (id: Check['id'], label: string, detail: string, remedy: string | null): Check => ({
  id,
  label,
  state: 'failed',
  detail,
  remedy,
})
const warning = (id: Check['id'], label: string, detail: string, remedy: string | null): Check => ({
  id,
  label,
  state: 'warning',
  detail,
  remedy,
})

/** Every requirement of the action with its state on this target, in the order a person reads them. */
export function checksFor(facts: Facts, definition: ActionDefinition): Check[] {
  const { view } = facts
  const checks = [permissionCheck(facts), reachableCheck(view)]
  if (view.unreachable) return checks
  if (definition.target === 'workload') {
    checks.push(workloadExistsCheck(facts))
    if (view.workload?.metadata.uid !== facts.target.uid) return checks
    return [...checks, ...definition.checks(facts), accessCheck(facts)]
  }
  const leaves = definition.undoes !== undefined && !definition.captures
  checks.push(existsCheck(facts, leaves))
  const isThere = view.pod?.metadata.uid === facts.target.uid
  // What is left of a containment is removed although its pod is gone.
  if (!isThere) return leaves && facts.current ? [...checks, accessCheck(facts)] : checks
  return [...checks, ...definition.checks(facts), accessCheck(facts)]
}

function permissionCheck({ permission }: Facts): Check {
  const label = 'Your permission'
  return permission.allowed
    ? passed('permission', label, 'You may manage alerts and response.')
    : failure('permission', label, permission.reason, null)
}

function reachableCheck(view: ClusterView): Check {
  const label = 'Cluster connection'
  if (!view.unreachable) return passed('cluster-reachable', label, `The API server of ${view.cluster} answers.`)
  return failure(
    'cluster-reachable',
    label,
    `The cluster ${view.cluster} can't be reached: ${view.unreachable}`,
    'Nothing was changed. Check the connection under Clusters, then try again.',
  )
}

function existsCheck({ view, target, current }: Facts, leaves: boolean): Check {
  const label = 'Target pod'
  const name = `${target.namespace}/${target.name}`
  if (view.pod?.metadata.uid === target.uid)
    return passed('pod-uid', label, `${name} is the pod of the evidence (uid ${target.uid}).`)
  if (leaves && current)
    return warning(
      'pod-exists',
      label,
      `The pod ${name} of uid ${target.uid} no longer exists; what is left of its containment will be removed.`,
      null,
    )
  if (!view.pod)
    return failure(
      'pod-exists',
      label,
      `The pod ${name} no longer exists.`,
      `Check with: kubectl get pod ${target.name} -n ${target.namespace}`,
    )
  return failure(
    'pod-uid',
    label,
    `Another pod now bears the name ${name}: the one of the evidence had uid ${target.uid}, this one has ${view.pod.metadata.uid}.`,
    'Open the new pod and decide for it separately.',
  )
}

/** There is a process left to act on. */
export function activeCheck(facts: Facts): Check {
  const pod = podOf(facts)
  const { type } = facts
  const label = 'Pod is active'
  const check = `Check with: kubectl get pod ${pod.metadata.name} -n ${pod.metadata.namespace}`
  if (pod.metadata.deletionTimestamp) {
    const held = pod.metadata.finalizers?.length ? ` Its object is held by ${pod.metadata.finalizers.join(', ')}.` : ''
    const faster = type === 'terminate-pod' ? ' A second deletion would not end it sooner.' : ''
    return failure(
      'pod-active',
      label,
      `The pod isn't active: it has been terminating since ${pod.metadata.deletionTimestamp}.${held}${faster}`,
      check,
    )
  }
  if (hasEnded(pod))
    return failure(
      'pod-active',
      label,
      `The pod isn't active: it is in phase ${pod.status.phase}, none of its processes is left.`,
      check,
    )
  return passed('pod-active', label, `Phase ${pod.status.phase ?? 'unknown'}.`)
}

/** Old clusters lack what isolation stands on. */
export function versionCheck({ view }: Facts): Check {
  const label = `Kubernetes ${minimumKubernetes} or later`
  const version = parseVersion(view.serverVersion ?? '')
  if (!version)
    return warning(
      'cluster-version',
      label,
      `The cluster's version “${view.serverVersion ?? 'unknown'}” can't be read.`,
      null,
    )
  if (compareVersions(version, minimumKubernetes) >= 0)
    return passed('cluster-version', label, `The cluster runs ${view.serverVersion}.`)
  return failure(
    'cluster-version',
    label,
    `The cluster runs Kubernetes ${view.serverVersion}; isolating a pod needs ${minimumKubernetes} or later.`,
    'Upgrade the cluster, or terminate the pod instead.',
  )
}

/** Something on the pod's own node enforces policies, and is known to. */
export function pluginCheck(facts: Facts): Check {
  const { plugin, options } = facts
  const pod = podOf(facts)
  const label = 'Network policy enforcer'
  if (!plugin) {
    const where = pod.spec.nodeName ? `on the pod's node ${pod.spec.nodeName}` : 'in the cluster'
    return failure(
      'network-plugin',
      label,
      `No network policy enforcer was found ${where}: a policy would be stored and change nothing.`,
      'Install Calico, Cilium, Azure-NPM or the AWS VPC CNI with network policies, or terminate the pod instead.',
    )
  }
  if (plugin.supported) return passed('network-plugin', label, plugin.detail)
  const unlisted = plugin.enforces !== 'no' && (plugin.id === 'other' || plugin.version === undefined)
  if (!unlisted)
    return failure(
      'network-plugin',
      label,
      plugin.detail,
      plugin.enforces === 'no'
        ? 'Switch enforcement on, or terminate the pod instead.'
        : 'Upgrade the plugin, or terminate the pod instead.',
    )
  if (options.overrideUnknownEnforcer)
    return warning('network-plugin', label, `${plugin.detail} You chose to go on; the effect will be verified.`, null)
  return failure(
    'network-plugin',
    label,
    plugin.detail,
    'Tick “Use this enforcer anyway” to go on: the effect is verified either way.',
  )
}

/** Policies don't apply to pods in their node's network. */
export function hostNetworkCheck(facts: Facts): Check {
  const pod = podOf(facts)
  const label = 'Own network namespace'
  if (!pod.spec.hostNetwork) return passed('host-network', label, 'The pod has its own network namespace.')
  return failure(
    'host-network',
    label,
    "The pod uses its node's network (hostNetwork): network policies don't apply to it.",
    'Terminate the pod, or drain its node.',
  )
}

/**
 * The node runs static pods from files and ignores the API. The annotation alone proves nothing, since users may set
 * it: a real mirror pod is owned by its node.
 */
export function mirrorCheck(facts: Facts): Check {
  const pod = podOf(facts)
  const { type } = facts
  const label = 'Not a static pod'
  const byNode = pod.metadata.ownerReferences?.some((o) => o.kind === 'Node') ?? false
  if (!byNode) return passed('mirror-pod', label, "The pod isn't run from a file on its node.")
  const detail =
    type === 'terminate-pod'
      ? 'This is the mirror of a static pod: deleting it removes only the mirror, the containers go on.'
      : 'This is the mirror of a static pod: the node runs it from a file and discards changes to its labels.'
  return failure('mirror-pod', label, detail, `Remove its manifest on the node ${pod.spec.nodeName ?? ''}.`)
}

/** No containment of this kind is in force yet. */
export function containmentCheck(facts: Facts, kind: ContainmentKind): Check {
  const label = kind === 'isolation' ? 'Not isolated yet' : 'Not restricted yet'
  const { current } = facts
  const marker = containmentLabel(facts.view.pod, kind)
  if (current)
    return failure(
      'existing-isolation',
      label,
      `The pod already has ${kind === 'isolation' ? 'an isolation' : 'a restriction'} (action ${current.id}, ${current.state}, by ${current.requestedBy}).`,
      'Release it first, or open that action.',
    )
  // Our own: the action goes on after a crash, or is being repaired.
  if (marker && marker !== facts.who.actionId)
    return failure(
      'existing-isolation',
      label,
      `The pod carries the ${kind} label of action ${marker}, which this console doesn't know.`,
      'Release it first.',
    )
  return passed('existing-isolation', label, `No ${kind} of ours is in force on this pod.`)
}

/** There is a containment of this kind to end, and it isn't being written at this moment. */
export function containedCheck(facts: Facts, kind: ContainmentKind): Check {
  const label = kind === 'isolation' ? 'Isolation to release' : 'Restriction to lift'
  const { current } = facts
  const marker = containmentLabel(facts.view.pod, kind)
  if (current?.state === 'requested' || current?.state === 'pending-approval')
    return failure(
      'existing-isolation',
      label,
      `Action ${current.id} is still being applied.`,
      'Cancel it, or wait a moment.',
    )
  if (marker ?? current) return passed('existing-isolation', label, `In force by action ${marker ?? current?.id}.`)
  return failure('existing-isolation', label, `No ${kind} of ours is in force on this pod.`, null)
}

/** Some rung of the ladder can cut these addresses without opening others. */
export function restrictionCheck(facts: Facts): Check {
  const label = 'Can be restricted'
  const pod = podOf(facts)
  // An ended pod has no network to speak of; that it isn't active is said already.
  if (hasEnded(pod))
    return warning('restriction-possible', label, 'The pod has ended: there is no traffic to cut.', null)
  const plan = planContainment('restriction', facts.view, pod, facts.who, { detach: false, plugin: facts.plugin })
  if (plan)
    return passed('restriction-possible', label, 'A policy can cut these addresses and leave the rest as it is.')
  const limiting = selecting(worldOf(facts.view), worldPod(pod), 'egress').map((p) => p.metadata.name)
  return failure(
    'restriction-possible',
    label,
    `The pod's outgoing traffic is already limited by ${limiting.join(', ') || 'other policies'}; without a tier of denials, one more NetworkPolicy could only open what those close.`,
    'Isolate the pod, or take these addresses out of that policy.',
  )
}

/** The workload of the evidence still exists. */
function workloadExistsCheck({ view, target }: Facts): Check {
  const label = 'Target workload'
  const name = `${target.namespace}/${target.name}`
  if (view.workload?.metadata.uid === target.uid)
    return passed('workload-exists', label, `${view.workload.kind} ${name} (uid ${target.uid}).`)
  if (!view.workload) return failure('workload-exists', label, `The workload ${name} no longer exists.`, null)
  return failure(
    'workload-exists',
    label,
    `Another workload now bears the name ${name} (uid ${view.workload.metadata.uid}).`,
    'Open the new workload and decide for it separately.',
  )
}

/** The action makes sense for this kind of workload. */
export function workloadKindCheck({ target }: Facts, kinds: string[]): Check {
  const label = 'Kind of workload'
  const kind = parseEntityKey(target.key)?.parts[2] ?? ''
  if (kinds.includes(kind)) return passed('workload-kind', label, `It is a ${kind}.`)
  const list = kinds.join(', ')
  return failure('workload-kind', label, `A ${kind} can't: this is for ${list}.`, null)
}

/** The workload is in the state the action starts from. */
export function workloadStateCheck(
  facts: Facts,
  label: string,
  is: (workload: Owner) => boolean,
  otherwise: string,
): Check {
  const { workload } = facts.view
  if (workload?.metadata.deletionTimestamp)
    return failure('workload-state', label, 'The workload is being deleted.', null)
  return workload && is(workload)
    ? passed('workload-state', label, 'Yes.')
    : failure('workload-state', label, otherwise, null)
}

function accessCheck({ view }: Facts): Check {
  const label = 'Rights in the cluster'
  const needed = view.access.filter((a) => !a.optional)
  const denied = needed.filter((a) => !a.allowed)
  if (denied.length === 0)
    return passed(
      'cluster-permission',
      label,
      `The console's account may ${needed.map((a) => `${a.verb} ${a.resource}`).join(', ') || 'do this'}.`,
    )
  const list = denied.map((a) => `${a.verb} ${a.resource} in ${a.namespace}`).join('; ')
  return failure(
    'cluster-permission',
    label,
    `The console's account in ${view.cluster} may not ${list}.`,
    'Apply docs/manifests/cordon-console.yaml to the cluster.',
  )
}

/** Pod checks run only where the pod of the evidence was found. */
function podOf({ view }: Facts): Pod {
  if (!view.pod) throw new TypeError('a check of the pod needs the pod')
  return view.pod
}
