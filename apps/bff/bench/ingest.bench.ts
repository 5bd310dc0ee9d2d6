import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Worker } from 'node:worker_threads'
import { normaliseAudit, normaliseProcessEvents, storedRow, type Normalised, type Row } from '@cordon/telemetry'
import express from 'express'
import { embeddedEventStore } from '../src/adapters/clickhouse/create-event-store.ts'
import type { EventStore } from '../src/adapters/clickhouse/event-store.ts'
import { createIngest } from '../src/jobs/ingest/ingest.ts'

const rounds = 4
const requestsPerRound = 5
const perRequest = 2_000
const senders = 4

/** Events per second from HTTP request to durable answer, with detection that does nothing, on the embedded engine. */
export async function bench(): Promise<Record<string, number | string>> {
  const directory = mkdtempSync(join(tmpdir(), 'cordon-bench-'))
  const store = await embeddedEventStore(directory)
  const ingest = await createIngest({
    store,
    clusters: () => true,
    tokens: () => true,
    onEvents: () => {},
    setAside: () => Promise.resolve(),
    watermark: { get: () => Promise.resolve(undefined), set: () => Promise.resolve() },
  })
  await ingest.replayUndetected()
  const app = express()
  app.use(ingest.router)
  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    return {
      ...(await measure('audit', {
        url: `${url}/kubernetes-audit/bench`,
        store,
        body: auditBody,
        normalise: normaliseAudit,
      })),
      ...(await measure('process', {
        url: `${url}/process-events/bench`,
        store,
        body: processBody,
        normalise: normaliseProcessEvents,
      })),
    }
  } finally {
    ingest.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await store.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

interface Subject {
  url: string
  store: EventStore
  body(round: number): string
  normalise(body: unknown, ctx: { cluster: string; receivedAt: number }): Normalised
}

async function measure(name: string, subject: Subject): Promise<Record<string, number>> {
  const total = { ingest: 0, raw: 0, bytes: 0, longestWait: 0 }
  await send(subject.url, [subject.body(-1)]) // first touch of code and table
  // In turns, so that what else the machine does weighs on both.
  for (let round = 0; round < rounds; round += 1) {
    const first = round * requestsPerRound
    const bodies = Array.from({ length: requestsPerRound }, (_, at) => subject.body(first + at))
    total.bytes += bodies.reduce((sum, body) => sum + body.length, 0)
    const sent = await send(subject.url, bodies)
    total.ingest += sent.seconds
    total.longestWait = Math.max(total.longestWait, sent.longestWait)
    total.raw += await rawInsert(subject, 1_000_000 + first)
  }
  const events = rounds * requestsPerRound * perRequest
  return {
    [`${name}: events/s, request to durable answer`]: Math.round(events / total.ingest),
    [`${name}: MB/s`]: Number((total.bytes / 1e6 / total.ingest).toFixed(1)),
    [`${name}: share of raw insert of ready-made rows`]: Number((total.raw / total.ingest).toFixed(2)),
    [`${name}: longest wait of the event loop, ms`]: Math.round(total.longestWait),
  }
}

/** Seconds that ready-made rows of as many events take straight into the store. */
async function rawInsert(subject: Subject, first: number): Promise<number> {
  const rows: Row[] = []
  let table = ''
  for (let at = 0; at < requestsPerRound; at += 1) {
    const list = subject
      .body(first + at)
      .split('\n')
      .map((line) => JSON.parse(line) as unknown)
    for (const event of subject.normalise(list, { cluster: 'raw', receivedAt: Date.now() }).events) {
      const stored = storedRow(event, { batch: first, index: rows.length })
      table = stored.table
      rows.push(stored.row)
    }
  }
  const started = performance.now()
  await subject.store.insert(table, rows)
  return (performance.now() - started) / 1_000
}

// The senders run in a thread of their own, so that their work is not counted as ours.
const sender = `
const { workerData, parentPort } = require('node:worker_threads')
const { url, bodies, senders } = workerData
const headers = { authorization: 'Bearer bench', 'content-type': 'application/x-ndjson' }
let next = 0
const one = async () => {
  while (next < bodies.length) {
    const response = await fetch(url, { method: 'POST', body: bodies[next++], headers })
    if (response.status !== 200) throw new Error(await response.text())
    await response.text()
  }
}
parentPort.once('message', () => {
  const started = performance.now()
  Promise.all(Array.from({ length: senders }, one)).then(() => parentPort.postMessage((performance.now() - started) / 1000))
})
parentPort.postMessage('ready')
`

function send(url: string, bodies: string[]): Promise<{ seconds: number; longestWait: number }> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(sender, { eval: true, workerData: { url, bodies, senders } })
    const loop = monitorEventLoopDelay({ resolution: 5 })
    worker.on('message', (message: 'ready' | number) => {
      if (message === 'ready') {
        loop.enable()
        worker.postMessage('go', [])
        return
      }
      loop.disable()
      resolve({ seconds: message, longestWait: loop.max / 1e6 })
      void worker.terminate()
    })
    worker.once('error', reject)
  })
}

function auditBody(round: number): string {
  return Array.from({ length: perRequest }, (_, at) =>
    JSON.stringify({
      level: 'RequestResponse',
      auditID: `bench-${round}-${at}`,
      stage: 'ResponseComplete',
      requestURI: `/api/v1/namespaces/shop-${at % 20}/pods/web-${at % 300}`,
      verb: at % 3 === 0 ? 'create' : 'get',
      user: {
        username: `system:serviceaccount:shop:app-${at % 50}`,
        groups: ['system:serviceaccounts', 'system:authenticated'],
      },
      sourceIPs: [`10.244.${at % 8}.${at % 250}`],
      userAgent: 'kubectl/v1.36.2 (linux/amd64)',
      objectRef: { resource: 'pods', namespace: `shop-${at % 20}`, name: `web-${at % 300}`, apiVersion: 'v1' },
      responseStatus: { metadata: {}, code: 200 },
      requestObject: at % 3 === 0 ? podOf(at) : undefined,
      responseObject: podOf(at),
      stageTimestamp: new Date().toISOString(),
      annotations: { 'authorization.k8s.io/decision': 'allow' },
    }),
  ).join('\n')
}

function podOf(at: number): unknown {
  const containers = Array.from({ length: 2 }, (_, index) => ({
    name: `c${index}`,
    image: `registry.example/shop/web:${at % 40}`,
    args: ['--listen', ':8080', '--log-level=info'],
    env: [
      { name: 'APP_ENV', value: 'prod' },
      { name: 'REGION', value: `r${at % 5}` },
    ],
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    securityContext: { allowPrivilegeEscalation: false, runAsNonRoot: true },
  }))
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name: `web-${at % 300}`, labels: { app: 'web', version: `v${at % 9}` } },
    spec: { containers, nodeName: `node-${at % 12}` },
  }
}

function processBody(round: number): string {
  return Array.from({ length: perRequest }, (_, at) =>
    JSON.stringify({
      id: `bench-${round}-${at}`,
      time: new Date().toISOString(),
      node: `node-${at % 12}`,
      process: {
        pid: 1_000 + at,
        exe: '/usr/bin/curl',
        name: 'curl',
        commandLine: `curl -s -o /tmp/f${at} http://10.96.${at % 200}.1:8080/api/items/${round * perRequest + at}`,
        cwd: '/',
        user: 'app',
        uid: 1000,
      },
      parent: { pid: 900, exe: '/bin/sh', name: 'sh', commandLine: `sh -c run-job ${at % 100}` },
      container: { id: `c0ffee${at % 300}`, name: 'web', image: `registry.example/shop/web:${at % 40}` },
      pod: {
        namespace: `shop-${at % 20}`,
        name: `web-${at % 300}`,
        uid: `uid-${at % 300}`,
        workload: 'web',
        workloadKind: 'Deployment',
      },
    }),
  ).join('\n')
}
