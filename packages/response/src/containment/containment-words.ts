import type { Preflight } from '../action.ts'
import type { Facts, Plan } from '../define-action.ts'

/** What is written, and what can be expected of it on this enforcer. */
export function containmentStrategy(
  { plugin, type }: Facts,
  plan: Plan | undefined,
): NonNullable<Preflight['strategy']> {
  const containment = plan?.containment
  const established = {
    cut: 'Open connections are expected to be cut too; that is not measured.',
    'may-continue': 'Connections that are open already may go on.',
    unknown: 'Whether open connections are cut depends on their state.',
  }
  const complete = (containment?.openPaths.length ?? 0) === 0
  const full =
    containment?.kind === 'restriction'
      ? 'New connections to metadata service, API server and kubelets are blocked; everything else stays as it is.'
      : 'New connections are blocked in both directions.'
  const reach = complete ? full : 'Only in part: see what stays open.'
  return {
    id: containment?.strategy ?? type,
    label: containment?.label ?? '',
    expectation: `${reach} ${established[plugin?.establishedConnections ?? 'unknown']}`,
  }
}

/** What the dialog offers for an isolation or restriction of this pod. */
export function containmentOptions({ plugin }: Facts, plan: Plan | undefined): Preflight['options'] {
  const containment = plan?.containment
  const options: Preflight['options'] = []
  if (containment?.canDetach)
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
  options.push({
    name: 'expiresInMinutes',
    label: 'Undo it after',
    help: 'Undone by itself at that time, as an action of its own in the record; it can be renewed before.',
    input: 'choice',
    choices: [
      { value: 60, label: '1 hour' },
      { value: 480, label: '8 hours' },
      { value: 1440, label: '1 day' },
      { value: 10_080, label: '7 days' },
    ],
    default: null,
  })
  return options
}
