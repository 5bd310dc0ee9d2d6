import type { KqlEngine } from './adapters/kql/kql-engine.ts'
import type { Deps, Handlers } from './deps.ts'
import { requestAction } from './features/actions/request-action.ts'
import { customDetectionHandlers } from './features/custom-detections/handlers.ts'
import type { DetectionPorts } from './features/custom-detections/ports.ts'
import { startScheduler } from './features/custom-detections/scheduler.ts'
import { createBackgroundHunts } from './features/hunting/background-hunts.ts'
import type { Guard } from './features/hunting/guarded.ts'
import type { ClusterSide } from './open-clusters.ts'
import type { Events } from './open-events.ts'

export interface CustomDetectionParts {
  deps: Deps
  events: Pick<Events, 'store' | 'record' | 'lastBatch'>
  side: Pick<ClusterSide, 'clusters' | 'poke'>
  kql: KqlEngine
  guard: Guard
}

/** Joins custom detections with hunting, which runs their queries, and with response, which they ask. */
export function openCustomDetections({ deps, events, side, kql, guard }: CustomDetectionParts): {
  handlers: Pick<Handlers, Extract<keyof Handlers, `customDetection${string}`>>
  stop(): Promise<void>
} {
  const ports: DetectionPorts = {
    deps,
    hunts: createBackgroundHunts({ db: deps.db, store: events.store, engine: kql }, guard),
    record: events.record,
    lastBatch: events.lastBatch,
    request: (author, { type, targetKey, incidentId, comment, reason, idempotencyKey }) =>
      requestAction(
        { deps, clusters: side.clusters, poke: side.poke },
        author,
        { type, target: { key: targetKey }, comment, incidentId, source: 'custom-detection', options: {} },
        idempotencyKey,
        { id: null, targets: 1, waitsBecause: reason },
      ),
  }
  const scheduler = startScheduler(ports)
  return { handlers: customDetectionHandlers(ports, scheduler), stop: scheduler.stop }
}
