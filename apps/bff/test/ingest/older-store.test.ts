import { createClient } from '@clickhouse/client'
import { createTableSql, type Table, tableNamed } from '@cordon/telemetry'
import { afterAll, expect, it } from 'vitest'
import { createEventStore } from '../../src/adapters/clickhouse/create-event-store.ts'
import { EmbeddedEngine } from '../../src/adapters/clickhouse/embedded-engine.ts'
import { processEvent, storeEvents } from '../hunting/hunting-store.ts'
import { temporaryDirectory } from './harness.ts'

const directory = temporaryDirectory()
afterAll(() => directory.remove())

const current = tableNamed('CloudProcessEvents') as Table // it is one of ours
const since = new Set(['FolderPath', 'ProcessCreationTime', 'LogonId', '_Node'])

/** As a release before these columns and the index of command lines defined it. */
const older: Table = {
  ...current,
  columns: current.columns.filter(({ name }) => !since.has(name)),
  internal: current.internal.filter(({ name }) => !since.has(name)),
  indexes: current.indexes.filter((index) => !index.startsWith('command_line ')),
}

async function madeBefore(): Promise<void> {
  const engine = new EmbeddedEngine(directory.path)
  const { port, password } = await engine.address()
  const client = createClient({ url: `http://127.0.0.1:${port}`, username: 'default', password })
  await client.command({ query: createTableSql(older) })
  await client.command({
    query: `INSERT INTO CloudProcessEvents (Timestamp, ProcessName, ProcessCommandLine, KubernetesNamespace, _Cluster, _Day)
            VALUES (now64(7, 'UTC'), 'old', 'old --command', 'shop', 'prod', today())`,
  })
  await client.close()
  await engine.close()
}

it('gives a store of an earlier release the columns and indexes that came since, and keeps its rows', async () => {
  await madeBefore()
  for (const start of ['first', 'again']) {
    const store = await createEventStore({ dataDir: directory.path })
    try {
      await storeEvents(store, [processEvent(`new ${start}`, 'prod', 'new --command')])
      const { rows } = await store.query(
        'SELECT ProcessName, FolderPath, ProcessCreationTime, LogonId, _Node FROM CloudProcessEvents ORDER BY ProcessName DESC LIMIT 2',
      )
      expect(rows).toMatchObject([
        { ProcessName: 'old', FolderPath: '', ProcessCreationTime: null, LogonId: '0', _Node: '' },
        { ProcessName: 'new', FolderPath: '/usr/bin' },
      ])
      const indexes = await store.query<{ name: string }>(
        "SELECT name FROM system.data_skipping_indices WHERE table = 'CloudProcessEvents'",
      )
      expect(indexes.rows.map(({ name }) => name)).toContain('command_line')
    } finally {
      await store.close()
    }
  }
})
