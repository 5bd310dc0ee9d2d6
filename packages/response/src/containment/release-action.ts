import type { ActionType } from '../action.ts'
import { containedCheck } from '../checks.ts'
import { consequencesOfRelease } from '../consequences.ts'
import { type ActionDefinition, defineAction } from '../define-action.ts'
import { type ContainmentKind, containmentLabel } from '../markers.ts'
import { denyTierRights, networkPolicyRight } from '../policy-rights.ts'
import { judgeRelease } from './judge-release.ts'
import { planRelease } from './plan-release.ts'

/** The action that undoes a containment of this kind. Works from what the cluster carries, with or without a pod. */
export function releaseAction(kind: ContainmentKind, undoes: ActionType): ActionDefinition {
  const what = kind === 'isolation' ? 'isolation' : 'restriction'
  return defineAction({
    target: 'pod',
    rights: [
      networkPolicyRight('delete', `end an ${what}`.replace('an r', 'a r')),
      { group: '', resources: ['pods'], verbs: ['patch'], why: 'take our label off' },
      ...denyTierRights('delete', `end an ${what}`.replace('an r', 'a r')),
    ],
    deadlineMs: 20_000,
    undoes: [undoes],
    checks: (f) => [containedCheck(f, kind)],
    plan(f) {
      // Of a successor of the same name nothing is touched; policies of the gone pod may still be there.
      const pod = f.view.pod?.metadata.uid === f.target.uid ? f.view.pod : undefined
      const releases = containmentLabel(pod, kind) ?? f.current?.id
      if (!releases) return undefined
      const policies = [...f.view.networkPolicies, ...f.view.otherPolicies]
      const reattach = f.options.reattach ?? true
      const { operations } = planRelease(pod, f.target.namespace, releases, policies, { kind, reattach })
      return { operations, releases }
    },
    strategy: () => ({
      id: 'undo',
      label: `Undo the ${what}`,
      expectation: 'Done when no policy of ours selects the pod any more.',
    }),
    consequences: (f) => consequencesOfRelease(f, kind),
    options: () =>
      kind === 'restriction'
        ? []
        : [
            {
              name: 'reattach',
              label: 'Put the taken labels back',
              help: 'The owner and Services take the pod back. With a replacement running, the owner then deletes one pod too many, perhaps this one.',
              input: 'checkbox',
              default: true,
            },
          ],
    judge: (j) => judgeRelease(kind, j),
  })
}
