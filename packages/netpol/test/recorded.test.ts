import { describe, expect, test } from 'vitest'
import { canConnect } from '../src/index.ts'
import { recordedCases } from './recordings.ts'
import type { RecordedCase } from './recordings.ts'

/** Where the enforcer measured is known to differ from the specification, the specification counts. */
function expected(recorded: RecordedCase, row: RecordedCase['connections'][number]): boolean {
  const [from, to, port, measured] = row
  const deviation = recorded.deviations?.find((one) => one.from === from && one.to === to && one.port === port)
  return (deviation?.specification ?? measured) === 'connected'
}

function wrongRows(recorded: RecordedCase): string[] {
  const wrong: string[] = []
  for (const row of recorded.connections) {
    const [from, to, port, , via] = row
    const pod = recorded.pods.find((one) => one.name === to)
    const service = recorded.services?.find((one) => via === 'service' && one.selector.pod === pod?.labels.pod)
    const verdict = canConnect(recorded, from, service ? { ip: service.clusterIP } : to, { port, protocol: 'TCP' })
    if (verdict.allowed !== expected(recorded, row)) wrong.push(`${recorded.id}: ${JSON.stringify(row)}`)
    if (verdict.because.length === 0) wrong.push(`${recorded.id}: ${JSON.stringify(row)} without a reason`)
  }
  return wrong
}

describe('connections measured on a real cluster', () => {
  test.each(['random', 'isolation'] as const)('%s cases agree without exception', (file) => {
    const cases = recordedCases(file)
    expect(cases.flatMap((recorded) => recorded.connections).length).toBeGreaterThan(2000)
    expect(cases.flatMap(wrongRows)).toEqual([])
  })
})
