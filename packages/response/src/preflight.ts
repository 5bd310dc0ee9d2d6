import { type Decision } from '@cordon/rbac'
import type { Action, ActionOptions, ActionTarget, ActionType, Preflight, PreflightCheck } from './action.ts'
import type { ClusterView, Pod } from './cluster-view.ts'
import { checksFor } from './checks.ts'
import { consequencesOfIsolation, consequencesOfRelease, consequencesOfTermination } from './consequences.ts'
import { type IsolationPlan, planIsolation } from './isolate.ts'
import { markers } from './markers.ts'
import { type NetworkPlugin, networkPlugins } from './network-plugin.ts'
import { type Operation, requestOf } from './operation.ts'
import { planRelease } from './release.ts'
import { planTermination } from './terminate.ts'

export interface PreflightInput {
  type: ActionType
  target: ActionTarget
  view: ClusterView
  options: ActionOptions
  /** Whether the person may act at all, by role. */
  permission: Decision
  /** Identity under which the plan would run. */
  who: { actionId: string; requestedBy: string; comment: string; at: string }
  /** The open isolation of this pod, where our record knows one. */
  current: Pick<Action, 'id' | 'state' | 'requestedBy'> | null
}

export interface Planned {
  preflight: Preflight
  /** Undefined when refused. */
  plan: { operations: Operation[]; isolation?: IsolationPlan; plugin?: NetworkPlugin } | undefined
}

/**
 * Decides whether an action can be done on its target now, what it would change and what follows from that. The same
 * function answers the dialog and plans the action that is stored, so the two cannot disagree.
 */
export function preflight(input: PreflightInput): Planned {
  const plugin = networkPlugins(input.view, input.view.pod?.spec.nodeName)[0]
  const checks = checksFor(input, plugin)
  const failed = checks.find((c) => c.state === 'failed')
  const plan = failed || !input.view.pod ? planWithoutPod(input, failed) : planFor(input, input.view.pod, plugin)
  const operations = failed ? [] : (plan?.operations ?? [])
  return {
    plan: failed ? undefined : plan,
    preflight: {
      type: input.type,
      target: input.target,
      allowed: !failed,
      reason: failed ? sentence(failed) : null,
      checks,
      strategy: failed ? null : strategyOf(input.type, plan?.isolation, plugin),
      changes: operations
        .map((op) => ({ text: op.title, ...requestOf(op) }))
        .map(({ text, method, path, body }) => ({ text, method, path, body })),
      consequences: failed && failed.id !== 'permission' ? [] : consequences(input, plan?.isolation, plugin),
      options: failed ? [] : optionsOf(input, plan?.isolation, plugin),
    },
  }
}

function sentence(check: PreflightCheck): string {
  return check.remedy ? `${check.detail} ${check.remedy}` : check.detail
}

function planFor(input: PreflightInput, pod: Pod, plugin: NetworkPlugin | undefined): Planned['plan'] {
  switch (input.type) {
    case 'isolate-pod': {
      const isolation = planIsolation(input.view, pod, input.who, input.options.detach ?? true)
      return { operations: isolation.operations, isolation, plugin }
    }
    case 'release-pod': {
      const actionId = pod.metadata.labels?.[markers.isolation] ?? input.current?.id ?? ''
      return {
        operations: planRelease(
          pod,
          input.target.namespace,
          actionId,
          input.view.networkPolicies,
          input.options.reattach ?? true,
        ).operations,
      }
    }
    case 'terminate-pod':
      return { operations: [planTermination(pod, input.options)] }
  }
}

/** A release must still remove our policy when the pod has gone. */
function planWithoutPod(input: PreflightInput, failed: PreflightCheck | undefined): Planned['plan'] {
  if (failed || input.type !== 'release-pod' || !input.current) return undefined
  return planRelease(undefined, input.target.namespace, input.current.id, input.view.networkPolicies, false)
}

function strategyOf(
  type: ActionType,
  isolation: IsolationPlan | undefined,
  plugin: NetworkPlugin | undefined,
): Preflight['strategy'] {
  if (type === 'terminate-pod')
    return {
      id: 'delete',
      label: 'Delete the pod',
      expectation: 'Done when the API server reports this very pod gone.',
    }
  if (type === 'release-pod' || !isolation)
    return {
      id: 'undo',
      label: 'Undo the isolation',
      expectation: 'Done when no policy of ours selects the pod any more.',
    }
  const labels = {
    'network-policy': 'NetworkPolicy',
    'network-policy-detach': 'NetworkPolicy, pod detached from the policies that would still allow traffic',
    'network-policy-partly': 'NetworkPolicy, with paths left open',
  } as const
  const established = {
    cut: 'Open connections are cut too.',
    'may-continue': 'Connections that are open already may go on.',
    unknown: 'Whether open connections are cut depends on their state.',
  }
  const reach =
    isolation.strategy === 'network-policy-partly'
      ? 'Only partly isolated: see what stays open.'
      : 'New connections are blocked in both directions.'
  return {
    id: isolation.strategy,
    label: labels[isolation.strategy],
    expectation: `${reach} ${established[plugin?.establishedConnections ?? 'unknown']}`,
  }
}

function consequences(
  input: PreflightInput,
  isolation: IsolationPlan | undefined,
  plugin: NetworkPlugin | undefined,
): Preflight['consequences'] {
  const { view } = input
  if (!view.pod) return []
  if (input.type === 'isolate-pod') return isolation ? consequencesOfIsolation(view, view.pod, isolation, plugin) : []
  if (input.type === 'release-pod') return consequencesOfRelease(view, view.pod)
  return consequencesOfTermination(view, view.pod, input.options)
}

function optionsOf(
  input: PreflightInput,
  isolation: IsolationPlan | undefined,
  plugin: NetworkPlugin | undefined,
): Preflight['options'] {
  if (input.type === 'isolate-pod') {
    const options: Preflight['options'] = []
    if (isolation?.canDetach || Object.keys(isolation?.detachedLabels ?? {}).length > 0)
      options.push({
        name: 'detach',
        label: 'Detach the pod from policies that still allow traffic',
        help: 'Takes the labels those policies select by. Services and the owner may let go of the pod; a replacement is started. The labels are put back on release.',
        input: 'checkbox',
        default: true,
      })
    if (plugin && !plugin.supported)
      options.push({
        name: 'overrideUnknownEnforcer',
        label: 'Use this enforcer anyway',
        help: plugin.detail,
        input: 'checkbox',
        default: false,
      })
    return options
  }
  if (input.type === 'release-pod')
    return [
      {
        name: 'reattach',
        label: 'Put the taken labels back',
        help: 'The owner and Services take the pod back. With a replacement running, the owner then deletes one pod too many, perhaps this one.',
        input: 'checkbox',
        default: true,
      },
    ]
  return [
    {
      name: 'gracePeriodSeconds',
      label: 'Time to stop',
      help: 'Between SIGTERM and SIGKILL. A second deletion does not shorten it.',
      input: 'choice',
      choices: [
        { value: 1, label: '1 second (recommended)' },
        {
          value: input.view.pod?.spec.terminationGracePeriodSeconds ?? 30,
          label: `The pod's own: ${input.view.pod?.spec.terminationGracePeriodSeconds ?? 30} seconds`,
        },
        { value: 0, label: 'None: remove the object without the node’s confirmation' },
      ],
      default: 1,
    },
    {
      name: 'evict',
      label: 'Evict gently instead',
      help: 'Respects disruption budgets, which can refuse it. Not a way to stop an attacker.',
      input: 'checkbox',
      default: false,
    },
  ]
}
