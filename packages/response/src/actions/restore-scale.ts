import { workloadKindCheck, workloadStateCheck } from '../checks.ts'
import { defineAction } from '../define-action.ts'
import { judgeWorkload } from '../judge-workload.ts'
import { scaleRights, scaleTo } from '../workload-writes.ts'

/** Brings back the replicas a scale to zero took away. */
export const restoreScale = defineAction({
  target: 'workload',
  rights: scaleRights('restore replicas'),
  deadlineMs: 60_000,
  undoes: ['scale-to-zero'],
  checks: (f) => [
    workloadKindCheck(f, ['Deployment', 'StatefulSet', 'ReplicaSet']),
    workloadStateCheck(f, 'Is scaled to zero', (w) => (w.spec?.replicas ?? 1) === 0, 'It runs replicas.'),
  ],
  plan(f) {
    const replicas = f.options.replicas ?? f.current?.undo?.replicas ?? 1
    return f.view.workload && { operations: [scaleTo(f.view.workload, f.target, replicas)], releases: f.current?.id }
  },
  strategy: (f) => ({
    id: 'scale',
    label: `Set replicas to ${f.options.replicas ?? f.current?.undo?.replicas ?? 1}`,
    expectation: 'Done when the workload is set to run them again.',
  }),
  consequences: () => [{ kind: 'warning', text: 'New pods start from the same template: same image, same weakness.' }],
  options: (f) => [
    {
      name: 'replicas',
      label: 'Replicas',
      help: f.current?.undo?.replicas
        ? 'As many as there were before.'
        : 'How many there were isn’t known to this console.',
      input: 'number',
      default: f.current?.undo?.replicas ?? 1,
    },
  ],
  judge: (j) =>
    judgeWorkload(j, { wanted: 'replicas set', reached: (w) => (w.spec?.replicas ?? 1) > 0, written: () => true }),
})
