/**
 * The seams inside the lab: what the API server, the nodes, the network and the programs in containers need of each
 * other. Each has one real implementation; they are wired in `lab-cluster.ts`.
 */

/** A Kubernetes object as JSON. Deeper shapes are read where they are needed. */
export interface KubeObject {
  apiVersion: string
  kind: string
  metadata: ObjectMeta
  spec?: any // any: free-form JSON of every kind; each reader knows its own part
  status?: any // any: as spec
  [key: string]: any // any: data, rules, subjects … differ per kind
}

export interface ObjectMeta {
  name: string
  namespace?: string
  generateName?: string
  uid: string
  resourceVersion: string
  generation?: number
  creationTimestamp: string
  deletionTimestamp?: string
  deletionGracePeriodSeconds?: number
  labels?: Record<string, string>
  annotations?: Record<string, string>
  finalizers?: string[]
  ownerReferences?: OwnerReference[]
}

export interface OwnerReference {
  apiVersion: string
  kind: string
  name: string
  uid: string
  controller?: boolean
  blockOwnerDeletion?: boolean
}

/** Who makes a request, as authentication resolved it. */
export interface Identity {
  username: string
  uid?: string
  groups: string[]
  extra?: Record<string, string[]>
}

/** One request, as it arrives over TLS or from a component inside the control plane. */
export interface ApiRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Path with query string, e.g. `/api/v1/namespaces/shop/pods?limit=500`. */
  uri: string
  headers?: Record<string, string>
  body?: unknown
  identity: Identity
  userAgent: string
  sourceIPs: string[]
}

export interface ApiResponse {
  status: number
  headers: Record<string, string>
  body: any // any: object, list, Table or Status, by the request
}

export interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED'
  object: KubeObject
}

/** The API server as components of the same cluster see it. */
export interface KubeApi {
  /** Full pipeline: authorization, admission, storage, audit. Never rejects: errors are `Status` bodies. */
  handle(request: ApiRequest): Promise<ApiResponse>
  /** Reads the store directly, without authorization or audit (components' caches). `resource` is the plural, `group` '' for core. */
  read(group: string, resource: string, namespace: string | undefined, name: string): KubeObject | undefined
  list(group: string, resource: string, namespace?: string): KubeObject[]
  /** Calls back for every change from now on, in order. Returns the stop function. */
  watch(group: string, resource: string, listener: (event: WatchEvent) => void): () => void
  /** Who a bearer token belongs to; undefined when it is unknown, expired or its pod is gone. Requests from inside pods present one. */
  authenticate(bearerToken: string): Identity | undefined
}

/** What pods/exec, attach and log need of the container runtime. */
export interface ContainerRuntime {
  exec(target: ContainerRef, command: string[], io: ExecStreams): Promise<ExecResult>
  logs(
    target: ContainerRef,
    options: LogOptions,
  ): { text: string; follow(onText: (text: string) => void): () => void } | undefined
}

export interface ContainerRef {
  namespace: string
  pod: string
  podUid: string
  container: string
}

export interface ExecStreams {
  stdin?: AsyncIterable<Uint8Array>
  stdout(chunk: Uint8Array): void
  stderr(chunk: Uint8Array): void
  tty: boolean
  /** Aborts the command when the client hangs up. */
  signal: AbortSignal
}

export interface ExecResult {
  exitCode: number
  /** Set when the command could not be started at all, e.g. not in the image. */
  startError?: string
}

export interface LogOptions {
  previous: boolean
  tailLines?: number
  sinceSeconds?: number
  sinceTime?: string
  timestamps: boolean
  limitBytes?: number
}

/** The kubelet's side of the container runtime. */
export interface PodRuntime extends ContainerRuntime {
  /**
   * Starts the containers of a pod that was bound to a node and has its IP (`status.podIP`). Resolves when all have
   * started. Called again for a running pod, it starts those that ended (restartPolicy) and new ephemeral ones; the
   * others stay.
   */
  startPod(pod: KubeObject): Promise<StartedContainer[]>
  /** Sends SIGTERM, waits up to the grace period, then SIGKILL. Resolves when no process is left. */
  stopPod(podUid: string, graceSeconds: number): Promise<void>
  /** Called when the main process of a container ends by itself. */
  onExit(listener: (exit: { podUid: string; container: string; exitCode: number; finishedAt: string }) => void): void
}

export interface StartedContainer {
  name: string
  containerID: string
  image: string
  imageID: string
  startedAt: string
  /** Set instead of running: `ErrImagePull`, `CreateContainerError` … */
  waitingReason?: string
}

/** The pod network: who can reach whom under the NetworkPolicies in force at this moment. */
export interface PodNetwork {
  /** Tries a new connection. Takes as long as the network would; a blocked one is refused or times out as the plugin does. */
  connect(from: NetworkSource, to: { host: string; port: number; protocol: 'TCP' | 'UDP' }): Promise<ConnectResult>
  /** Registers a listener of a process in a pod. Returns the function that closes it. */
  listen(podUid: string, port: number, protocol: 'TCP' | 'UDP', service: NetworkService): () => void
  /** Cluster DNS and the lab's outside world. Undefined when the name does not exist. Needs no connection. */
  resolve(from: NetworkSource, name: string): string | undefined
  /** Open connections of a pod, both directions (what `ss` in the pod would show). */
  connections(podUid: string): OpenConnection[]
}

export type NetworkSource = { podUid: string } | { node: string }

/** Answers requests that reach a listener; the lab speaks HTTP-like request/response over its connections. */
export type NetworkService = (request: NetworkRequest) => Promise<NetworkResponse>

export interface NetworkRequest {
  method: string
  path: string
  headers: Record<string, string>
  body: string
  sourceIP: string
  host: string
}

export interface NetworkResponse {
  status: number
  headers: Record<string, string>
  body: string
}

export type ConnectResult =
  | {
      ok: true
      connection: OpenConnection
      request(r: Omit<NetworkRequest, 'sourceIP' | 'host'>): Promise<NetworkResponse>
      close(): void
    }
  | { ok: false; reason: 'refused' | 'timeout' | 'no-route' | 'unknown-host' }

export interface OpenConnection {
  id: string
  from: { ip: string; podUid?: string }
  to: { ip: string; port: number; podUid?: string; host: string }
  protocol: 'TCP' | 'UDP'
  openedAt: string
  /** False once the plugin has cut it. */
  alive: boolean
}

/** A process that started in a container or on a node, as an eBPF sensor sees it at execve. */
export interface ProcessStart {
  time: string
  node: string
  pid: number
  ppid: number
  exe: string
  /** argv, argv[0] included. */
  args: string[]
  cwd: string
  uid: number
  user: string
  /** Ancestors, parent first. */
  ancestors: { pid: number; exe: string; args: string[] }[]
  tty: boolean
  /** The executable was written after the container started (not in the image). */
  upperLayer: boolean
  execId: string
  parentExecId: string
  pod?: {
    namespace: string
    name: string
    uid: string
    labels: Record<string, string>
    workload: string
    workloadKind: string
    serviceAccount: string
    ip: string
    container: { name: string; id: string; image: string; imageID: string; startedAt: string; privileged: boolean }
  }
}

/** A process that ended, for sensors that report exits. */
export interface ProcessEnd {
  time: string
  execId: string
  exitCode: number
  signal?: string
}

/** An outgoing connection of a process, tried at connect(). */
export interface ConnectAttempt {
  time: string
  process: ProcessStart
  destination: { ip: string; port: number; host: string }
  protocol: 'TCP' | 'UDP'
  result: 'connected' | 'refused' | 'timeout' | 'no-route'
}

/** Receives what happens in containers and on nodes; formats and ships it as the cluster's sensor product would. */
export interface RuntimeSensor {
  processStarted(event: ProcessStart): void
  processEnded(event: ProcessEnd): void
  connectAttempted(event: ConnectAttempt): void
}
