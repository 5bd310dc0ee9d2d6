import { defineAction } from '../define-action.ts'
import { isolatePod } from './isolate-pod.ts'
import { deleteRight, planTermination, terminatePod } from './terminate-pod.ts'

/** Evidence, then isolation, then termination, in one go: the pod can't use its last second for anything new. */
export const containPod = defineAction({
  ...terminatePod,
  rights: [...isolatePod.rights.filter((r) => r.feature !== 'probe'), deleteRight],
  checks: isolatePod.checks,
  plan(f) {
    const isolation = isolatePod.plan(f)
    if (!isolation || !f.view.pod) return undefined
    // The policies go with the pod that owns them; what the cluster doesn't collect, the runner removes.
    return {
      ...isolation,
      operations: [...isolation.operations, planTermination(f.view.pod, { ...f.options, evict: false })],
    }
  },
  strategy: (_f, plan) => ({
    id: `${plan?.containment?.strategy ?? 'isolate'}+delete`,
    label: `${plan?.containment?.label ?? 'Isolate'}, then delete the pod`,
    expectation: 'Done when the API server reports this very pod gone.',
  }),
  options: (f, plan) => [
    ...isolatePod.options(f, plan).filter((o) => o.name !== 'expiresInMinutes'),
    ...terminatePod.options(f, plan).filter((o) => o.name !== 'evict'),
  ],
})
