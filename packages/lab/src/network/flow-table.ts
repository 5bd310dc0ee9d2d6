import type { Peer, World } from '@cordon/netpol'
import { randomUUID } from 'node:crypto'
import type { ConnectResult, NetworkService, OpenConnection } from '../ports.ts'
import type { PluginBehaviour } from './plugin-behaviour.ts'
import { policyState } from './policy-state.ts'

export interface Query {
  port: number
  protocol: 'TCP' | 'UDP'
}

export interface FlowEnds {
  from: Peer
  to: Peer
  query: Query
}

/** What is known of a connection about to open. */
export interface NewFlow extends FlowEnds {
  source: OpenConnection['from']
  target: OpenConnection['to']
  service: NetworkService
}

interface Flow {
  open: OpenConnection
  ends: FlowEnds
}

export interface FlowTable {
  open(flow: NewFlow): ConnectResult
  of(podUid: string): OpenConnection[]
  /** Ends every flow of a pod that left the network. */
  drop(podUid: string): void
  /** Judges all open flows after a programmed change and cuts those the plugin would cut. */
  judge(world: World, podName: (uid: string) => string | undefined): void
}

export interface FlowTableOptions {
  behaviour: PluginBehaviour
  allowed(ends: FlowEnds): boolean
  /** How long a request over a cut flow hangs before the program gives up. */
  starveMs: number
}

/** The open connections of a cluster: connection tracking, seen from the plugin's side. */
export function createFlowTable({ behaviour, allowed, starveMs }: FlowTableOptions): FlowTable {
  const flows = new Map<string, Flow>()
  let states = new Set<string>()

  /** No answer comes: after the usual wait for a cut flow, at once when the other end is gone. */
  const starve = async (id: string): Promise<never> => {
    const tracked = flows.has(id)
    await new Promise((resolve) => setTimeout(resolve, tracked ? starveMs : 0))
    throw new Error(tracked ? 'connection timed out' : 'connection reset by peer')
  }

  return {
    open({ source, target, service, ...ends }) {
      const { protocol } = ends.query
      const openedAt = new Date().toISOString()
      const connection: OpenConnection = { id: randomUUID(), from: source, to: target, protocol, openedAt, alive: true }
      flows.set(connection.id, { open: connection, ends })
      return {
        ok: true,
        connection,
        async request(request) {
          if (!connection.alive) return starve(connection.id)
          const response = await service({ ...request, sourceIP: source.ip, host: target.host })
          return connection.alive ? response : starve(connection.id)
        },
        close() {
          connection.alive = false
          flows.delete(connection.id)
        },
      }
    },
    of: (podUid) =>
      [...flows.values()]
        .map((flow) => flow.open)
        .filter((open) => open.from.podUid === podUid || open.to.podUid === podUid),
    drop(podUid) {
      for (const [id, { open }] of flows) {
        if (open.from.podUid !== podUid && open.to.podUid !== podUid) continue
        open.alive = false
        flows.delete(id)
      }
    },
    judge(world, podName) {
      if (behaviour.openFlows === 'survive') return
      const before = states
      states = policyState(world)
      for (const { open, ends } of flows.values()) {
        if (!open.alive || allowed(ends)) continue
        const changed = [open.from.podUid, open.to.podUid].some((uid) => {
          const name = uid && podName(uid)
          return name && before.has(name) !== states.has(name)
        })
        if (behaviour.openFlows === 'cut' || changed) open.alive = false
      }
    },
  }
}
