import type { ActionOptions, ActionType, PreflightCheck } from './action.ts'
import type { ClusterView, Pod } from './cluster-view.ts'
import { markers } from './markers.ts'
import { compareVersions, minimumKubernetes, type NetworkPlugin, parseVersion } from './network-plugin.ts'
import type { PreflightInput } from './preflight.ts'
import { hasEnded } from './world-of.ts'

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
export function checksFor(input: PreflightInput, plugin: NetworkPlugin | undefined): Check[] {
  const { view, type } = input
  const checks = [permissionCheck(input), reachableCheck(view)]
  if (view.unreachable) return checks
  checks.push(existsCheck(input))
  if (!view.pod || view.pod.metadata.uid !== input.target.uid) return checks
  if (type !== 'release-pod') checks.push(activeCheck(view.pod, type))
  if (type === 'isolate-pod')
    checks.push(versionCheck(view), pluginCheck(plugin, view.pod, input.options), hostNetworkCheck(view.pod))
  if (type !== 'release-pod') checks.push(mirrorCheck(view.pod, type))
  if (type !== 'terminate-pod') checks.push(isolationCheck(input, view.pod))
  checks.push(accessCheck(input))
  return checks
}

function permissionCheck({ permission }: PreflightInput): Check {
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

function existsCheck({ view, target, type, current }: PreflightInput): Check {
  const label = 'Target pod'
  const name = `${target.namespace}/${target.name}`
  if (!view.pod && type === 'release-pod' && current)
    return warning(
      'pod-exists',
      label,
      `The pod ${name} no longer exists; what is left of its isolation will be removed.`,
      null,
    )
  if (!view.pod)
    return failure(
      'pod-exists',
      label,
      `The pod ${name} no longer exists.`,
      `Check with: kubectl get pod ${target.name} -n ${target.namespace}`,
    )
  if (view.pod.metadata.uid === target.uid)
    return passed('pod-uid', label, `${name} is the pod of the evidence (uid ${target.uid}).`)
  return failure(
    'pod-uid',
    label,
    `Another pod now bears the name ${name}: the one of the evidence had uid ${target.uid}, this one has ${view.pod.metadata.uid}.`,
    'Open the new pod and decide for it separately.',
  )
}

function activeCheck(pod: Pod, type: ActionType): Check {
  const label = 'Pod is active'
  const check = `Check with: kubectl get pod ${pod.metadata.name} -n ${pod.metadata.namespace}`
  if (hasEnded(pod))
    return failure(
      'pod-active',
      label,
      `The pod isn't active: it is in phase ${pod.status.phase}, none of its processes is left.`,
      check,
    )
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
  return passed('pod-active', label, `Phase ${pod.status.phase ?? 'unknown'}.`)
}

function versionCheck(view: ClusterView): Check {
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

function pluginCheck(plugin: NetworkPlugin | undefined, pod: Pod, options: ActionOptions): Check {
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
  const unlisted = plugin.enforces === 'yes' && (plugin.id === 'other' || plugin.version === undefined)
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

function hostNetworkCheck(pod: Pod): Check {
  const label = 'Own network namespace'
  if (!pod.spec.hostNetwork) return passed('host-network', label, 'The pod has its own network namespace.')
  return failure(
    'host-network',
    label,
    "The pod uses its node's network (hostNetwork): network policies don't apply to it.",
    'Terminate the pod, or drain its node.',
  )
}

// The annotation alone proves nothing: users may set it. A real mirror pod is owned by its node and names a file or URL as its source.
function mirrorCheck(pod: Pod, type: ActionType): Check {
  const label = 'Not a static pod'
  const byNode = pod.metadata.ownerReferences?.some((o) => o.kind === 'Node') ?? false
  if (!byNode) return passed('mirror-pod', label, "The pod isn't run from a file on its node.")
  const detail =
    type === 'terminate-pod'
      ? 'This is the mirror of a static pod: deleting it removes only the mirror, the containers go on.'
      : 'This is the mirror of a static pod: the node runs it from a file and discards changes to its labels.'
  return failure('mirror-pod', label, detail, `Remove its manifest on the node ${pod.spec.nodeName ?? ''}.`)
}

function isolationCheck({ type, current }: PreflightInput, pod: Pod): Check {
  const label = type === 'release-pod' ? 'Isolation to release' : 'Not isolated yet'
  const marker = pod.metadata.labels?.[markers.isolation]
  if (type === 'release-pod') {
    if (marker ?? current) return passed('existing-isolation', label, `Isolated by action ${marker ?? current?.id}.`)
    return failure('existing-isolation', label, 'No isolation of ours is in force on this pod.', null)
  }
  if (current)
    return failure(
      'existing-isolation',
      label,
      `The pod already has an isolation (action ${current.id}, ${current.state}, by ${current.requestedBy}).`,
      'Release it first, or open that action.',
    )
  if (marker)
    return failure(
      'existing-isolation',
      label,
      `The pod carries the isolation label of action ${marker}, which this console doesn't know.`,
      'Release it first.',
    )
  return passed('existing-isolation', label, 'No isolation of ours is in force on this pod.')
}

function accessCheck({ view }: PreflightInput): Check {
  const label = 'Rights in the cluster'
  const denied = view.access.filter((a) => !a.allowed)
  if (denied.length === 0)
    return passed(
      'cluster-permission',
      label,
      `The console's account may ${view.access.map((a) => `${a.verb} ${a.resource}`).join(', ') || 'do this'}.`,
    )
  const list = denied.map((a) => `${a.verb} ${a.resource} in ${a.namespace}`).join('; ')
  return failure(
    'cluster-permission',
    label,
    `The console's account in ${view.cluster} may not ${list}.`,
    'Apply the ClusterRole of docs/rbac.md to the cluster.',
  )
}
