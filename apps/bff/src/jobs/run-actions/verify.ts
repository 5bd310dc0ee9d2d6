import {
  type Action,
  judgeIsolation,
  judgeRelease,
  judgeTermination,
  networkPlugins,
  type ProbeResult,
  type Verdict,
} from '@cordon/response'
import type { Cluster } from '../inventory/cluster.ts'
import { readView } from './read-view.ts'

export interface Checks {
  probe: ProbeResult | null
  probeExpected: boolean
  wasInForce: boolean
  acceptedPaths: string[]
  deadline: Date
  /** Connections of this pod that a sensor reported as opened after the isolation was in force. */
  connectionsSince(uid: string, since: Date): { at: string; text: string }[]
}

/** Looks at the cluster now and says what is true of an action. Reads only. */
export async function check(
  cluster: Cluster,
  action: Action,
  releases: string | undefined,
  checks: Checks,
): Promise<Verdict> {
  const view = await readView(cluster, action.target, null)
  const [now, deadline] = [new Date().toISOString(), checks.deadline.toISOString()]
  if (action.type === 'terminate-pod') return judgeTermination(view, action.target.uid, now, deadline)
  if (action.type === 'release-pod') return judgeRelease(view, releases ?? '', action.target.uid, now, deadline)
  const since = action.verifiedAt ?? action.appliedAt
  return judgeIsolation({
    view,
    actionId: action.id,
    targetUid: action.target.uid,
    plugin: networkPlugins(view, view.pod?.spec.nodeName)[0],
    probe: checks.probe,
    connectionsSeen: since ? checks.connectionsSince(action.target.uid, new Date(since)) : [],
    now,
    deadline,
    wasInForce: checks.wasInForce,
    acceptedPaths: checks.acceptedPaths,
    probeExpected: checks.probeExpected,
  })
}
