import type { TelemetryEvent } from '@cordon/telemetry'

type Loose = Record<string, unknown>

const start = Date.UTC(2026, 0, 12, 9, 0, 0)

/**
 * Completes an event of a `cases.yml`: members a case doesn't care about get ordinary values. Processes run in a
 * container unless the case says `place: node`; `after` is the distance to the first event in seconds.
 */
export function caseEvent(source: Loose, number: number): TelemetryEvent {
  const { after, place, ...given } = source
  const time = start + number * 1000 + (typeof after === 'number' ? after * 1000 : 0)
  const base = { id: `case-${number}`, time, receivedAt: time, cluster: 'lab' }
  if (given['type'] === 'audit') {
    const raw = given['raw'] as Loose
    const auditId = (raw['auditID'] as string | undefined) ?? `audit-${number}`
    return {
      ...base,
      source: 'kubernetes-audit',
      auditId,
      stage: String(raw['stage']),
      ...given,
    } as unknown as TelemetryEvent
  }
  const parent = given['parent'] as Loose | undefined
  const inContainer = {
    container: { id: 'c0ffee', name: 'main', image: 'registry.example/shop/web:1.4', imageDigest: 'sha256:1111' },
    pod: {
      namespace: 'shop',
      name: 'web-0',
      uid: 'pod-uid',
      workload: 'web',
      workloadKind: 'StatefulSet',
      serviceAccount: 'web',
      ip: '10.244.0.9',
    },
  }
  return {
    ...base,
    source: 'process-events',
    node: 'node1',
    ...(place === 'node' ? {} : inContainer),
    ...(given['type'] === 'process' ? { ancestors: [] } : {}),
    ...given,
    process: process(given['process'] as Loose, 100 + number, time),
    ...(parent ? { parent: process(parent, 50, start) } : {}),
  } as unknown as TelemetryEvent
}

function process(source: Loose, pid: number, startedAt: number): Loose {
  const exe = String(source['exe'] ?? '')
  return { pid, startedAt, name: exe.slice(exe.lastIndexOf('/') + 1), commandLine: exe, user: 'nginx', ...source }
}
