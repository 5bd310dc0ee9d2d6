import type { KubeApi } from '../ports.ts'
import { ApiRefusal, ComponentClient } from './component-client.ts'
import { workQueue, type WorkQueue } from './work-queue.ts'

export type Stop = () => void

/** Lengths of time the controllers work with, in milliseconds; tests shorten them. */
export interface ControllerTiming {
  /** How late the disruption controller notices a pod that left its selector (measured: about 30 s). */
  disruptionResyncMs: number
  /** Garbage collection of dependents: shortest and longest wait (measured: 0.1–0.5 s). */
  garbageDelayMs: [number, number]
  /** Wait before a failed Job pod is replaced; doubles per failure. */
  jobBackoffMs: number
  /** How often leases and node status are renewed; real clusters renew every 10 s, the lab keeps the audit log calm. */
  heartbeatMs: number
  /** How long after a missed heartbeat a node counts as unreachable. */
  nodeGraceMs: number
}

export const defaultTiming: ControllerTiming = {
  disruptionResyncMs: 30_000,
  garbageDelayMs: [100, 500],
  jobBackoffMs: 10_000,
  heartbeatMs: 120_000,
  nodeGraceMs: 40_000,
}

/** What every controller works with. */
export interface ControlPlane {
  api: KubeApi
  timing: ControllerTiming
  /** Client of a controller that runs as a service account of kube-system inside kube-controller-manager. */
  controller(account: string): ComponentClient
  /** Client of another control plane component by its user name, e.g. `system:kube-scheduler`. */
  component(username: string, userAgent: string, groups?: string[]): ComponentClient
  /** Queue whose failures are reported to `onFault`. */
  queue(name: string, handle: (key: string) => Promise<void>, parallel?: number): WorkQueue
}

export interface ControlPlaneOptions {
  api: KubeApi
  /** Server version, e.g. `v1.31.5`. */
  version: string
  /** Address the control plane's own requests come from. */
  address: string
  timing?: Partial<ControllerTiming>
  /** Hears of failures that are not ordinary conflicts, for diagnosis. */
  onFault?: (component: string, error: unknown) => void
}

export function createControlPlane(options: ControlPlaneOptions): ControlPlane {
  const { api, address } = options
  const build = `(linux/amd64) kubernetes/${commitOf(options.version)}`
  const version = options.version.split(/[-+]/)[0]
  return {
    api,
    timing: { ...defaultTiming, ...options.timing },
    controller(account) {
      const username = `system:serviceaccount:kube-system:${account}`
      const groups = ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated']
      const userAgent = `kube-controller-manager/${version} ${build}/${username}`
      return new ComponentClient(api, { identity: { username, groups }, userAgent, sourceIP: address })
    },
    component(username, agent, groups = []) {
      const [program, ...rest] = agent.split('/')
      const userAgent = `${program}/${version} ${build}${rest.length > 0 ? `/${rest.join('/')}` : ''}`
      const identity = { username, groups: [...groups, 'system:authenticated'] }
      return new ComponentClient(api, { identity, userAgent, sourceIP: address })
    },
    queue(name, handle, parallel) {
      return workQueue(handle, {
        ...(parallel ? { parallel } : {}),
        onError: (_key, error) => {
          const ordinary = error instanceof ApiRefusal && (error.status === 409 || error.status === 404)
          if (!ordinary) options.onFault?.(name, error)
        },
      })
    },
  }
}

/** Seven hex digits that stand for the build commit in user agents; stable per version. */
export function commitOf(version: string): string {
  let hash = 0x811c9dc5
  for (const char of version) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0
  return hash.toString(16).padStart(8, '0').slice(0, 7)
}
