import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startActionRunner } from '../../src/jobs/run-actions/runner.ts'
import { responseLab, type ResponseLab } from './response-lab.ts'

const cluster = 'aks-prod'
let lab: ResponseLab
beforeAll(async () => {
  lab = await responseLab()
})
afterAll(() => lab?.close())

describe('an isolation that a restart interrupts while its enforcer is stuck', () => {
  it('ends within 10 s, says why, and is proven once the enforcer works again', async () => {
    const { faults } = lab.lab.cluster(cluster)
    const pod = lab.pod(cluster, 'shop', 'catalog')
    faults.holdEnforcement(true)
    const first = startActionRunner(lab.ports)
    const action = await lab.request({ cluster, namespace: 'shop', ...pod }, { type: 'isolate-pod' })
    first.poke()
    await lab.until(action.id, ['applied'])
    await first.close()

    lab.runner()
    const ended = await lab.until(action.id, ['not-verified', 'verified', 'broken', 'partly'], 10_000)
    expect(ended).toMatchObject({ state: 'not-verified', outcome: expect.stringContaining('restart interrupted') })
    const rows = await lab.deps.db
      .selectFrom('ledger')
      .select('entry')
      .where('subject', '=', `action:${action.id}`)
      .execute()
    expect(JSON.stringify(rows)).toContain('taken up again')

    faults.holdEnforcement(false)
    lab.watch()
    expect((await lab.until(action.id, ['verified'], 20_000)).outcome).toContain('a probe was blocked')
  })
})
