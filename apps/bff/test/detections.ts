import { entityKey, type Evidence } from '@cordon/entities'
import type { Detection } from '@cordon/incidents'
import { randomUUID } from 'node:crypto'

/** Evidence of a pod in cluster `c`. */
export function podEvidence(pod: string, more: Partial<Evidence> = {}): Evidence {
  const [namespace = 'shop', name = 'web'] = pod.split('/')
  return { key: entityKey('pod', 'c', namespace, name), kind: 'pod', name, role: 'attacked', facts: {}, ...more }
}

/** A detection on a pod (`namespace/name`) as the rules would hand it over. */
export function detection(pod: string, more: Partial<Detection> = {}): Detection {
  const id = randomUUID()
  return {
    ruleId: 'web-shell',
    title: 'Possible Web Shell activity detected',
    description: 'A web server started a shell.',
    severity: 'medium',
    tier: 'workload-runtime',
    tactics: ['execution'],
    techniques: ['T1059'],
    cluster: 'c',
    namespace: pod.split('/')[0],
    time: Date.now(),
    dedupeKey: `web-shell|c|${pod}`,
    evidence: [podEvidence(pod)],
    relations: [],
    events: [{ table: 'CloudProcessEvents', id, time: new Date().toISOString(), summary: 'sh -c id' }],
    response: ['Isolate the pod'],
    falsePositives: [],
    ...more,
  }
}
