import { type Lab, type LabCluster, type LabOptions, startLab } from '@cordon/lab'
import { entityKey } from '@cordon/entities'
import { type Action, consoleClusterRole } from '@cordon/response'
import type { schemas } from '@cordon/contract'
import { everything } from '@cordon/rbac'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { z } from 'zod'
import { loadContexts } from '../../src/adapters/kubernetes/contexts.ts'
import type { Actor, Deps } from '../../src/deps.ts'
import { releaseExpired } from '../../src/features/actions/release-expired.ts'
import { requestAction } from '../../src/features/actions/request-action.ts'
import type { Clusters } from '../../src/jobs/inventory/cluster.ts'
import { startInventory } from '../../src/jobs/inventory/inventory.ts'
import { readAction } from '../../src/jobs/run-actions/action-store.ts'
import type { RunnerPorts } from '../../src/jobs/run-actions/drive-action.ts'
import { type ActionRunner, startActionRunner } from '../../src/jobs/run-actions/runner.ts'
import { watchContainment } from '../../src/jobs/watch-containment/watch-containment.ts'

type Request = z.input<(typeof schemas)['actionRequest']['body']>

export const analyst: Actor = { name: 'ada', displayName: 'Ada', role: 'analyst', scope: everything, via: 'session' }
export const lead: Actor = { name: 'lee', displayName: 'Lee', role: 'lead', scope: everything, via: 'session' }

export interface ResponseLab {
  deps: Deps
  lab: Lab
  clusters: Clusters
  ports: RunnerPorts
  runner(): ActionRunner
  broken: Action[]
  /** A request as an administrator of the cluster makes it, past the console. */
  admin(
    cluster: string,
    method: string,
    uri: string,
    body?: unknown,
    contentType?: string,
  ): Promise<{ status: number; body: any }> // any: answers of every kind
  /** The name of a running pod of this app. */
  pod(cluster: string, namespace: string, app: string, index?: number): { name: string; uid: string; ip: string }
  /** Can a new connection be opened between two pods now? Asked of the lab's network, not of ours. */
  connects(
    cluster: string,
    from: { namespace: string; name: string },
    to: { host: string; port: number },
  ): Promise<boolean>
  request(
    target: { cluster: string; namespace: string; name: string; uid?: string; kind?: string },
    more: Partial<Request> & Pick<Request, 'type'>,
    options?: { as?: Actor; key?: string },
  ): Promise<Action>
  /** Waits until the action is in one of these states. */
  until(id: string, states: Action['state'][], ms?: number): Promise<Action>
  watch(): void
  close(): Promise<void>
}

const account = { namespace: 'cordon', name: 'cordon-console' }

/** The lab's real API servers over TLS, the console's own account, the real database and the real jobs. */
export async function responseLab(
  options: Partial<LabOptions> & { probe?: boolean; role?: { rules: object[] }; deps?: Deps } = {},
): Promise<ResponseLab> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'cordon-response-'))
  // The test runner's database only where there is one: benchmarks bring their own.
  const own = options.deps ? undefined : await import('../server.ts').then((m) => m.testDeps())
  const deps = options.deps ?? own!
  const role = { ...consoleClusterRole({ probe: true, evict: true }), ...options.role }
  const rbac = 'rbac.authorization.k8s.io'
  const lab = await startLab({
    clusters: ['aks-prod'],
    quiet: true,
    enforcementDelayMs: 50,
    connectTimeoutMs: 100,
    ...options,
    dataDir,
    bootstrap: () => [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: account.namespace } },
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: account },
      role,
      {
        apiVersion: `${rbac}/v1`,
        kind: 'ClusterRoleBinding',
        metadata: { name: 'cordon-console' },
        roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'cordon-console' },
        subjects: [{ kind: 'ServiceAccount', ...account }],
      },
    ],
    tokensFor: () => [account],
  })
  const kubeconfig = path.join(dataDir, 'kubeconfig')
  lab.writeKubeconfig(kubeconfig, { serviceaccount: account })
  const contexts = await loadContexts(kubeconfig, undefined, 'cordon-test')
  const clusters = startInventory({
    contexts,
    commitUnrecorded: deps.commitUnrecorded,
    bus: deps.bus,
    log: deps.log,
    db: { goneSince: async () => undefined },
  })
  await clusters.ready(20_000)
  const ports: RunnerPorts = {
    deps,
    clusters,
    processesOf: async () => [],
    connectionsSince: () => [],
    probe: options.probe === false ? null : { image: 'busybox:1.37' },
  }
  let runner: ActionRunner | undefined
  let containment: ReturnType<typeof watchContainment> | undefined
  const broken: Action[] = []
  const until: ResponseLab['until'] = async (id, states, ms = 15_000) => {
    const end = Date.now() + ms
    for (;;) {
      const action = (await readAction(deps.db, id))?.action
      if (action && states.includes(action.state)) return action
      if (Date.now() > end)
        throw new Error(`action ${id} is ${action?.state}, not ${states.join(' or ')}: ${action?.outcome}`)
      await sleep(20)
    }
  }
  const clusterOf = (name: string): LabCluster => lab.cluster(name)
  return {
    deps,
    lab,
    clusters,
    ports,
    broken,
    runner: () => (runner ??= startActionRunner(ports)),
    admin: (cluster, method, uri, body, contentType) =>
      clusterOf(cluster).api.handle({
        method: method as 'GET',
        uri,
        body,
        headers: contentType ? { 'content-type': contentType } : {},
        identity: { username: 'someone', groups: ['system:masters', 'system:authenticated'] },
        userAgent: 'kubectl/v1.31.4',
        sourceIPs: ['198.51.100.9'],
      }),
    pod(cluster, namespace, app, index = 0) {
      const pods = clusterOf(cluster)
        .api.list('', 'pods', namespace)
        .filter((p) => p.metadata.labels?.app === app && !p.metadata.deletionTimestamp)
      const pod = pods[index]
      if (!pod) throw new Error(`no pod of ${app} in ${namespace}`)
      return { name: pod.metadata.name, uid: pod.metadata.uid, ip: pod.status.podIP }
    },
    async connects(cluster, from, to) {
      const { api, network } = clusterOf(cluster)
      const podUid = api.read('', 'pods', from.namespace, from.name)?.metadata.uid ?? ''
      const result = await network.connect({ podUid }, { ...to, protocol: 'TCP' })
      if (result.ok) result.close()
      return result.ok
    },
    request: ({ cluster, namespace, name, uid, kind }, more, { as = analyst, key } = {}) =>
      requestAction(
        { deps, clusters, poke: () => runner?.poke() },
        as,
        {
          comment: 'test',
          options: {},
          source: 'api',
          incidentId: null,
          ...more,
          target: {
            key: kind
              ? entityKey('workload', cluster, namespace, kind, name)
              : entityKey('pod', cluster, namespace, name),
            uid,
          },
        },
        key,
      ),
    until,
    watch() {
      containment = watchContainment({
        ...ports,
        onBroken: async (action) => void broken.push(action),
        releaseExpired: (action) => releaseExpired({ deps, clusters, poke: () => runner?.poke() }, action),
      })
    },
    async close() {
      await containment?.close()
      await runner?.close()
      await clusters.close()
      await lab.stop()
      await own?.drop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
