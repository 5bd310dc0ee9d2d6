import {
  actions,
  networkPlugins,
  type Judged,
  type ProbeResult,
  type SeenConnection,
  type Verdict,
} from '@cordon/response'
import type { Cluster } from '../inventory/cluster.ts'
import { partsOf, type StoredAction } from './action-store.ts'
import { readEnforcer } from './read-enforcer.ts'
import { readView } from './read-view.ts'

export interface Checks {
  probe: ProbeResult | null
  probeExpected: boolean
  wasInForce: boolean
  acceptedPaths: string[]
  deadline: Date
  /** Connections of this pod that a sensor reported as opened after the isolation was in force. */
  connectionsSince(uid: string, since: Date): SeenConnection[]
}

// Enforcers program a policy within seconds (measured: at most 4.2 s under load); connections before that prove nothing.
const programmingMs = 5_000

/** Looks at the cluster now and says what is true of an action. Reads only. */
export async function check(cluster: Cluster, stored: StoredAction, checks: Checks): Promise<Verdict> {
  const { action, plan } = stored
  const read = await readView(cluster, action.target, null)
  const contains = actions[action.type].contains !== undefined
  const view = contains ? { ...read, enforcer: await readEnforcer(cluster, action.target, read) } : read
  const since = provenSince(stored, checks.probe)
  const judged: Judged = {
    view,
    actionId: action.id,
    target: action.target,
    parts: partsOf(plan),
    releases: plan.releases,
    plugin: networkPlugins(view, view.pod?.spec.nodeName)[0],
    probe: checks.probe,
    connectionsSeen: since ? checks.connectionsSince(action.target.uid, since) : [],
    now: new Date().toISOString(),
    deadline: checks.deadline.toISOString(),
    wasInForce: checks.wasInForce,
    acceptedPaths: checks.acceptedPaths,
    probeExpected: checks.probeExpected,
  }
  return actions[action.type].judge(judged)
}

/** From when on a connection that was seen speaks against the containment: a probe was blocked, or time has passed. */
function provenSince({ action }: StoredAction, probe: ProbeResult | null): Date | undefined {
  if (probe?.target === 'blocked' && probe.control === 'connected') return new Date(probe.at)
  if (!action.appliedAt) return undefined
  const programmed = new Date(action.appliedAt).getTime() + programmingMs
  // While it was broken nothing was promised.
  const mended = action.state === 'broken' ? Date.now() : 0
  return new Date(Math.max(programmed, mended))
}
