import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { quantile, startServer, token, until } from './server-process.ts'

/**
 * The whole server as a process, with its lab: start to healthy, memory of all its processes at rest and under load,
 * events per second through ingest, store and detection over HTTP, and the time from a POST to its alert in the API.
 */
export async function bench(): Promise<Record<string, number | string>> {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'cordon-bench-'))
  const begun = performance.now()
  const server = await startServer(dataDir)
  try {
    const healthy = performance.now() - begun
    const { base, pid } = server
    await sleep(15_000) // the first attack is over, caches are filled
    const rest = memoryOf(pid)
    const single = await timesToAlert(base, 30)
    const load = await throughput(base, 40, 1_000)
    const loaded = memoryOf(pid)
    const underLoad = await timesToAlert(base, 10)
    return {
      'start to healthy, first start (s)': healthy / 1000,
      'memory at rest, all processes (MB)': rest,
      'memory after load, all processes (MB)': loaded,
      'audit events/s: HTTP, store, detection': load,
      'POST → alert in the API, p50 (ms)': quantile(single, 0.5),
      'POST → alert in the API, p95 (ms)': quantile(single, 0.95),
      'POST → alert in the API after load, p95 (ms)': quantile(underLoad, 0.95),
    }
  } finally {
    await server.stop()
    fs.rmSync(dataDir, { recursive: true, force: true })
  }
}

/** A privileged pod made by hand: one event, one alert. */
function privilegedPod(name: string) {
  const now = new Date().toISOString()
  const pod = {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name, namespace: 'bench' },
    spec: { containers: [{ name: 'c', image: 'busybox', securityContext: { privileged: true } }] },
  }
  return event('create', 'pods', name, {
    requestObject: pod,
    responseObject: pod,
    responseStatus: { metadata: {}, code: 201 },
    requestReceivedTimestamp: now,
    stageTimestamp: now,
  })
}

function event(verb: string, resource: string, name: string, more: object) {
  const now = new Date().toISOString()
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'RequestResponse',
    auditID: randomUUID(),
    stage: 'ResponseComplete',
    requestURI: `/api/v1/namespaces/bench/${resource}/${name}`,
    verb,
    user: { username: 'bench-user', groups: ['system:authenticated'] },
    sourceIPs: ['10.200.0.51'],
    userAgent: 'kubectl/v1.36.2 (linux/amd64) kubernetes/1362a0b',
    objectRef: { resource, namespace: 'bench', name, apiVersion: 'v1' },
    responseStatus: { metadata: {}, code: 200 },
    requestReceivedTimestamp: now,
    stageTimestamp: now,
    annotations: { 'authorization.k8s.io/decision': 'allow' },
    ...more,
  }
}

async function post(base: string, items: object[]): Promise<void> {
  const body = JSON.stringify({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items })
  const answer = await fetch(`${base}/ingest/v1/kubernetes-audit/eks-legacy`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
  })
  if (!answer.ok) throw new Error(`ingest answered ${answer.status}: ${await answer.text()}`)
}

async function timesToAlert(base: string, rounds: number): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < rounds; i++) {
    const name = `bench-${randomUUID().slice(0, 8)}`
    const begun = performance.now()
    await post(base, [privilegedPod(name)])
    const url = `${base}/api/v1/alerts?entity=${encodeURIComponent(`pod:eks-legacy/bench/${name}`)}`
    await until(async () => {
      const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
      return ((await answer.json()) as { items: unknown[] }).items.length > 0
    }, 20_000)
    times.push(performance.now() - begun)
  }
  return times
}

async function throughput(base: string, batches: number, size: number): Promise<number> {
  const bodies = Array.from({ length: batches }, () =>
    Array.from({ length: size }, (_, i) => event('get', 'pods', `reader-${i % 50}`, { level: 'Request' })),
  )
  const begun = performance.now()
  let next = 0
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let i = next++; i < bodies.length; i = next++) await post(base, bodies[i] ?? [])
    }),
  )
  // Detection is through with them when a newer event has become an alert.
  await timesToAlert(base, 1)
  return (batches * size) / ((performance.now() - begun) / 1000)
}

/** Proportional set size of a process and its descendants: shared pages count once. Linux only; NaN elsewhere. */
function memoryOf(root: number): number {
  if (process.platform !== 'linux') return Number.NaN
  const parents = new Map<number, number>()
  for (const entry of fs.readdirSync('/proc').filter((e) => /^\d+$/.test(e))) {
    const stat = tryRead(`/proc/${entry}/stat`)
    if (stat) parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]))
  }
  const isOurs = (pid: number): boolean => pid === root || (parents.has(pid) && isOurs(parents.get(pid) ?? 0))
  const sizes = [...parents.keys()]
    .filter(isOurs)
    .map((pid) => Number(/^Pss:\s+(\d+)/m.exec(tryRead(`/proc/${pid}/smaps_rollup`) ?? '')?.[1] ?? 0))
  return sizes.reduce((a, b) => a + b, 0) / 1024
}

function tryRead(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch {
    return undefined // the process has ended meanwhile, or isn't ours to read
  }
}
