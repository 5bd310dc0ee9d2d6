import { expect, it } from 'vitest'
import { testDeps } from '../server.ts'
import { runFaults } from './fault-harness.ts'

it('keeps its word over generated runs with injected faults', { timeout: 180_000 }, async () => {
  const deps = await testDeps()
  const figures = await runFaults(deps, {
    runs: Number(process.env.FAULT_RUNS ?? 500),
    seed: Number(process.env.FAULT_SEED ?? 1),
  })
  if (process.env.FAULT_REPORT) console.log(JSON.stringify(figures, null, 1))
  await deps.drop()
  expect(figures).toMatchObject({ falseDone: [], foreignChanged: [], leftovers: [], notOnce: [], unfinished: [] })
  // The faults really happened, and actions got through in spite of them.
  expect(figures.faults).toBeGreaterThan(figures.runs)
  expect(figures.kills).toBeGreaterThan(figures.runs / 4)
  expect(figures.ended['isolate-pod verified'] ?? 0).toBeGreaterThan(figures.runs / 25)
})
