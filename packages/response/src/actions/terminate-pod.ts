import type { ActionOptions } from '../action.ts'
import { activeCheck, mirrorCheck } from '../checks.ts'
import type { Pod } from '../cluster-view.ts'
import { consequencesOfTermination } from '../consequences.ts'
import { defineAction } from '../define-action.ts'
import { judgeTermination } from '../judge-termination.ts'
import type { Operation } from '../operation.ts'
import type { Right } from '../rights.ts'

/**
 * One second between SIGTERM and SIGKILL unless chosen otherwise: the default of 30 gives the attacker half a minute,
 * 0 removes the object before the node has confirmed anything. A second DELETE doesn't speed up the first (measured),
 * so the period must be right the first time.
 */
export const defaultGraceSeconds = 1

export const deleteRight: Right = { group: '', resources: ['pods'], verbs: ['delete'], why: 'terminate a pod' }

/** Ends one pod, evidence first. */
export const terminatePod = defineAction({
  target: 'pod',
  rights: [
    { ...deleteRight, chosen: (o) => !o.evict },
    {
      group: '',
      resources: ['pods/eviction'],
      verbs: ['create'],
      why: 'evict a pod gently',
      feature: 'evict',
      chosen: (o) => o.evict === true,
    },
  ],
  deadlineMs: 60_000,
  captures: true,
  irreversible: true,
  undoes: ['isolate-pod', 'restrict-pod'],
  checks: (f) => [activeCheck(f), mirrorCheck(f)],
  plan: (f) => f.view.pod && { operations: [planTermination(f.view.pod, f.options)] },
  strategy: () => ({
    id: 'delete',
    label: 'Delete the pod',
    expectation: 'Done when the API server reports this very pod gone.',
  }),
  consequences: consequencesOfTermination,
  options: (f) => [
    {
      name: 'gracePeriodSeconds',
      label: 'Time to stop',
      help: 'Between SIGTERM and SIGKILL. A second deletion does not shorten it.',
      input: 'choice',
      choices: [
        { value: 1, label: '1 second (recommended)' },
        {
          value: f.view.pod?.spec.terminationGracePeriodSeconds ?? 30,
          label: `The pod's own: ${f.view.pod?.spec.terminationGracePeriodSeconds ?? 30} seconds`,
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
  ],
  judge: judgeTermination,
})

/** The single write of a termination, bound to the pod's uid: a successor of the same name is never touched. */
export function planTermination(pod: Pod, options: ActionOptions): Operation {
  const path = `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`
  const grace = options.gracePeriodSeconds ?? defaultGraceSeconds
  if (options.evict) {
    const deleteOptions = {
      preconditions: { uid: pod.metadata.uid },
      ...(options.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: grace }),
    }
    return {
      id: 'evict-pod',
      kind: 'evict',
      title: 'Evict the pod, as far as disruption budgets allow',
      path: `${path}/eviction`,
      uid: pod.metadata.uid,
      body: {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name: pod.metadata.name, namespace: pod.metadata.namespace },
        deleteOptions,
      },
    }
  }
  const title =
    grace === 0
      ? 'Delete the pod object at once, without waiting for its node'
      : `Delete the pod with a grace period of ${grace} s`
  return {
    id: 'delete-pod',
    kind: 'delete',
    title,
    path,
    uid: pod.metadata.uid,
    ownedBy: null,
    gracePeriodSeconds: grace,
  }
}
