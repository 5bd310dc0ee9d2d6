import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

export const webhookBodies = ['01', '02', '03', '04', '05', '06', '07'].map((name) => `${name}.json.gz`)
export const scenarios = [
  'chain-web-pod-to-cluster-admin',
  'exec-by-user-websocket',
  'metadata-level-mix',
  'wildcard-clusterrole',
].map((name) => `${name}.jsonl.gz`)

/** A recorded file, inflated. */
export function recorded(name: string): string {
  return gunzipSync(readFileSync(new URL(`data/${name}`, import.meta.url))).toString('utf8')
}

/** Events of a recorded file. */
export function recordedEvents(name: string): Record<string, unknown>[] {
  const text = recorded(name)
  return name.includes('.jsonl')
    ? text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : JSON.parse(text).items
}

let serial = 0

/** A small audit event of now with an id of its own. */
export function auditEvent(change: Record<string, unknown> = {}): Record<string, unknown> {
  serial += 1
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: `00000000-0000-4000-8000-${process.pid.toString(16).padStart(6, '0')}${serial.toString(16).padStart(6, '0')}`,
    stage: 'ResponseComplete',
    requestURI: '/api/v1/namespaces/shop/pods/web-0',
    verb: 'get',
    user: { username: 'alice', groups: ['system:authenticated'] },
    sourceIPs: ['203.0.113.9', '10.200.0.7'],
    userAgent: 'kubectl/v1.36.2',
    objectRef: { resource: 'pods', namespace: 'shop', name: 'web-0', apiVersion: 'v1' },
    responseStatus: { metadata: {}, code: 200 },
    stageTimestamp: new Date().toISOString(),
    ...change,
  }
}

export function eventList(items: unknown[]): string {
  return JSON.stringify({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items })
}
