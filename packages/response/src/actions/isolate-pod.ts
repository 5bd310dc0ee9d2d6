import { activeCheck, containmentCheck, hostNetworkCheck, mirrorCheck, pluginCheck, versionCheck } from '../checks.ts'
import { consequencesOfContainment } from '../consequences.ts'
import { planContainment } from '../containment/plan-containment.ts'
import { judgeContainment } from '../containment/judge-containment.ts'
import { defineAction } from '../define-action.ts'
import { denyTierRights, networkPolicyRight, probeRight } from '../policy-rights.ts'
import { containmentOptions, containmentStrategy } from '../containment/containment-words.ts'

/** Cuts one pod off the network in both directions while it goes on running. */
export const isolatePod = defineAction({
  target: 'pod',
  rights: [
    networkPolicyRight('create', 'isolate a pod'),
    { group: '', resources: ['pods'], verbs: ['patch'], why: 'label the isolated pod' },
    ...denyTierRights('create', 'isolate a pod where other policies allow traffic'),
    probeRight,
  ],
  // Enforcers need up to 2 s, 4 s under load (measured); a probe pod its start.
  deadlineMs: 30_000,
  contains: 'isolation',
  undoneBy: 'release-pod',
  checks: (f) => [
    activeCheck(f),
    versionCheck(f),
    pluginCheck(f),
    hostNetworkCheck(f),
    mirrorCheck(f),
    containmentCheck(f, 'isolation'),
  ],
  plan(f) {
    if (!f.view.pod) return undefined
    const containment = planContainment('isolation', f.view, f.view.pod, f.who, {
      detach: f.options.detach ?? true,
      plugin: f.plugin,
    })
    return containment && { operations: containment.operations, containment }
  },
  strategy: containmentStrategy,
  consequences: consequencesOfContainment,
  options: containmentOptions,
  judge: (j) => judgeContainment('isolation', j),
})
