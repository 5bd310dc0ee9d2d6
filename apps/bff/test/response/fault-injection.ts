import { ClusterUnreachable, type KubeClient, type KubeRequest } from '../../src/adapters/kubernetes/kube-client.ts'
import type { Deps } from '../../src/deps.ts'

export const pace = { retryDelaysMs: [0, 0, 1, 1, 2, 2, 3], pollMs: 100, deadlineMs: 3_000 }

export class Killed extends Error {}

/** One life of the process: once it is killed, nothing it starts gets anywhere. */
export interface Life {
  alive: boolean
  /** Calls (writes to cluster or database) until it is killed; Infinity = never. */
  left: number
}

export interface Trouble {
  random: () => number
  /** Chance of a fault per request. */
  rate: number
  /** Someone else's act, before a write of ours. */
  meddle?: () => Promise<void>
  meddleAt: number
  /** From this write on, and for that many requests, the cluster is away or refuses. */
  outage: { at: number; length: number; refuses: boolean }
  writes: number
  /** Policies that we deleted ourselves, by name, and how often. */
  ownDeletions: Map<string, number>
  count: { faults: number; kills: number; meddling: number }
}

function spend(life: Life, trouble: Trouble): void {
  if (!life.alive) throw new Killed()
  if (life.left-- > 0) return
  life.alive = false
  trouble.count.kills++
  throw new Killed()
}

/** Dies before or after a transaction, never within: that is the database's promise. */
export function mortal(deps: Deps, life: Life, trouble: Trouble): Pick<Deps, 'commit' | 'commitUnrecorded'> {
  const around =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      spend(life, trouble)
      const result = await call(...args)
      spend(life, trouble)
      return result
    }
  return {
    commit: around(deps.commit) as Deps['commit'],
    commitUnrecorded: around(deps.commitUnrecorded) as Deps['commitUnrecorded'],
  }
}

const statusBody = (code: number) => ({ kind: 'Status', status: 'Failure', code, message: `injected ${code}` })

/** Stands between us and the API server: lost requests, lost answers, error answers, other hands, our own death. */
export function injecting(client: KubeClient, life: Life, trouble: Trouble): KubeClient {
  return {
    ...client,
    async request(request: KubeRequest) {
      const writes = (request.method ?? 'GET') !== 'GET' && !request.path.includes('subjectaccessreviews')
      if (!life.alive) throw new Killed()
      if (writes) {
        if (trouble.writes++ === trouble.meddleAt && trouble.meddle) {
          trouble.count.meddling++
          await trouble.meddle()
        }
        spend(life, trouble)
      }
      const { outage } = trouble
      if (trouble.writes > outage.at && outage.length-- > 0) {
        trouble.count.faults++
        if (!outage.refuses) throw new ClusterUnreachable('injected: the cluster is away', false)
        if (writes) return { status: 403, body: statusBody(403) }
      }
      const fault = trouble.random() < trouble.rate ? Math.floor(trouble.random() * (writes ? 7 : 4)) : -1
      if (fault >= 0) trouble.count.faults++
      if (fault === 0) return { status: 429, body: statusBody(429) }
      if (fault === 1) return { status: 500, body: statusBody(500) }
      if (fault === 2) return { status: 503, body: statusBody(503) }
      if (fault === 3) throw new ClusterUnreachable('injected: connection cut before the request', false)
      if (fault === 4) return { status: 409, body: statusBody(409) }
      const answer = await client.request(request)
      if (request.method === 'DELETE' && answer.status < 300 && request.path.includes('policies/')) {
        const name = request.path.split('/').at(-1) ?? ''
        trouble.ownDeletions.set(name, (trouble.ownDeletions.get(name) ?? 0) + 1)
      }
      if (fault === 5) throw new ClusterUnreachable('injected: connection cut after the write', true)
      if (fault === 6) throw new ClusterUnreachable('injected: no answer in time', true)
      if (writes) spend(life, trouble)
      return answer
    },
  }
}
