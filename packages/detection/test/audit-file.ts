import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { TelemetryEvent } from '@cordon/telemetry'

const folder = join(import.meta.dirname, 'data')

export interface Labels {
  scenario: string
  labels: { truth: 'malicious' | 'benign'; what: string; auditIDs: string[] }[]
  contextAuditIDs?: string[]
}

/** Recorded scenarios: audit events of a real cluster, one labels file each. */
export function scenarios(): Labels[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.labels.json'))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Labels)
}

export function rawEvents(scenario: string): Record<string, unknown>[] {
  const text = gunzipSync(readFileSync(join(folder, `${scenario}.jsonl.gz`))).toString('utf8')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

export function auditEvents(scenario: string): TelemetryEvent[] {
  return rawEvents(scenario).map(auditEvent)
}

export function auditEvent(raw: Record<string, unknown>): TelemetryEvent {
  const time = Date.parse(String(raw['stageTimestamp']))
  const auditId = String(raw['auditID'])
  const stage = String(raw['stage'])
  return {
    type: 'audit',
    id: `${auditId}/${stage}`,
    time,
    receivedAt: time,
    cluster: 'lab',
    source: 'kubernetes-audit',
    auditId,
    stage,
    raw,
  }
}
