import type { ApiGate } from './api-gate.ts'
import type { ClusterWorld } from './cluster-world.ts'
import type { SensorGate } from './sensor-gate.ts'

/** Trouble on demand, for tests and rehearsals. Everything can be taken back. */
export interface LabFaults {
  /** Requests from outside take that much longer; `Infinity` = never answered; null = normal. */
  hangApi(ms: number | null): void
  /** The API server's port is closed. */
  refuseApi(on: boolean): Promise<void>
  /** Median time until a policy is in force; 0 = at once. */
  enforcementDelayMs(ms: number): void
  /** The network plugin's agents are stuck: policies and labels are stored and nothing of them comes into force. */
  holdEnforcement(on: boolean): void
  /** Audit batches are lost on the way. */
  dropAudit(on: boolean): void
  /** Runtime events are lost. */
  dropRuntime(on: boolean): void
  /** The node stops talking: nothing on it is reported, deleted pods stay Terminating. */
  nodeDown(node: string, down: boolean): void
}

export function createFaults(parts: {
  world: ClusterWorld
  gate: ApiGate
  audit: { dropping: boolean }
  sensor: SensorGate
}): LabFaults {
  const { world, gate, audit, sensor } = parts
  return {
    hangApi: gate.hang,
    refuseApi: gate.refuse,
    enforcementDelayMs: world.network.setEnforcementDelay,
    holdEnforcement: world.network.holdEnforcement,
    dropAudit(on) {
      audit.dropping = on
    },
    dropRuntime(on) {
      sensor.dropping = on
    },
    nodeDown(node, down) {
      const kubelet = world.kubelets.get(node)
      if (!kubelet) throw new Error(`no node ${node}`)
      kubelet.setDown(down)
    },
  }
}
