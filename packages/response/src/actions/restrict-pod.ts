import {
  activeCheck,
  containmentCheck,
  hostNetworkCheck,
  mirrorCheck,
  pluginCheck,
  restrictionCheck,
  versionCheck,
} from '../checks.ts'
import { consequencesOfContainment } from '../consequences.ts'
import { containmentOptions, containmentStrategy } from '../containment/containment-words.ts'
import { judgeContainment } from '../containment/judge-containment.ts'
import { planContainment } from '../containment/plan-containment.ts'
import { defineAction } from '../define-action.ts'
import { denyTierRights, networkPolicyRight, probeRight } from '../policy-rights.ts'

/** Cuts a pod off metadata service, API server and kubelets while its work goes on. */
export const restrictPod = defineAction({
  target: 'pod',
  rights: [
    networkPolicyRight('create', 'restrict a pod'),
    { group: '', resources: ['pods'], verbs: ['patch'], why: 'label the restricted pod' },
    ...denyTierRights('create', 'restrict a pod under other policies'),
    probeRight,
  ],
  deadlineMs: 30_000,
  contains: 'restriction',
  undoneBy: 'unrestrict-pod',
  checks: (f) => [
    activeCheck(f),
    versionCheck(f),
    pluginCheck(f),
    hostNetworkCheck(f),
    mirrorCheck(f),
    containmentCheck(f, 'restriction'),
    restrictionCheck(f),
  ],
  plan(f) {
    if (!f.view.pod) return undefined
    const containment = planContainment('restriction', f.view, f.view.pod, f.who, { detach: false, plugin: f.plugin })
    return containment && { operations: containment.operations, containment }
  },
  strategy: containmentStrategy,
  consequences: consequencesOfContainment,
  options: containmentOptions,
  judge: (j) => judgeContainment('restriction', j),
})
