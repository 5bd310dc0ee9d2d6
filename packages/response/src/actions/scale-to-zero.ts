import { workloadKindCheck, workloadStateCheck } from '../checks.ts'
import { defineAction } from '../define-action.ts'
import { judgeWorkload } from '../judge-workload.ts'
import { gitOpsWarning, scaleRights, scaleTo } from '../workload-writes.ts'

/** Stops every pod of a Deployment, StatefulSet or ReplicaSet; the number of replicas is kept for the way back. */
export const scaleToZero = defineAction({
  target: 'workload',
  rights: scaleRights('scale a workload to zero'),
  deadlineMs: 60_000,
  undoneBy: 'restore-scale',
  checks: (f) => [
    workloadKindCheck(f, ['Deployment', 'StatefulSet', 'ReplicaSet']),
    workloadStateCheck(f, 'Runs replicas', (w) => (w.spec?.replicas ?? 1) > 0, 'It is scaled to zero already.'),
  ],
  plan(f) {
    const replicas = f.view.workload?.spec?.replicas ?? 1
    return f.view.workload && { operations: [scaleTo(f.view.workload, f.target, 0)], undo: { replicas } }
  },
  strategy: () => ({
    id: 'scale',
    label: 'Set replicas to 0',
    expectation: 'Done when the workload reports no pod left.',
  }),
  consequences(f) {
    const n = f.view.workload?.spec?.replicas ?? 1
    const managed = gitOpsWarning(f.view.workload)
    return [
      {
        kind: 'danger',
        text: `All ${n} pod${n === 1 ? '' : 's'} of ${f.target.name} end, each with its own grace period; their memory is lost.`,
      },
      { kind: 'info', text: `Restore replicas brings ${n} back, from the same template.` },
      ...managed,
    ]
  },
  options: () => [],
  judge: (j) =>
    judgeWorkload(j, {
      wanted: 'no pod left',
      reached: (w) => (w.spec?.replicas ?? 1) === 0 && (w.status?.replicas ?? 0) === 0,
      written: (w) => (w.spec?.replicas ?? 1) === 0,
    }),
})
