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

const events = 40_000
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
  const raw = await rawInsert(subject)
  const bodies = Array.from({ length: events / perRequest }, (_, round) => subject.body(round))
  const bytes = bodies.reduce((sum, body) => sum + body.length, 0)
  await send(subject.url, [subject.body(-1)]) // first touch of code and table
  const loop = monitorEventLoopDelay({ resolution: 5 })
  loop.enable()
  const seconds = await send(subject.url, bodies)
  loop.disable()
  const perSecond = events / seconds
  return {
    [`${name}: events/s, request to durable answer`]: Math.round(perSecond),
    [`${name}: MB/s`]: Number((bytes / 1e6 / seconds).toFixed(1)),
    [`${name}: share of raw insert of ready-made rows`]: Number((perSecond / raw).toFixed(2)),
    [`${name}: longest wait of the event loop, ms`]: Math.round(loop.max / 1e6),
  }
}

/** Events per second when ready-made rows go straight into the store. */
async function rawInsert(subject: Subject): Promise<number> {
  const batches: { table: string; rows: Row[] }[] = []
  for (let round = 0; round < events / perRequest; round += 1) {
    const list = subject
      .body(1_000 + round)
      .split('\n')
      .map((line) => JSON.parse(line) as unknown)
    const stored = subject
      .normalise(list, { cluster: 'raw', receivedAt: Date.now() })
      .events.map((event, index) => storedRow(event, { batch: round, index }))
    batches.push({ table: stored[0]?.table ?? '', rows: stored.map(({ row }) => row) })
  }
  const started = performance.now()
  for (let at = 0; at < batches.length; at += 5) {
    const some = batches.slice(at, at + 5)
    await subject.store.insert(
      some[0]?.table ?? '',
      some.flatMap(({ rows }) => rows),
    )
  }
  return events / ((performance.now() - started) / 1_000)
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
const started = performance.now()
Promise.all(Array.from({ length: senders }, one)).then(() => parentPort.postMessage((performance.now() - started) / 1000))
`

function send(url: string, bodies: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(sender, { eval: true, workerData: { url, bodies, senders } })
    worker.once('message', resolve)
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
