import type { Detection } from '@cordon/incidents'
import type { ProcessEvent, TelemetryEvent } from '@cordon/telemetry'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Deps } from '../src/deps.ts'
import { createConnections } from '../src/jobs/correlate/connections.ts'
import { createDetectionRecorder } from '../src/jobs/correlate/record-detections.ts'
import { createDetectionJob } from '../src/jobs/detect/detect.ts'
import { detection } from './detections.ts'
import { testDeps } from './server.ts'

let deps: Deps & { drop(): Promise<void> }
beforeAll(async () => {
  deps = await testDeps()
})
afterAll(() => deps.drop())

const event = (id: number): ProcessEvent => ({
  type: 'process',
  id: String(id),
  time: 1_800_000_000_000 + id,
  receivedAt: 0,
  cluster: 'c',
  source: 'falco',
  process: { pid: id, exe: '/bin/sh', name: 'sh', commandLine: 'sh' },
  ancestors: [],
})

/** A rule with a window: every third event of its life matches. */
function everyThird() {
  let count = 0
  return {
    process(one: TelemetryEvent): Detection[] {
      count += 1
      return count % 3 === 0
        ? [
            detection('shop/web', {
              dedupeKey: `third ${one.id}`,
              time: one.time,
              events: [
                { table: 'CloudProcessEvents', id: one.id, time: new Date(one.time).toISOString(), summary: '' },
              ],
            }),
          ]
        : []
    },
    // Large: so that it goes over several rows; the number stands in the last part.
    snapshot: () => [...Array.from({ length: 50 }, (_, i) => ({ filling: 'x\u0000'.repeat(i) })), { count }],
    restore(parts: readonly unknown[]) {
      expect(parts).toHaveLength(51)
      count = (parts.at(-1) as { count: number }).count
    },
  }
}

const raised = async () =>
  (await deps.db.selectFrom('alerts').select('dedupe_key').orderBy('first_activity').execute()).map(
    (row) => row.dedupe_key,
  )

it('goes on after a crash where the checkpoint stands, neither missing nor doubling an alert', async () => {
  const connections = () => createConnections(deps)
  const record = createDetectionRecorder(deps, { linkedPods: () => [] })
  const first = await createDetectionJob(deps, { detector: everyThird(), connections: connections(), record })
  expect(await first.watermark.get()).toBeUndefined()
  await first.onEvents([event(1), event(2)])
  await first.watermark.set(10)
  await first.checkpoint()
  // Detected and stored, but the process dies before the next checkpoint.
  await first.onEvents([event(3), event(4), event(5), event(6)])
  await first.watermark.set(11)
  expect(await raised()).toEqual(['third 3', 'third 6'])

  const second = await createDetectionJob(deps, { detector: everyThird(), connections: connections(), record })
  expect(await second.watermark.get()).toBe(10)
  await second.onEvents([event(3), event(4), event(5), event(6)])
  await second.onEvents([event(7), event(8), event(9)])
  expect(await raised()).toEqual(['third 3', 'third 6', 'third 9'])
  const rows = await deps.db.selectFrom('alerts').select('occurrences').execute()
  expect(rows.map((row) => row.occurrences)).toEqual([1, 1, 1])
})

it('does not run the rules again when the database fails for a moment', async () => {
  const real = createDetectionRecorder(deps, { linkedPods: () => [] })
  let broken = true
  const job = await createDetectionJob(deps, {
    detector: everyThird(),
    connections: createConnections(deps),
    async record(detections) {
      if (broken) throw new Error('the database is away')
      return real(detections)
    },
  })
  const before = (await raised()).length
  const events = [event(101), event(102), event(103), event(104)]
  await expect(job.onEvents(events)).rejects.toThrow('away')
  broken = false
  await job.onEvents(events)
  await job.onEvents([event(105), event(106)])
  const fresh = (await raised()).slice(before)
  expect(fresh).toHaveLength(2)
})

it('does not take its own question what it may do for an attack, but any other', async () => {
  const asks = (name: string) =>
    detection('cordon/x', {
      ruleId: 'service-account-operation',
      dedupeKey: `asks ${name}`,
      evidence: [
        { key: `service-account:c/cordon/${name}`, kind: 'service-account', name, role: 'suspicious', facts: {} },
      ],
    })
  const both = { ...everyThird(), process: () => [asks('cordon-console'), asks('other')] }
  const record = createDetectionRecorder(deps, { linkedPods: () => [] })
  const job = await createDetectionJob(deps, { detector: both, connections: createConnections(deps), record })
  await job.onEvents([event(201)])
  expect((await raised()).filter((key) => key.startsWith('asks'))).toEqual(['asks other'])
})
