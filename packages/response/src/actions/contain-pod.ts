import { type Facts, defineAction } from '../define-action.ts'
import { containmentLabel } from '../markers.ts'
import { isolatePod } from './isolate-pod.ts'
import { deleteRight, planTermination, terminatePod } from './terminate-pod.ts'

/** Evidence, then isolation, then termination, in one go: the pod can't use its last second for anything new. */
export const containPod = defineAction({
  ...terminatePod,
  rights: [...isolatePod.rights.filter((r) => r.feature !== 'probe'), deleteRight],
  checks: (f) => (alreadyIsolated(f) ? terminatePod.checks(f) : isolatePod.checks(f)),
  plan(f) {
    if (alreadyIsolated(f)) return terminatePod.plan(withoutEviction(f))
    const isolation = isolatePod.plan(f)
    if (!isolation || !f.view.pod) return undefined
    // The policies go with the pod that owns them; what the cluster doesn't collect, the runner removes.
    return {
      ...isolation,
      operations: [...isolation.operations, planTermination(f.view.pod, withoutEviction(f).options)],
    }
  },
  strategy: (f, plan) =>
    alreadyIsolated(f)
      ? { ...terminatePod.strategy(f, plan), label: 'Delete the pod, which is isolated already' }
      : {
          id: `${plan?.containment?.strategy ?? 'isolate'}+delete`,
          label: `${plan?.containment?.label ?? 'Isolate'}, then delete the pod`,
          expectation: 'Done when the API server reports this very pod gone.',
        },
  options: (f, plan) => [
    ...(alreadyIsolated(f) ? [] : isolatePod.options(f, plan).filter((o) => o.name !== 'expiresInMinutes')),
    ...terminatePod.options(f, plan).filter((o) => o.name !== 'evict'),
  ],
})

/** An isolation of another action stands: there is nothing to isolate, only to capture and to end. */
function alreadyIsolated(f: Facts): boolean {
  const marker = containmentLabel(f.view.pod, 'isolation')
  return marker !== undefined && marker !== f.who.actionId
}

function withoutEviction(f: Facts): Facts {
  return { ...f, options: { ...f.options, evict: false } }
}
