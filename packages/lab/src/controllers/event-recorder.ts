import type { KubeObject } from '../ports.ts'
import type { ComponentClient } from './component-client.ts'
import { apiTime } from './pod-state.ts'
import { kinds } from './resource-kinds.ts'

export interface EventToRecord {
  type: 'Normal' | 'Warning'
  reason: string
  message: string
  /** `spec.containers{name}` for events of one container. */
  fieldPath?: string
}

/** Writes Kubernetes events of one component; repetitions raise the count of the first instead of adding objects. */
export interface EventRecorder {
  record(about: KubeObject, event: EventToRecord): void
}

let sequence = 0

/** Events are best effort: a refused event never disturbs the work it reports. */
export function eventRecorder(client: ComponentClient, component: string, host = ''): EventRecorder {
  const seen = new Map<string, { namespace: string; name: string; count: number }>()
  return {
    record(about, event) {
      const namespace = about.metadata.namespace ?? 'default'
      const identity = `${about.metadata.uid}/${event.reason}/${event.fieldPath ?? ''}/${event.message}`
      const earlier = seen.get(identity)
      const now = apiTime()
      if (earlier) {
        earlier.count++
        void client
          .patch(kinds.event, earlier, { count: earlier.count, lastTimestamp: now })
          .catch(() => seen.delete(identity))
        return
      }
      // Names end in the time in nanoseconds; the sequence stands in for the digits the clock does not have.
      const stamp = (BigInt(Date.now()) * 1_000_000n + BigInt(sequence++ % 1_000_000)).toString(16)
      const name = `${about.metadata.name}.${stamp}`
      if (seen.size > 2000) seen.clear()
      seen.set(identity, { namespace, name, count: 1 })
      const body = {
        kind: 'Event',
        apiVersion: 'v1',
        metadata: { name, namespace },
        involvedObject: involved(about, event.fieldPath),
        reason: event.reason,
        message: event.message,
        source: { component, ...(host ? { host } : {}) },
        firstTimestamp: now,
        lastTimestamp: now,
        count: 1,
        type: event.type,
        eventTime: null,
        reportingComponent: component,
        reportingInstance: host,
      }
      void client.create(kinds.event, namespace, body).catch(() => seen.delete(identity))
    },
  }
}

function involved(about: KubeObject, fieldPath?: string) {
  return {
    kind: about.kind,
    ...(about.metadata.namespace ? { namespace: about.metadata.namespace } : {}),
    name: about.metadata.name,
    uid: about.metadata.uid,
    apiVersion: about.apiVersion,
    resourceVersion: about.metadata.resourceVersion,
    ...(fieldPath ? { fieldPath } : {}),
  }
}
