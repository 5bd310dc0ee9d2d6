import type { AddressLookup } from '@cordon/kql'
import type { Row } from '@cordon/telemetry'
import { setImmediate as turn } from 'node:timers/promises'
import type { SchemaStore } from '../clickhouse/event-store.ts'
import type { AddressDatabase } from './address-database.ts'

const rowsPerInsert = 100_000
const rowsPerTurn = 2_000
/** Prefix of everything here: the name goes on with the version, which only we make. */
const networks = 'AddressNetworks_'
const places = 'AddressPlaces_'

export type Tables = Extract<AddressLookup, { networks: string }>

/**
 * The names by which statements look addresses up in one version of a database. A version is 16 hexadecimal digits of
 * the file's hash: statements written for an older one keep what they know.
 */
export function tablesOf(version: string): Tables {
  return { networks: `${networks}${version}`, places: `${places}${version}` }
}

/** Whether a version is in the store, whole: the dictionary of the places is made last. */
export async function holds(store: SchemaStore, version: string): Promise<boolean> {
  const { rows } = await store.query(
    'SELECT 1 FROM system.tables WHERE database = currentDatabase() AND name = {name:String}',
    { name: tablesOf(version).places },
  )
  return rows.length > 0
}

/**
 * Writes a database into the store: the networks with the number of their place, the places, and a dictionary over
 * each. The engine looks an address up in the dictionaries' memory (about 50 bytes a network), row by row, without
 * asking anyone. Rejects with `AddressDatabaseError` or `EventStoreError`, and then leaves nothing behind.
 */
export async function write(
  store: SchemaStore,
  version: string,
  { database, signal }: { database: AddressDatabase; signal: AbortSignal },
): Promise<void> {
  const { networks, places } = tablesOf(version)
  await drop(store, version)
  try {
    await store.command(`CREATE TABLE ${networks}_rows (prefix String, place UInt32) ENGINE = MergeTree ORDER BY ()`)
    await store.command(`CREATE TABLE ${places}_rows (place UInt64, info String) ENGINE = MergeTree ORDER BY ()`)
    await insert(store, `${networks}_rows`, stoppable(database.networks(), signal))
    await insert(store, `${places}_rows`, numbered(database.places))
    await store.command(
      `CREATE DICTIONARY ${networks} (prefix String, place UInt32) PRIMARY KEY prefix SOURCE(${store.dictionarySource(`${networks}_rows`)}) LAYOUT(IP_TRIE) LIFETIME(0)`,
    )
    await store.command(
      `CREATE DICTIONARY ${places} (place UInt64, info String) PRIMARY KEY place SOURCE(${store.dictionarySource(`${places}_rows`)}) LAYOUT(HASHED_ARRAY) LIFETIME(0)`,
    )
    await read(store, version)
  } catch (error) {
    await drop(store, version).catch(() => {})
    throw error
  }
}

/** Has the engine read the dictionaries, so that no hunt waits for that: ten seconds for five million networks. */
export async function read(store: SchemaStore, version: string): Promise<void> {
  const { networks, places } = tablesOf(version)
  await store.query(
    `SELECT dictGetOrNull('${places}', 'info', dictGet('${networks}', 'place', toIPv6('::1')))`,
    {},
    { timeoutMs: 300_000 },
  )
}

/** Removes every version but one, and what a crash left of others. */
export async function dropOthers(store: SchemaStore, version: string): Promise<void> {
  const { rows } = await store.query<{ name: string }>(
    'SELECT name FROM system.tables WHERE database = currentDatabase() AND match(name, {shape:String})',
    { shape: `^(${networks}|${places})[0-9a-f]{16}` },
  )
  const versions = new Set(rows.map(({ name }) => /_([0-9a-f]{16})/.exec(name)?.[1] ?? version))
  for (const other of versions) if (other !== version) await drop(store, other)
}

async function drop(store: SchemaStore, version: string): Promise<void> {
  const { networks, places } = tablesOf(version)
  for (const dictionary of [places, networks]) await store.command(`DROP DICTIONARY IF EXISTS ${dictionary}`)
  for (const table of [places, networks]) await store.command(`DROP TABLE IF EXISTS ${table}_rows`)
}

async function insert(store: SchemaStore, table: string, rows: Iterable<Row>): Promise<void> {
  let batch: Row[] = []
  for (const row of rows) {
    batch.push(row)
    // Millions of rows; other work of the process gets its turn.
    if (batch.length % rowsPerTurn === 0) await turn()
    if (batch.length < rowsPerInsert) continue
    await store.insert(table, batch)
    batch = []
  }
  await store.insert(table, batch)
}

function* stoppable<T>(rows: Iterable<T>, signal: AbortSignal): Generator<T> {
  for (const row of rows) {
    signal.throwIfAborted()
    yield row
  }
}

function* numbered(texts: readonly string[]): Generator<{ place: number; info: string }> {
  for (const [index, info] of texts.entries()) yield { place: index + 1, info }
}
