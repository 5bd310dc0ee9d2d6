import { workloadKindCheck, workloadStateCheck } from '../checks.ts'
import { defineAction } from '../define-action.ts'
import { judgeWorkload } from '../judge-workload.ts'
import { setSuspend, suspendRights } from '../workload-writes.ts'

/** Keeps a CronJob from starting Jobs, or ends the pods of a Job that is running. */
export const suspendWorkload = defineAction({
  target: 'workload',
  rights: suspendRights('suspend a CronJob or Job'),
  deadlineMs: 30_000,
  undoneBy: 'resume-workload',
  checks: (f) => [
    workloadKindCheck(f, ['CronJob', 'Job']),
    workloadStateCheck(f, 'Not suspended', (w) => w.spec?.suspend !== true, 'It is suspended already.'),
  ],
  plan: (f) => f.view.workload && { operations: [setSuspend(f.view.workload, f.target, true)] },
  strategy: () => ({ id: 'suspend', label: 'Set suspend', expectation: 'Done when the cluster reports it suspended.' }),
  consequences: (f) =>
    f.view.workload?.kind === 'Job'
      ? [
          {
            kind: 'warning',
            text: 'A Job that is suspended loses its running pods; they start again when it is resumed.',
          },
        ]
      : [{ kind: 'warning', text: 'Jobs that it started already go on; terminate their pods separately.' }],
  options: () => [],
  judge: (j) =>
    judgeWorkload(j, {
      wanted: 'suspended',
      reached: (w) => w.spec?.suspend === true,
      written: (w) => w.spec?.suspend === true,
    }),
})
