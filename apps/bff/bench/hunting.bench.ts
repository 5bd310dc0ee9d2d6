import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Catalog, eventRelation, KqlService } from '@cordon/kql'
import { tableNamed, tables } from '@cordon/telemetry'
import { embeddedEventStore, type EmbeddedEventStore } from '../src/adapters/clickhouse/create-event-store.ts'
import { createKqlEngine, type KqlEngine } from '../src/adapters/kql/kql-engine.ts'
import { builtInQueries } from '../src/features/hunting/built-in-queries.ts'
import { engineSettings } from '../src/features/hunting/engine-settings.ts'
import { stateTables } from '../src/features/hunting/state-tables.ts'
import { type TypicalHunt, typicalHunts } from './hunting/hunts.ts'
import { makeProcesses, makeRequests } from './hunting/made-events.ts'

const rows = Number(process.env.CORDON_BENCH_ROWS ?? 10_000_000)
/** Keeps the made events for the next run. */
const kept = process.env.CORDON_BENCH_DIR
const days = 7
const rounds = 5
const dayTicks = 864_000_000_000n
const limits = {
  lane: 'hunt',
  timeoutMs: 300_000,
} as const

function settingsOf(sql: string) {
  // What was asked before must not make the second of a pair quicker.
  return { ...engineSettings(sql), use_query_condition_cache: 0 }
}

interface Figure {
  name: string
  value: number | string
  unit?: string
}

/**
 * Typical hunts over `CORDON_BENCH_ROWS` process and as many audit events of seven days. Ratios are of the processor
 * time of the engine, best of five, the two statements in turn: other work on the machine does not bend them.
 */
export async function bench(): Promise<Figure[]> {
  const directory = kept ?? mkdtempSync(join(tmpdir(), 'cordon-bench-hunting-'))
  const made = kept !== undefined && existsSync(join(kept, 'events'))
  const store = await embeddedEventStore(directory)
  const engine = createKqlEngine(stateTables)
  try {
    if (!made) await makeEvents(store)
    const now = await newest(store)
    const figures: Figure[] = []
    for (const hunt of typicalHunts) figures.push(...(await measured({ store, engine, now }, hunt)))
    return [...figures, ...(await translation(engine, now)), ...(await textIndex(store)), await cancelling(store)]
  } finally {
    await engine.close()
    await store.close()
    if (kept === undefined) rmSync(directory, { recursive: true, force: true })
  }
}

async function makeEvents(store: EmbeddedEventStore): Promise<void> {
  const { command } = store as unknown as { command(sql: string): Promise<void> } // not part of the port: only tests write SQL
  const count = Math.ceil(rows / days)
  for (let day = 0; day < days; day += 1) {
    const part = { first: day * count, count, endMs: Date.now() - (days - 1 - day) * 86_400_000 }
    for (const sql of [makeProcesses(part), makeRequests(part)]) await command.call(store, sql)
  }
}

async function newest(store: EmbeddedEventStore): Promise<bigint> {
  const { rows: found } = await store.query<{ last: string }>(
    'SELECT toUnixTimestamp64Milli(toDateTime64(max(Timestamp), 3)) AS last FROM CloudProcessEvents',
  )
  return BigInt(found[0]?.last ?? 0) * 10_000n
}

interface Bench {
  store: EmbeddedEventStore
  engine: KqlEngine
  now: bigint
}

async function compiled(engine: KqlEngine, kql: string, time: { from: bigint; now: bigint }) {
  const options = { scope: {}, time: { from: time.from }, now: time.now }
  const answer = await engine.compile(kql, options, () => Promise.resolve([]))
  if (answer.state !== 'ready') throw new Error(`${kql}: ${JSON.stringify(answer)}`)
  return answer.translation
}

async function measured({ store, engine, now }: Bench, hunt: TypicalHunt): Promise<Figure[]> {
  const week = now - 7n * dayTicks
  const own = await compiled(engine, hunt.kql, { from: week, now })
  const hand = hunt.sql.replaceAll('{from}', `reinterpret(toInt64(${week}), 'DateTime64(7, \\'UTC\\')')`)
  const best = { own: Infinity, hand: Infinity }
  for (let round = 0; round < rounds; round += 1) {
    const [a, b] = [await cost(store, own.sql, own.parameters), await cost(store, hand, {})]
    if (a.rows !== b.rows) throw new Error(`${hunt.name}: ${a.rows} rows, by hand ${b.rows}`)
    best.own = Math.min(best.own, a.cpuMs)
    best.hand = Math.min(best.hand, b.cpuMs)
  }
  const day = await compiled(engine, hunt.kql, { from: now - dayTicks, now })
  const wall: number[] = []
  for (let round = 0; round < rounds; round += 1) wall.push((await cost(store, day.sql, day.parameters)).wallMs)
  return [
    { name: `${hunt.name}: over SQL by hand`, value: best.own / best.hand },
    { name: '  seven days, processor time', value: best.own, unit: 'ms' },
    { name: '  24 hours, elapsed, best and worst of five', value: `${range(wall)} ms` },
  ]
}

function range(values: readonly number[]): string {
  return `${Math.round(Math.min(...values))}–${Math.round(Math.max(...values))}`
}

async function cost(store: EmbeddedEventStore, sql: string, parameters: Record<string, string>) {
  const [cpu, since] = [cpuMs(store), performance.now()]
  const answer = await store.query(sql, parameters, { ...limits, settings: settingsOf(sql) })
  return { cpuMs: Math.max(10, cpuMs(store) - cpu), wallMs: performance.now() - since, rows: answer.rows.length }
}

/** Processor time of the engine's process, in steps of 10 ms. Linux only. */
function cpuMs(store: EmbeddedEventStore): number {
  const fields =
    readFileSync(`/proc/${store.enginePid() ?? 0}/stat`, 'utf8')
      .split(') ')[1]
      ?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}

async function translation(engine: KqlEngine, now: bigint): Promise<Figure[]> {
  await engine.warmUp(builtInQueries.map(({ query }) => query))
  const ask = (kql: string): Promise<unknown> => compiled(engine, kql, { from: now - dayTicks, now })
  const fresh = (kql: string, round: number): string => `${kql} // ${round}`
  return [
    { name: 'translation of a text seen before, p50 and p95', value: await times(ask, (kql) => kql) },
    { name: 'translation of a text never seen, p50 and p95', value: await times(translator(now), fresh) },
    { name: '  asked of the thread that translates', value: await times(ask, fresh) },
  ]
}

/** The translator in this thread: without the way to its own and back, which on a busy machine takes as long. */
function translator(now: bigint): (kql: string) => void {
  const service = new KqlService([...tables, ...stateTables])
  const catalog: Catalog = {
    names: tables.map(({ name }) => name),
    relation(name, text) {
      const table = tableNamed(name)
      return table && eventRelation(table, { scope: {}, time: { from: now - dayTicks }, text })
    },
    addresses: { missing: 'no addresses are asked for' },
  }
  return (kql) => {
    if (service.compile(kql, catalog, now).state !== 'ready') throw new Error(kql)
  }
}

async function times(ask: (kql: string) => unknown, text: (kql: string, round: number) => string): Promise<string> {
  const taken: number[] = []
  for (let round = 0; round < 200; round += 1)
    for (const { kql } of typicalHunts) {
      const since = performance.now()
      await ask(text(kql, round))
      if (round >= 100) taken.push(performance.now() - since)
    }
  taken.sort((a, b) => a - b)
  const at = (share: number): string => (taken[Math.floor(taken.length * share)] ?? 0).toFixed(2)
  return `${at(0.5)} and ${at(0.95)} ms`
}

async function textIndex(store: EmbeddedEventStore): Promise<Figure[]> {
  const sql = `SELECT count() AS n FROM CloudProcessEvents WHERE hasAllTokens(lower(ProcessCommandLine), ['xmrig'])`
  const best = { with: Infinity, without: Infinity }
  for (let round = 0; round < rounds; round += 1) {
    for (const [which, use] of [
      ['with', 1],
      ['without', 0],
    ] as const) {
      const settings = { ...settingsOf(sql), use_skip_indexes: use }
      const { stats } = await store.query(sql, {}, { ...limits, settings })
      best[which] = Math.min(best[which], stats.elapsedMs)
    }
  }
  return [
    { name: 'has on a rare word: without over with text index', value: best.without / best.with },
    { name: '  with it', value: best.with, unit: 'ms' },
  ]
}

async function cancelling(store: EmbeddedEventStore): Promise<Figure> {
  const times: number[] = []
  for (let round = 0; round < 20; round += 1) {
    const leaving = new AbortController()
    const work = store
      .query(
        'SELECT sum(cityHash64(a.number, b.number)) FROM numbers(1000000) AS a CROSS JOIN numbers(1000000) AS b',
        {},
        {
          ...limits,
          signal: leaving.signal,
        },
      )
      .catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, 300))
    const since = performance.now()
    leaving.abort()
    await work
    for (;;) {
      const { rows: left } = await store.query(
        `SELECT 1 FROM system.processes WHERE query LIKE '%CROSS JOIN%' AND query NOT LIKE '%system.processes%'`,
      )
      if (left.length === 0) break
    }
    times.push(performance.now() - since)
  }
  times.sort((a, b) => a - b)
  return {
    name: 'cancelled until nothing runs any more, p50 and p95',
    value: `${Math.round(times[10] ?? 0)} and ${Math.round(times[18] ?? 0)} ms`,
  }
}
