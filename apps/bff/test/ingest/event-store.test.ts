import { execFileSync, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AuditEvent } from '@cordon/telemetry'
import { auditRow } from '@cordon/telemetry'
import {
  createEventStore,
  embeddedEventStore,
  type EmbeddedEventStore,
} from '../../src/adapters/clickhouse/create-event-store.ts'
import { auditEvent } from './events.ts'
import { countOf, killEngine, temporaryDirectory } from './harness.ts'

const directory = temporaryDirectory()
let store: EmbeddedEventStore

beforeAll(async () => {
  store = await embeddedEventStore(directory.path)
}, 60_000)

afterAll(async () => {
  await store.close()
  directory.remove()
})

const day = 86_400_000
let index = 0

function row(cluster: string, time = Date.now()): ReturnType<typeof auditRow> {
  const raw = auditEvent({ stageTimestamp: new Date(time).toISOString() })
  const id = String(raw['auditID'])
  const event: AuditEvent = {
    type: 'audit',
    id: `${id}/x`,
    time,
    receivedAt: time,
    cluster,
    source: 'kubernetes-audit',
    auditId: id,
    stage: 'x',
    raw,
  }
  return auditRow(event, { batch: 1, index: (index += 1) })
}

async function fileOf(sql: string, format: 'JSONCompactEachRow' | 'Parquet', timeoutMs = 30_000): Promise<string> {
  return (await buffer(await store.download(sql, {}, { format, timeoutMs }))).toString('latin1')
}

test('rows of a failed query or file never head the next result', async () => {
  // Errors that strike after blocks of rows were produced; then more queries than there are sessions, so each one is met.
  const failures = [
    'SELECT number, throwIf(number = 900000) FROM numbers(1000000)',
    'SELECT number FROM numbers(1000000) WHERE sleepEachRow(0.00002) = 0',
  ]
  const ways = [
    (sql: string) => store.query(sql, {}, { timeoutMs: 2_000, maxRows: 10_000_000 }),
    (sql: string) => fileOf(sql, 'JSONCompactEachRow', 2_000),
    (sql: string) => fileOf(sql, 'Parquet', 2_000),
  ]
  const sql = 'SELECT 42 AS a'
  const parquet = await fileOf(sql, 'Parquet')
  expect(parquet).toMatch(/^PAR1.*PAR1$/s)
  const nexts: [next: () => Promise<unknown>, wanted: unknown][] = [
    [async () => (await store.query(sql)).rows.slice(0, 3), [{ a: 42 }]],
    [async () => (await fileOf(sql, 'Parquet')).slice(0, 2_000), parquet],
    [async () => (await fileOf(sql, 'JSONCompactEachRow')).slice(0, 2_000), '[42]\n'],
  ]
  for (const failing of failures)
    for (const [index, fails] of ways.entries())
      for (const [next, wanted] of failing === failures[0] ? nexts : nexts.slice(index, index + 1)) {
        await expect(fails(failing)).rejects.toMatchObject({ name: 'EventStoreError' })
        expect(await Promise.all(Array.from({ length: 8 }, next))).toEqual(Array.from({ length: 8 }, () => wanted))
      }
}, 60_000)

test('a query can neither write nor lift its limits', async () => {
  for (const sql of [
    'INSERT INTO CloudAuditEvents SELECT * FROM CloudAuditEvents',
    'DROP TABLE CloudAuditEvents',
    'SELECT 1 SETTINGS max_execution_time = 600',
    `SELECT 1 INTO OUTFILE '${directory.path}/out'`,
    `SELECT 1 /* ' */ INTO OUTFILE '${directory.path}/out'`,
    `SELECT $$'$$ INTO/**/OUTFILE '${directory.path}/out'`,
    "SELECT * FROM url('http://127.0.0.1:9/', 'LineAsString')",
    "SELECT * FROM s3('http://127.0.0.1:9/bucket/x', 'CSV', 'a String')",
    "SELECT * FROM file('/etc/passwd', 'LineAsString')",
  ]) {
    await expect(store.query(sql), sql).rejects.toMatchObject({ name: 'EventStoreError' })
  }
  expect(existsSync(`${directory.path}/out`)).toBe(false)
  expect((await store.query('SELECT \'into outfile\' AS a, 1 AS "outfile"')).rows).toEqual([
    { a: 'into outfile', outfile: 1 },
  ])
  await expect(
    store.query('SELECT groupArray(number) FROM numbers(100000000)', {}, { maxMemoryBytes: 10_000_000 }),
  ).rejects.toMatchObject({ code: 'limit' })
  const { rows, stats } = await store.query('SELECT number FROM numbers(100)', {}, { maxRows: 7 })
  expect(rows).toHaveLength(7)
  expect(stats.truncated).toBe(true)
  expect((await store.query('SELECT number FROM numbers(7)', {}, { maxRows: 7 })).stats.truncated).toBe(false)
})

test('parameters are values, whatever they hold', async () => {
  const nasty = "'; DROP TABLE CloudAuditEvents --\\'\n\t\0{x:String}"
  const { rows } = await store.query('SELECT {a:String} AS a, {b:Array(String)} AS b, {c:UInt64} AS c', {
    a: nasty,
    b: [nasty, 'é'],
    c: 18,
  })
  expect(rows).toEqual([{ a: nasty, b: [nasty, 'é'], c: '18' }])
})

test('a cancelled query stops in the engine', async () => {
  const abort = new AbortController()
  const running = store.query(
    'SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number), 4711)',
    {},
    { signal: abort.signal },
  )
  const refused = expect(running).rejects.toMatchObject({ code: 'cancelled' })
  await expect
    .poll(async () => countOf(store, "system.processes WHERE query LIKE '%4711%' AND query NOT LIKE '%processes%'"))
    .toBe(1)
  abort.abort()
  await refused
  await expect
    .poll(async () => countOf(store, "system.processes WHERE query LIKE '%4711%' AND query NOT LIKE '%processes%'"), {
      timeout: 5_000,
    })
    .toBe(0)
})

// Without this right the engine leaves priorities alone.
const mayRenice = (() => {
  if (process.platform !== 'linux') return false
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'
  return ((BigInt(`0x${effective}`) >> 23n) & 1n) === 1n
})()

test.runIf(mayRenice)('hunts stand behind ingest for the processors, thread by thread', async () => {
  const niceValues = (): number[] =>
    readdirSync(`/proc/${store.enginePid()}/task`).map((thread) =>
      Number(readFileSync(`/proc/${store.enginePid()}/task/${thread}/stat`, 'utf8').split(') ')[1]?.split(' ')[16]),
    )
  const abort = new AbortController()
  const sql = 'SELECT count() FROM numbers_mt(1000000000000) WHERE NOT ignore(sipHash64(number))'
  const hunting = store.query(sql, {}, { signal: abort.signal, lane: 'hunt' }).catch(() => undefined)
  await expect.poll(niceValues).toContain(5)
  abort.abort()
  await hunting
  await expect.poll(niceValues).not.toContain(5)
})

test('known ids are found, also with hostile ones among them', async () => {
  const rows = [row('lab-known'), row('lab-known')]
  await store.insert('CloudAuditEvents', rows)
  const ids = [...rows.map((one) => String(one['ReportId'])), "'); DROP TABLE x --", '\\', '\0']
  expect([...(await store.knownIds('CloudAuditEvents', 'lab-known', ids))].sort()).toEqual(ids.slice(0, 2).sort())
  expect((await store.knownIds('CloudAuditEvents', 'lab-other', ids)).size).toBe(0)
})

test('old days are dropped whole', async () => {
  const now = Date.now()
  await store.insert('CloudAuditEvents', [
    row('lab-old', now - 40 * day),
    row('lab-old', now - 31.5 * day),
    row('lab-old', now - 2 * day),
  ])
  const dropped = await store.dropOlderThan('CloudAuditEvents', 30, now)
  expect(dropped).toEqual([now - 40 * day, now - 31.5 * day].map((time) => new Date(time).toISOString().slice(0, 10)))
  expect(await countOf(store, "CloudAuditEvents WHERE _Cluster = 'lab-old'")).toBe(1)
  const stats = await store.stats()
  expect(stats.find((table) => table.table === 'CloudAuditEvents')).toMatchObject({
    rows: await countOf(store, 'CloudAuditEvents'),
    firstDay: new Date(now - 2 * day).toISOString().slice(0, 10),
  })
})

test('after kill -9 of the engine, reads go on with the restarted one and no acknowledged row is missing', async () => {
  let acknowledged = 0
  const writing = { on: true }
  const writer = (async () => {
    while (writing.on) {
      const rows = Array.from({ length: 200 }, () => row('lab-kill'))
      await store.insert('CloudAuditEvents', rows).then(
        () => (acknowledged += rows.length),
        () => pause(20),
      )
    }
  })()
  for (let kill = 0; kill < 5; kill += 1) {
    await pause(300 + kill * 37)
    killEngine(store)
    expect(await countOf(store, "CloudAuditEvents WHERE _Cluster = 'lab-kill'")).toBeGreaterThanOrEqual(
      acknowledged - 200,
    )
  }
  writing.on = false
  await writer
  expect(acknowledged).toBeGreaterThan(1_000)
  expect(await countOf(store, "CloudAuditEvents WHERE _Cluster = 'lab-kill'")).toBeGreaterThanOrEqual(acknowledged)
}, 60_000)

test('a second store on the same directory is refused by name of the owner', async () => {
  await expect(createEventStore({ dataDir: directory.path })).rejects.toMatchObject({
    code: 'in-use',
    message: expect.stringContaining(String(process.pid)),
  })
  expect(await countOf(store, '(SELECT 1)')).toBe(1)
})

test('when its parent is killed, the engine ends, and the next start takes the directory over with every acknowledged row', async () => {
  const own = temporaryDirectory()
  const child = spawn(process.execPath, [fileURLToPath(new URL('store-owner.ts', import.meta.url)), own.path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const pids = await new Promise<{ engine: number }>((resolve, reject) => {
    child.once('exit', reject)
    child.stdout.once('data', (line: Buffer) => resolve(JSON.parse(String(line))))
  })
  child.kill('SIGKILL')
  const next = await embeddedEventStore(own.path)
  expect(await countOf(next, 'CloudAuditEvents')).toBe(1)
  expect(next.enginePid()).not.toBe(pids.engine)
  expect(commandOf(pids.engine)).not.toContain('chdb-server')
  await next.close()
  own.remove()
}, 60_000)

test('a server that is not there is told as such', async () => {
  await expect(
    createEventStore({ dataDir: directory.path, url: 'http://user:secret@127.0.0.1:9' }),
  ).rejects.toMatchObject({ code: 'unavailable', message: expect.not.stringContaining('secret') })
})

/** Command line of a process; empty when there is none. A dead one that nobody has waited for has none either. */
function commandOf(pid: number): string {
  try {
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
  } catch {
    return ''
  }
}

const canMount = process.platform === 'linux' && process.getuid?.() === 0

// Filling a disk needs one of its own; only root can mount it.
test.skipIf(!canMount)(
  'a full disk refuses rows as such, and takes them when there is room again',
  async () => {
    const small = temporaryDirectory()
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', small.path])
    } catch {
      small.remove()
      return // a container without the right to mount
    }
    const own = await embeddedEventStore(small.path)
    try {
      await own.insert('CloudAuditEvents', [row('lab-full')])
      execFileSync('sh', ['-c', `dd if=/dev/zero of=${small.path}/ballast bs=1M 2>/dev/null || true`])
      const rows = Array.from({ length: 500 }, () => row('lab-full'))
      await expect(own.insert('CloudAuditEvents', rows)).rejects.toMatchObject({ code: 'full' })
      expect(await countOf(own, 'CloudAuditEvents')).toBe(1)
      execFileSync('rm', [`${small.path}/ballast`])
      await own.insert('CloudAuditEvents', rows)
      expect(await countOf(own, 'CloudAuditEvents')).toBe(501)
    } finally {
      await own.close()
      execFileSync('umount', ['-l', small.path])
      small.remove()
    }
  },
  60_000,
)
