import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { embeddedEventStore } from '../src/adapters/clickhouse/create-event-store.ts'
import { typicalHunts } from './hunting/hunts.ts'
import { makeProcesses, makeRequests } from './hunting/made-events.ts'
import { quantile, startServer, token } from './server-process.ts'

const rows = Number(process.env.CORDON_BENCH_ROWS ?? 2_000_000)
const seconds = 30
const perSecond = 5_000
const days = 7
const hunters = 2

/**
 * What senders that offer 5,000 process events a second get taken in, with detection, by the whole server: while
 * nobody hunts, and while two people hunt without a pause over `CORDON_BENCH_ROWS` process and as many audit events.
 */
export async function bench(): Promise<Record<string, number | string>> {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'cordon-bench-'))
  await makeEvents(dataDir)
  const server = await startServer(dataDir)
  try {
    await sleep(15_000) // the lab's first attack is over, caches are filled
    const quiet = await offer(server.base)
    const stop = new AbortController()
    const hunting = Array.from({ length: hunters }, (_, i) => hunt(server.base, i, stop.signal))
    const busy = await offer(server.base)
    stop.abort()
    const times = (await Promise.all(hunting)).flat()
    return {
      'events/s taken in of 5,000 offered, nobody hunting': quiet.perSecond,
      'the same while two people hunt': busy.perSecond,
      'lost by hunting (%)': 100 * (1 - busy.perSecond / quiet.perSecond),
      'answer to a sender, p95 (ms), nobody hunting': quiet.p95,
      'the same while two people hunt (ms)': busy.p95,
      'hunts meanwhile': times.length,
      'a hunt over seven days meanwhile, p95 (ms)': quantile(times, 0.95),
    }
  } finally {
    await server.stop()
    fs.rmSync(dataDir, { recursive: true, force: true })
  }
}

async function makeEvents(dataDir: string): Promise<void> {
  const store = await embeddedEventStore(dataDir)
  const { command } = store as unknown as { command(sql: string): Promise<void> } // not part of the port: only tests write SQL
  const count = Math.ceil(rows / days)
  for (let day = 0; day < days; day += 1) {
    const part = { first: day * count, count, endMs: Date.now() - (days - 1 - day) * 86_400_000 }
    for (const sql of [makeProcesses(part), makeRequests(part)]) await command.call(store, sql)
  }
  await store.close()
}

/** Asks one typical hunt after the other; returns how long each took in ms. */
async function hunt(base: string, first: number, signal: AbortSignal): Promise<number[]> {
  const times: number[] = []
  for (let i = first * 5; !signal.aborted; i++) {
    const { name, kql } = typicalHunts[i % typicalHunts.length]!
    const begun = performance.now()
    const answer = await fetch(`${base}/api/v1/hunting/query`, {
      method: 'POST',
      body: JSON.stringify({ Query: kql, Timespan: 'P7D' }),
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${name}: ${answer.status} ${text.slice(0, 300)}`)
    times.push(performance.now() - begun)
  }
  return times
}

// Offers a batch each 100 ms; when twenty (two seconds) are not answered yet the next one waits.
const sender = `
const { workerData, parentPort } = require('node:worker_threads')
const { url, token, seconds, perBatch } = workerData
const event = (n) => JSON.stringify({
  id: 'offer-' + process.hrtime.bigint() + '-' + n,
  time: new Date().toISOString(),
  type: 'process',
  node: 'node-' + (n % 12),
  process: { pid: 1000 + (n % 30000), exe: '/usr/bin/curl', name: 'curl', user: 'app',
    commandLine: 'curl -s http://localhost:8080/api/items/' + n },
  parent: { pid: 900, exe: '/app/server', name: 'server', commandLine: '/app/server' },
  container: { id: 'c0ffee' + (n % 300), name: 'web', image: 'registry.example/shop/web:' + (n % 40) },
  pod: { namespace: 'shop-' + (n % 20), name: 'web-' + (n % 300) },
})
const waits = []
let next = 0, taken = 0
const post = async () => {
  const body = Array.from({ length: perBatch }, () => event(next++)).join('\\n')
  const begun = performance.now()
  const answer = await fetch(url, { method: 'POST', body,
    headers: { authorization: 'Bearer ' + token, 'content-type': 'application/x-ndjson' } })
  if (answer.status === 429 || answer.status === 503) return void (await answer.text())
  if (!answer.ok) throw new Error(answer.status + ' ' + await answer.text())
  await answer.text()
  taken += perBatch
  waits.push(performance.now() - begun)
}
const run = async () => {
  const begun = performance.now()
  const open = new Set()
  for (let batch = 0; batch < seconds * 10; batch++) {
    const due = begun + batch * 100 - performance.now()
    if (due > 0) await new Promise((r) => setTimeout(r, due))
    while (open.size >= 20) await Promise.race(open)
    if (performance.now() - begun > seconds * 1000) break
    const one = post().finally(() => open.delete(one))
    open.add(one)
  }
  await Promise.all(open)
  parentPort.postMessage({ perSecond: taken / ((performance.now() - begun) / 1000), waits })
}
run()
`

function offer(base: string): Promise<{ perSecond: number; p95: number }> {
  const url = `${base}/ingest/v1/process-events/eks-legacy`
  return new Promise((resolve, reject) => {
    const worker = new Worker(sender, {
      eval: true,
      workerData: { url, token, seconds, perBatch: perSecond / 10 },
    })
    worker.once('message', ({ perSecond: taken, waits }: { perSecond: number; waits: number[] }) => {
      resolve({ perSecond: taken, p95: quantile(waits, 0.95) })
    })
    worker.once('error', reject)
  })
}
