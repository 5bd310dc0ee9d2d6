import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { ProcessEvent, TelemetryEvent } from '@cordon/telemetry'

/** A recorded day of a quiet cluster: one audit event a line. */
export function auditLines(): string[] {
  const file = join(import.meta.dirname, '../test/data/normal-day.jsonl.gz')
  return gunzipSync(readFileSync(file)).toString('utf8').split('\n').filter(Boolean)
}

export function auditEvents(lines: readonly string[]): TelemetryEvent[] {
  return lines.map((line) => {
    const raw = JSON.parse(line) as Record<string, unknown>
    const time = Date.parse(String(raw['stageTimestamp']))
    const auditId = String(raw['auditID'])
    const stage = String(raw['stage'])
    const base = { time, receivedAt: time, cluster: 'bench', source: 'kubernetes-audit' as const }
    return { ...base, type: 'audit', id: `${auditId}/${stage}`, auditId, stage, raw }
  })
}

const ordinary: [exe: string, commandLine: (i: number) => string][] = [
  ['/usr/bin/curl', (i) => `curl -fsS http://localhost:8080/health?probe=${i}`],
  ['/bin/sh', (i) => `sh -c pg_isready -U app -d app${i} -h 127.0.0.1 -p 5432`],
  ['/usr/bin/python3', (i) => `python3 /app/worker.py --queue default --job ${i}`],
  ['/usr/bin/node', (i) => `node /app/server.js --id ${i}`],
  ['/bin/grep', (i) => `grep -c processor${i} /proc/cpuinfo`],
  ['/usr/bin/java', (i) => `java -Xmx512m -cp /app/lib/a.jar:/app/lib/b.jar org.example.Main --run ${i}`],
  ['/usr/bin/sort', (i) => `sort -o /data/out-${i}.csv /data/in-${i}.csv`],
  ['/bin/cat', (i) => `cat /etc/config/app-${i}.conf`],
]

/** Programs that services start all day, no two command lines alike, in this many containers. */
export function processes(count: number, containers: number): ProcessEvent[] {
  return Array.from({ length: count }, (_, i) => {
    const [exe, commandLine] = ordinary[i % ordinary.length] ?? ['/bin/true', () => 'true']
    const time = Date.UTC(2026, 0, 1) + i * 50
    const container = i % containers
    return {
      type: 'process',
      id: `p${i}`,
      time,
      receivedAt: time,
      cluster: 'bench',
      source: 'tetragon',
      node: `node${i % 10}`,
      process: {
        pid: 1000 + (i % 30_000),
        execId: `e${i}`,
        exe,
        name: exe.slice(exe.lastIndexOf('/') + 1),
        commandLine: commandLine(i),
        user: 'app',
        startedAt: time,
      },
      parent: { pid: 1, execId: `init${container}`, exe: '/app/init', name: 'init', commandLine: '/app/init' },
      ancestors: [],
      container: { id: `c${container}`, name: 'main', image: 'registry.example/app:1' },
      pod: { namespace: 'shop', name: `app-${container}` },
    }
  })
}

/** The same as a sensor's lines in Cordon's own schema. */
export function processLines(events: readonly ProcessEvent[]): string[] {
  return events.map(({ id, time, node, process, parent, container, pod }) =>
    JSON.stringify({ id, time: new Date(time).toISOString(), type: 'process', node, process, parent, container, pod }),
  )
}

/**
 * What this many containers start, round by round: a server, a shell of it, then programs of that shell. The sensor
 * tells no more than the parent, and no two events share a text.
 */
export function* busyContainers(containers: number, rounds: number): Generator<ProcessEvent> {
  for (let round = 0; round < rounds; round++)
    for (let i = 0; i < containers; i++) yield JSON.parse(JSON.stringify(busyEvent(i, round))) as ProcessEvent
}

function busyEvent(container: number, round: number): ProcessEvent {
  const time = Date.UTC(2026, 0, 1) + round * 1000
  const made = (id: string, exe: string, commandLine: string) => {
    const execId = `bm9kZS0x${container}:${id}:AAAAAAAAAAAAAAAAAAAA`
    const name = exe.slice(exe.lastIndexOf('/') + 1)
    return { pid: round + 1, execId, exe, name, commandLine, cwd: '/app', user: 'app', uid: 1000, startedAt: time }
  }
  const server = made('server', '/usr/bin/node', `/usr/bin/node /app/server.js --workload ${container % 500}`)
  const shell = made('shell', '/bin/sh', '/bin/sh -c /app/worker.sh')
  const probe = made(
    `probe${round}`,
    '/usr/bin/curl',
    `curl -fsS http://localhost:8080/health?probe=${container}-${round}`,
  )
  const [process, parent] = [[server], [shell, server]][round] ?? [probe, shell]
  return {
    type: 'process',
    id: `b${container}-${round}`,
    time,
    receivedAt: time,
    cluster: 'bench',
    source: 'tetragon',
    node: `node${container % 100}`,
    process: process!,
    ...(parent ? { parent } : {}),
    ancestors: [],
    container: { id: `${container.toString(16)}${'0123456789abcdef'.repeat(4)}`.slice(0, 64), name: 'main' },
    pod: { namespace: 'shop', name: `app-${container}` },
  }
}
