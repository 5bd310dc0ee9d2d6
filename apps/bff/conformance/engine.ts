import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answerRows, type BoundColumn, type Cell, KqlService, type Relation, type SchemaTable } from '@cordon/kql'
import { setTimeout as sleep } from 'node:timers/promises'
import { destination, pino } from 'pino'
import { openAddresses } from '../src/adapters/addresses/open-addresses.ts'
import { createEventStore } from '../src/adapters/clickhouse/create-event-store.ts'
import { engineSettings } from '../src/features/hunting/engine-settings.ts'

/** What became of one query. */
export type Outcome =
  | { state: 'answered'; columns: readonly BoundColumn[]; rows: Cell[][]; milliseconds: number; sql: string }
  /** `bound`: valid for the language service. */
  | { state: 'refused'; message: string; bound: boolean }
  | { state: 'failed'; message: string; sql: string }

export interface Engine {
  run(query: string): Promise<Outcome>
  close(): Promise<void>
}

const maxRounds = 5

/**
 * The translator and the embedded store, over made-up rows of the given tables: one of nothing, one with values.
 * `addressFile` is a database of addresses.
 */
export async function openEngine(tables: readonly SchemaTable[], addressFile?: string): Promise<Engine> {
  const dataDir = mkdtempSync(join(tmpdir(), 'kql-conformance-'))
  const store = await createEventStore({ dataDir })
  const addresses = openAddresses({ file: addressFile, store, log: pino({ level: 'error' }, destination(2)) })
  while (addressFile !== undefined && !(await addresses.check()).ok) await sleep(100)
  const byName = new Map(tables.map((table) => [table.name, table]))
  const nothing = new KqlService([])
  const limited = (sql: string) => ({ settings: engineSettings(sql), maxRows: 100_000, timeoutMs: 60_000 })
  const run = async (query: string): Promise<Outcome> => {
    let text = query
    // Binding against a thousand tables takes a second; a query names a few.
    const named = tables.filter((table) => isNamed(query, table.name))
    const service = named.length === 0 ? nothing : new KqlService(named)
    const catalog = {
      names: named.map((table) => table.name),
      addresses: addresses.lookup(),
      relation: (name: string): Relation | undefined => {
        const table = byName.get(name)
        return table ? madeUp(table) : undefined
      },
    }
    for (let round = 0; round < maxRounds; round += 1) {
      const from = performance.now()
      let compiled
      try {
        compiled = service.compile(text, catalog, BigInt(Date.now()) * 10_000n)
      } catch (error) {
        return { state: 'failed', message: `translation: ${String(error)}`, sql: '' }
      }
      const milliseconds = performance.now() - from
      if (compiled.state === 'refused')
        return {
          state: 'refused',
          bound: compiled.bound,
          message: compiled.diagnostics
            .filter((each) => each.severity === 'error')
            .map((each) => each.message)
            .join(' | '),
        }
      const sql = compiled.state === 'ready' ? compiled.translation.sql : compiled.discovery.sql
      try {
        if (compiled.state === 'ready') {
          const { columns, parameters } = compiled.translation
          const { rows } = await store.query<Record<string, unknown>>(sql, parameters, limited(sql))
          const cells = rows.map((row) =>
            columns.map((column, at) => answerRows([column], [{ r0: row[`r${at}`] }])[0]?.[column.name] ?? null),
          )
          return { state: 'answered', columns, rows: cells, milliseconds, sql }
        }
        const { discovery } = compiled
        const found = await store.query<{ name: string; kinds: string[] }>(sql, compiled.parameters, limited(sql))
        text = text.slice(0, discovery.insertAt) + discovery.schema(found.rows) + text.slice(discovery.insertAt)
      } catch (error) {
        return { state: 'failed', message: error instanceof Error ? error.message : String(error), sql }
      }
    }
    return { state: 'refused', bound: true, message: 'Too many operators whose columns depend on data' }
  }
  return {
    run,
    close: async () => {
      await addresses.close()
      await store.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

function isNamed(query: string, table: string): boolean {
  if (new RegExp(`\\b${table}\\b`).test(query)) return true
  return [...query.matchAll(/\b([A-Za-z]\w+)\*/g)].some((match) => table.startsWith(match[1] ?? ''))
}

const samples: Readonly<Record<string, readonly [type: string, value: string]>> = {
  string: ['String', `'some text, 10.0.0.1'`],
  long: ['Nullable(Int64)', '7'],
  int: ['Nullable(Int32)', '7'],
  real: ['Nullable(Float64)', '0.5'],
  bool: ['Nullable(Bool)', 'true'],
  datetime: [`Nullable(DateTime64(7, 'UTC'))`, `now64(7, 'UTC')`],
  timespan: ['Nullable(Int64)', '600000000'],
  dynamic: ['Nullable(String)', `'{"a":[1,{"b":"text"}],"Key":"c","Value":"d"}'`],
  decimal: ['Nullable(Decimal(76, 17))', '1.5'],
  guid: ['Nullable(String)', `'00000000-0000-0000-0000-000000000001'`],
}

const aliases: Readonly<Record<string, string>> = {
  double: 'real',
  boolean: 'bool',
  date: 'datetime',
  time: 'timespan',
}

function madeUp(table: SchemaTable): Relation {
  const columns = table.columns.map(({ name, type: given }, index) => {
    const type = (aliases[given] ?? given) as BoundColumn['type'] // bound by the language service before it comes here
    return {
      name,
      type,
      nullable: type !== 'string',
      id: `k${index}`,
    }
  })
  const items = columns.map((column) => {
    const [type, value] = samples[column.type] ?? samples['string'] ?? ['String', `''`]
    const none = column.type === 'string' ? `''` : 'NULL'
    return `CAST(if(i = 0, ${none}, ${value}), '${type.replaceAll("'", "\\'")}') AS \`${column.id}\``
  })
  const sql = `SELECT ${items.join(', ')} FROM (SELECT arrayJoin([0, 1]) AS i)`
  return { plan: { op: 'text', sql }, columns, hidden: [], order: [], source: table.name }
}
