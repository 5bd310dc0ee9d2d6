import { afterEach, beforeEach, expect, it } from 'vitest'
import { toJsonb } from '../../src/adapters/postgres/storable.ts'
import { ConfigError, readConfig } from '../../src/config.ts'
import { startRetention } from '../../src/jobs/retention/retention.ts'
import { testDeps } from '../server.ts'

let deps: Awaited<ReturnType<typeof testDeps>>
beforeEach(async () => {
  deps = await testDeps({ CORDON_RECORD_RETENTION_DAYS: '500' })
})
afterEach(() => deps.drop())

async function action(id: string, days: number, more: Record<string, unknown> = {}): Promise<void> {
  const at = new Date(Date.now() - days * 24 * 60 * 60_000)
  await deps.commitUnrecorded(async (tx) => {
    await tx
      .insertInto('actions')
      .values({
        id,
        type: 'isolate-pod',
        state: 'released',
        cluster: 'c',
        namespace: 'shop',
        target_key: 'k',
        target_name: 'web',
        target_uid: id,
        comment: '',
        source: 'api',
        requested_by: 'anna',
        requested_at: at,
        updated_at: at,
        record: '{}',
        plan: '{}',
        ...more,
      })
      .execute()
    await tx
      .insertInto('evidence_bundles')
      .values({ action_id: id, sha256: '', captured_at: at, content: Buffer.from('') })
      .execute()
    return { result: undefined, changed: [] }
  })
}

it('keeps actions for at least 400 days unless told otherwise', () => {
  expect(readConfig({}).recordRetentionDays).toBeGreaterThanOrEqual(400)
  expect(() => readConfig({ CORDON_RECORD_RETENTION_DAYS: 'forever' })).toThrow(ConfigError)
})

it('drops what is long over, not what is in force, undecided or due, and says so in the ledger', async () => {
  await action('old', 501, { undone_by: 'undo' })
  await action('undo', 501, { type: 'release-pod', state: 'verified', undoes: 'old' })
  await action('ended', 501, { type: 'terminate-pod', state: 'verified' })
  await action('young', 499, { undoes: 'old' })
  await action('in-force', 900, { state: 'verified' })
  await action('broken', 900, { state: 'broken' })
  await action('due', 900, { record: toJsonb({ review: { decision: 'due' } }) })
  const retention = startRetention(deps, async () => [])
  await retention.run()
  await retention.run()
  retention.stop()
  const left = await deps.db.selectFrom('actions').select('id').orderBy('id').execute()
  expect(left.map((row) => row.id)).toEqual(['broken', 'due', 'in-force', 'young'])
  expect(await deps.db.selectFrom('evidence_bundles').select('action_id').execute()).toHaveLength(4)
  const entries = await deps.db.selectFrom('ledger').selectAll().where('kind', '=', 'action.drop').execute()
  expect(entries).toHaveLength(1)
  expect(JSON.stringify(entries[0]?.entry)).toContain('"ended"')
})
