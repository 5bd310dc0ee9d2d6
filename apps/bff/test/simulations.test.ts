import { afterAll, beforeAll, expect, it } from 'vitest'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ScenarioRunner } from '../src/features/simulations/run-scenario.ts'
import { createDetectionRecorder } from '../src/jobs/correlate/record-detections.ts'
import { detection } from './detections.ts'
import { testServer, type TestServer } from './server.ts'

// Stands for the simulation package, which needs a cluster.
const fakeRunner: ScenarioRunner = {
  scenarios: [
    {
      id: 'web-shell',
      title: 'Web shell',
      description: '',
      expectedAlerts: ['Possible Web Shell activity detected', 'Another alert'],
      techniques: ['T1505.003'],
    },
  ],
  clusters: () => [
    { name: 'c', allowed: true, reason: null },
    { name: 'prod', allowed: false, reason: 'prod is not marked for simulations.' },
  ],
  async run({ keep, onProgress, onNamespace }) {
    onNamespace('sim-1')
    onProgress('making pods')
    onProgress('attacking')
    if (!keep) throw new Error('the pods did not run in time')
  },
}

let server: TestServer
beforeAll(async () => {
  server = await testServer({ runner: fakeRunner })
})
afterAll(() => server.close())

async function ended(id: string) {
  const viewer = await server.as('viewer')
  for (;;) {
    const run = (await viewer('simulationList', {})).runs.find((one) => one.id === id)
    if (run && run.state !== 'running') return run
    await sleep(20)
  }
}

it('plays a scenario, keeps its progress, and says which expected alerts were raised', async () => {
  const analyst = await server.as('analyst')
  const { id } = await analyst('simulationRun', { body: { scenario: 'web-shell', cluster: 'c' } })
  await createDetectionRecorder(server.deps, { linkedPods: () => [] })([detection('sim-1/victim')])
  const run = await ended(id)
  expect(run).toMatchObject({ state: 'done', namespace: 'sim-1', startedBy: 'token:test analyst', error: null })
  expect(run.progress.map((line) => line.text)).toEqual(['making pods', 'attacking'])
  expect(run.alerts).toMatchObject([
    { title: 'Possible Web Shell activity detected', raised: true, incidentId: expect.any(Number) },
    { title: 'Another alert', raised: false, alertId: null },
  ])
})

it('keeps the reason of a run that failed', async () => {
  const analyst = await server.as('analyst')
  const { id } = await analyst('simulationRun', { body: { scenario: 'web-shell', cluster: 'c', keep: false } })
  expect(await ended(id)).toMatchObject({ state: 'failed', error: 'the pods did not run in time' })
})

it.each([
  [{ scenario: 'web-shell', cluster: 'prod' }, 409, 'not marked'],
  [{ scenario: 'web-shell', cluster: 'nowhere' }, 404, 'no cluster'],
  [{ scenario: 'nothing', cluster: 'c' }, 404, 'no scenario'],
])('refuses %j', async (body, status, words) => {
  const analyst = await server.as('analyst')
  await expect(analyst('simulationRun', { body })).rejects.toMatchObject({
    problem: { status, detail: expect.stringContaining(words) },
  })
})
