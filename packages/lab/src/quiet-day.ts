import type { ClusterUser, QuietAct } from './clusters/cluster-spec.ts'
import { ComponentClient } from './controllers/component-client.ts'
import { apiTime } from './controllers/pod-state.ts'
import type { KubeApi } from './ports.ts'

export interface QuietDayOptions {
  api: KubeApi
  users: ClusterUser[]
  acts: QuietAct[]
  /** Mean time between two acts. */
  everyMs: number
}

/** People and machines at their ordinary work: a benign act now and then, under their own names. */
export function startQuietDay(options: QuietDayOptions): () => void {
  if (options.acts.length === 0 || options.everyMs <= 0) return () => undefined
  const total = options.acts.reduce((sum, item) => sum + item.weight, 0)
  let timer: NodeJS.Timeout
  const plan = () => {
    // Exponential waits, as independent people produce them.
    timer = setTimeout(run, -Math.log(1 - Math.random()) * options.everyMs)
  }
  const run = () => {
    let point = Math.random() * total
    const chosen = options.acts.find((item) => (point -= item.weight) < 0) ?? options.acts[0]!
    const user = options.users.find((item) => item.name === chosen.user)
    // A refused act is ordinary life too.
    if (user) void perform(clientOf(options.api, user), chosen.act).catch(() => undefined)
    plan()
  }
  plan()
  return () => clearTimeout(timer)
}

export function clientOf(api: KubeApi, user: ClusterUser): ComponentClient {
  const identity = { username: user.name, groups: [...user.groups, 'system:authenticated'] }
  return new ComponentClient(api, { identity, userAgent: user.userAgent, sourceIP: user.sourceIP })
}

async function perform(client: ComponentClient, act: QuietAct['act']): Promise<void> {
  switch (act.do) {
    case 'list':
      await client.call('GET', act.path)
      return
    case 'scale': {
      const path = `/apis/apps/v1/namespaces/${act.namespace}/deployments/${act.deployment}/scale`
      const [low, high] = act.between
      const body = { spec: { replicas: low + Math.floor(Math.random() * (high - low + 1)) } }
      await client.call('PATCH', path, body, 'application/merge-patch+json')
      return
    }
    case 'restart': {
      const path = `/apis/apps/v1/namespaces/${act.namespace}/deployments/${act.deployment}`
      const annotations = { 'kubectl.kubernetes.io/restartedAt': apiTime() }
      const body = { spec: { template: { metadata: { annotations } } } }
      await client.call('PATCH', path, body, 'application/strategic-merge-patch+json')
      return
    }
    case 'configure': {
      const path = `/api/v1/namespaces/${act.namespace}/configmaps/${act.configMap}`
      await client.call('PATCH', path, { data: { REVIEWED_AT: apiTime() } }, 'application/merge-patch+json')
    }
  }
}
