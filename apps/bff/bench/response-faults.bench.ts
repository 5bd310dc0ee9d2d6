import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import { readConfig } from '../src/config.ts'
import { openState } from '../src/open-state.ts'
import { runFaults } from '../test/response/fault-harness.ts'

const runs = Number(process.env.FAULT_RUNS ?? 10_000)

/** Generated action runs with injected faults against a real API server and a real PostgreSQL; see docs/containment.md. */
export async function bench(): Promise<Record<string, number | string>> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'cordon-faults-bench-'))
  const config = readConfig({ CORDON_LAB: 'off', CORDON_DATA_DIR: dataDir })
  const state = await openState(config, pino({ level: 'silent' }))
  const started = performance.now()
  try {
    const figures = await runFaults(state.deps, {
      runs,
      slots: 10,
      only: process.env.FAULT_ONLY?.split(',').map(Number),
      seed: Number(process.env.FAULT_SEED ?? 2026),
      onProgress: (done) => done % 1000 === 0 && process.stderr.write(`${done} runs\n`),
    })
    const defects = [
      ...figures.falseDone,
      ...figures.foreignChanged,
      ...figures.leftovers,
      ...figures.notOnce,
      ...figures.unfinished,
    ]
    for (const text of defects.slice(0, 50)) process.stderr.write(`${text}\n`)
    return {
      runs: figures.runs,
      'faults injected': figures.faults,
      'process deaths': figures.kills,
      'acts of others in the middle': figures.meddling,
      'false "done"': figures.falseDone.length,
      'foreign objects changed': figures.foreignChanged.length,
      'leftovers after the end': figures.leftovers.length,
      'effects or history rows not exactly once': figures.notOnce.length,
      'never finished': figures.unfinished.length,
      'runs/s': figures.runs / ((performance.now() - started) / 1000),
      ...figures.ended,
    }
  } finally {
    await state.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
}
