import { createCertificateAuthority } from './api/certificate-authority.ts'
import { listenTls } from './api/tls-listener.ts'
import { webhookAuditSink } from './api/webhook-audit-sink.ts'
import { openApiGate } from './api-gate.ts'
import { applyManifests } from './apply-manifests.ts'
import { openClusterFiles } from './cluster-files.ts'
import { startClusterWorld, type ClusterWorld } from './cluster-world.ts'
import type { LabClusterSpec, Manifest } from './clusters/cluster-spec.ts'
import { isStale } from './controllers/component-client.ts'
import type { ControllerTiming } from './controllers/control-plane.ts'
import { createPodRuntime } from './containers/pod-runtime.ts'
import { createFaults, type LabFaults } from './faults.ts'
import { kubeconfigText } from './kubeconfig.ts'
import type { LabNetwork } from './network/pod-network.ts'
import type { Identity, KubeApi, PodRuntime } from './ports.ts'
import { startQuietDay } from './quiet-day.ts'
import { openSensorGate, type RuntimeSink } from './sensor-gate.ts'
import { createStore } from './store/store.ts'

export interface ClusterSinks {
  /** Where the audit webhook posts `audit.k8s.io/v1` EventLists. */
  audit?: { url: string; token: string }
  runtime?: RuntimeSink
}

export interface ServiceAccountName {
  namespace: string
  name: string
}

export interface LabClusterOptions {
  spec: LabClusterSpec
  dataDir: string
  sinks: ClusterSinks
  /** Objects of whoever starts the lab, created by an administrator before anything is reported. */
  bootstrapManifests: Manifest[]
  /** Accounts to hand out long-lived tokens for. */
  serviceAccountTokens: ServiceAccountName[]
  /** Median time until a network policy is in force. */
  enforcementDelayMs: number
  connectTimeoutMs: number
  startDelayMs: number
  /** Mean time between benign acts of people; 0 = none. */
  quietEveryMs: number
  /** How often workloads talk to their peers; 0 = never. */
  peerIntervalMs: number
  timing?: Partial<ControllerTiming>
  onFault(component: string, error: unknown): void
}

/** One lab cluster, reachable like any other: a URL, a CA and tokens. */
export interface LabCluster {
  name: string
  serverUrl: string
  caPem: string
  adminToken: string
  /** Tokens of the accounts asked for. */
  tokens: (ServiceAccountName & { token: string })[]
  /** Long-lived token of a service account. @throws when the account does not exist */
  tokenFor(namespace: string, serviceAccount: string): string
  /** Tokens of the cluster's people by name. */
  userTokens: Record<string, string>
  faults: LabFaults
  /** The insides, for tests and simulations that run in the same process. */
  api: KubeApi
  network: LabNetwork
  runtime: PodRuntime
  kubeconfig(token: string, user: string): string
  /** Sends what audit log and sensor still hold. */
  flush(): Promise<void>
  stop(): Promise<void>
}

// Batches leave within a second, and a receiver that starts later than the cluster still gets them.
const AUDIT_DELIVERY = { batchMaxWaitMs: 1000, maxAttempts: 40 }

const TEN_YEARS_S = 10 * 365 * 86_400

/** Starts one cluster, or brings it back from its folder. Resolves once its pods run and its port answers. */
export async function startLabCluster(options: LabClusterOptions): Promise<LabCluster> {
  const { spec } = options
  const files = openClusterFiles(options.dataDir, spec.name)
  const authority = await createCertificateAuthority({ dir: files.dir, name: spec.name })
  const store = createStore({ snapshotPath: files.statePath })
  const webhook = options.sinks.audit && webhookAuditSink({ ...options.sinks.audit, ...AUDIT_DELIVERY })
  const sensor = openSensorGate(spec, options.sinks.runtime)
  const adminToken = files.token('lab-admin')
  const userTokens = Object.fromEntries(spec.users.map((user) => [user.name, files.token(user.name)]))
  // Set up silently: reporting begins once the cluster runs.
  const audit = { dropping: true }
  const runtimes: { close(): void }[] = []

  const world = await startClusterWorld({
    spec,
    store,
    api: {
      caPem: authority.caPem,
      serviceAccountKeyPem: authority.serviceAccountKeyPem,
      staticTokens: identities(spec, adminToken, userTokens),
      auditSink: (events) => {
        if (!audit.dropping) webhook?.(events)
      },
    },
    createRuntime({ network, api, serviceAccountToken }) {
      const runtime = createPodRuntime({
        network,
        sensor,
        serviceAccountToken,
        clusterCa: authority.caPem,
        read: api.read,
        kernelVersion: spec.nodes[0]?.kernelVersion,
        peerIntervalMs: options.peerIntervalMs,
      })
      runtimes.push(runtime)
      return runtime
    },
    enforcementDelayMs: options.enforcementDelayMs,
    connectTimeoutMs: options.connectTimeoutMs,
    startDelayMs: 0,
    timing: options.timing,
    onFault: options.onFault,
  })
  try {
    await applyManifests(world.admin, [...spec.manifests, ...options.bootstrapManifests])
  } catch (error) {
    // Without this the half-started cluster would keep the process alive.
    world.stop()
    for (const runtime of runtimes) runtime.close()
    await store.close()
    throw error
  }
  if (!(await world.settled(20_000))) options.onFault(spec.name, new Error(unsettled(world)))
  await beginDeletions(world, spec)

  // Only now the outside world watches: what happened so far is how the cluster was set up.
  audit.dropping = false
  sensor.open()
  world.setStartDelay(options.startDelayMs)
  const serving = await authority.issueServing([
    'localhost',
    '127.0.0.1',
    'kubernetes',
    'kubernetes.default.svc',
    spec.apiAddress,
    `${spec.serviceRange}.0.1`,
  ])
  const listener = await listenTls(world.api, { ...serving, caPem: authority.caPem })
  const target = () => listener.port
  const gate = await openApiGate({ target, port: files.port }).catch((error: unknown) => {
    options.onFault(spec.name, new Error(`port ${files.port} is taken, the cluster gets another one: ${String(error)}`))
    return openApiGate({ target })
  })
  files.keepPort(gate.port)
  const stopQuietDay = startQuietDay({
    api: world.api,
    users: spec.users,
    acts: spec.quietDay,
    everyMs: options.quietEveryMs,
  })
  const serverUrl = `https://127.0.0.1:${gate.port}`
  const { caPem } = authority

  return {
    name: spec.name,
    serverUrl,
    caPem,
    adminToken,
    userTokens,
    tokens: options.serviceAccountTokens.map(({ namespace, name }) => ({
      namespace,
      name,
      token: longLivedToken(world, namespace, name),
    })),
    tokenFor: (namespace, serviceAccount) => longLivedToken(world, namespace, serviceAccount),
    faults: createFaults({ world, gate, audit, sensor }),
    api: world.api,
    network: world.network,
    runtime: world.runtime,
    kubeconfig: (token, user) => kubeconfigText([{ cluster: spec.name, serverUrl, caPem, token, user }]),
    async flush() {
      await Promise.all([webhook?.flush(), sensor.flush()])
    },
    async stop() {
      stopQuietDay()
      await gate.close()
      await listener.close()
      world.stop()
      for (const runtime of runtimes) runtime.close()
      await webhook?.close()
      sensor.close()
      await store.close()
    },
  }
}

function identities(
  spec: LabClusterSpec,
  adminToken: string,
  userTokens: Record<string, string>,
): Map<string, Identity> {
  const tokens = new Map<string, Identity>([[adminToken, { username: 'lab-admin', groups: ['system:masters'] }]])
  for (const user of spec.users) tokens.set(userTokens[user.name]!, { username: user.name, groups: user.groups }) // made for every user
  return tokens
}

function longLivedToken(world: ClusterWorld, namespace: string, serviceAccount: string): string {
  if (!world.api.read('', 'serviceaccounts', namespace, serviceAccount)) {
    throw new Error(`no service account ${namespace}/${serviceAccount}`)
  }
  const { tokens } = world.api.context
  const audiences = [tokens.issuer]
  return tokens.issue({ namespace, serviceAccount, audiences, expirationSeconds: TEN_YEARS_S }).token
}

/** Pods that a cluster shows as stuck in termination are deleted once, right after they ran. */
async function beginDeletions(world: ClusterWorld, spec: LabClusterSpec): Promise<void> {
  for (const { namespace, name } of spec.terminating ?? []) {
    const pod = world.api.read('', 'pods', namespace, name)
    if (!pod || pod.metadata.deletionTimestamp) continue
    await world.admin.call('DELETE', `/api/v1/namespaces/${namespace}/pods/${name}`).catch((error: unknown) => {
      if (!isStale(error)) throw error
    })
  }
}

function unsettled(world: ClusterWorld): string {
  const waiting = world.api
    .list('', 'pods')
    .filter(
      (pod) =>
        pod.status?.phase !== 'Succeeded' &&
        !pod.status?.containerStatuses?.every((item: { ready: boolean }) => item.ready),
    )
    .map((pod) => `${pod.metadata.namespace}/${pod.metadata.name}`)
  return `not ready in time: ${waiting.join(', ') || 'replicas missing'}`
}
