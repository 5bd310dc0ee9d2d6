import { workloadKindCheck, workloadStateCheck } from '../checks.ts'
import { defineAction } from '../define-action.ts'
import { judgeWorkload } from '../judge-workload.ts'
import { setSuspend, suspendRights } from '../workload-writes.ts'

/** Lets a suspended CronJob or Job go on. */
export const resumeWorkload = defineAction({
  target: 'workload',
  rights: suspendRights('resume a CronJob or Job'),
  deadlineMs: 30_000,
  undoes: ['suspend-workload'],
  checks: (f) => [
    workloadKindCheck(f, ['CronJob', 'Job']),
    workloadStateCheck(f, 'Is suspended', (w) => w.spec?.suspend === true, 'It isn’t suspended.'),
  ],
  plan: (f) =>
    f.view.workload && { operations: [setSuspend(f.view.workload, f.target, false)], releases: f.current?.id },
  strategy: () => ({
    id: 'resume',
    label: 'Take suspend off',
    expectation: 'Done when the cluster reports it resumed.',
  }),
  consequences: () => [{ kind: 'warning', text: 'Missed starts of a CronJob may be made up for at once.' }],
  options: () => [],
  judge: (j) =>
    judgeWorkload(j, {
      wanted: 'resumed',
      reached: (w) => w.spec?.suspend !== true,
      written: (w) => w.spec?.suspend !== true,
    }),
})
