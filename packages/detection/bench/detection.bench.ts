import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { compile, parseRules } from '@cordon/sigma'
import type { TelemetryEvent } from '@cordon/telemetry'
import { createDetector, loadPack } from '../src/index.ts'

export interface BenchResult {
  name: string
  value: number
  unit: string
}

const recorded = join(import.meta.dirname, '../test/data/normal-day.jsonl.gz')

/** Speed of detection: events per second with the whole pack, and what ten times as many rules cost. */
export function bench(): BenchResult[] {
  const audit = auditEvents()
  const processes = processEvents(20_000)
  const hundred = costPerEvent(100)
  const thousand = costPerEvent(1000)
  return [
    { name: 'audit events, whole pack', value: rate(audit), unit: 'events/s' },
    { name: 'process events, whole pack', value: rate(processes), unit: 'events/s' },
    { name: 'cost of 1000 rules against 100', value: Math.round((thousand / hundred) * 100) / 100, unit: '×' },
    { name: 'Sigma engine, 1000 rules', value: Math.round(1e6 / thousand), unit: 'events/s' },
  ]
}

function rate(events: TelemetryEvent[]): number {
  const rules = loadPack()
  let best = 0
  for (let round = 0; round < 3; round++) {
    const detector = createDetector({ rules })
    const start = performance.now()
    for (const event of events) detector.process(event)
    best = Math.max(best, events.length / ((performance.now() - start) / 1000))
  }
  return Math.round(best)
}

/** Microseconds per process event with so many rules of the kinds that published rule sets have. */
function costPerEvent(count: number): number {
  const text = Array.from({ length: count }, (_, i) => syntheticRule(i)).join('---\n')
  const engine = compile(parseRules(text, { file: 'bench.yml' }))
  const source = { product: 'linux', category: 'process_creation' }
  const events = processEvents(5000).map((event) =>
    event.type === 'process' ? { Image: event.process.exe, CommandLine: event.process.commandLine } : {},
  )
  let best = Infinity
  for (let round = 0; round < 5; round++) {
    const start = performance.now()
    for (const event of events) engine.match(source, event)
    best = Math.min(best, ((performance.now() - start) * 1000) / events.length)
  }
  return best
}

function syntheticRule(i: number): string {
  const forms = [
    `sel: { Image|endswith: '/tool${i}', CommandLine|contains: ' --option${i % 7}' }\n  condition: sel`,
    `sel: { CommandLine|contains|all: ['word${i}', '/tmp/'] }\n  condition: sel`,
    `img: { Image|endswith: ['/a${i}', '/b${i}'] }\n  cli: { CommandLine|re: 'x${i}\\s+y' }\n  flt: { CommandLine|contains: 'ok' }\n  condition: img and cli and not flt`,
  ]
  return `title: r${i}\nlogsource: { product: linux, category: process_creation }\ndetection:\n  ${forms[i % forms.length]}\n`
}

function auditEvents(): TelemetryEvent[] {
  const lines = gunzipSync(readFileSync(recorded)).toString('utf8').split('\n')
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const raw = JSON.parse(line) as Record<string, unknown>
      const time = Date.parse(String(raw['stageTimestamp']))
      const auditId = String(raw['auditID'])
      const stage = String(raw['stage'])
      return {
        type: 'audit',
        id: `${auditId}/${stage}`,
        time,
        receivedAt: time,
        cluster: 'bench',
        source: 'kubernetes-audit',
        auditId,
        stage,
        raw,
      }
    })
}

const ordinary = [
  ['/usr/bin/curl', 'curl -fsS http://localhost:8080/health'],
  ['/bin/sh', 'sh -c pg_isready -U app -d app -h 127.0.0.1 -p 5432'],
  ['/usr/bin/python3', 'python3 /app/worker.py --queue default --concurrency 4'],
  ['/usr/bin/node', 'node /app/server.js'],
  ['/bin/grep', 'grep -c processor /proc/cpuinfo'],
  ['/usr/bin/java', 'java -Xmx512m -cp /app/lib/a.jar:/app/lib/b.jar org.example.Main --spring.profiles.active=prod'],
  ['/usr/bin/find', 'find /var/cache/app -type f -mtime +7 -delete'],
  ['/bin/cat', 'cat /proc/self/cgroup'],
]

function processEvents(count: number): TelemetryEvent[] {
  return Array.from({ length: count }, (_, i) => {
    const [exe = '', commandLine = ''] = ordinary[i % ordinary.length]!
    const time = Date.UTC(2026, 0, 1) + i * 50
    const name = exe.slice(exe.lastIndexOf('/') + 1)
    return {
      type: 'process',
      id: `p${i}`,
      time,
      receivedAt: time,
      cluster: 'bench',
      source: 'tetragon',
      node: `node${i % 10}`,
      process: { pid: 1000 + (i % 30_000), execId: `e${i}`, exe, name, commandLine, user: 'app', startedAt: time },
      parent: { pid: 1, execId: `init${i % 200}`, exe: '/app/init', name: 'init', commandLine: '/app/init' },
      ancestors: [],
      container: { id: `c${i % 200}`, name: 'main', image: 'registry.example/app:1' },
      pod: { namespace: 'shop', name: `app-${i % 200}` },
    }
  })
}

if (import.meta.main) console.table(bench())
