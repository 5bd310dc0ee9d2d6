/**
 * What one source event became: the normalised event that detection, correlation and the process tree read.
 * `telemetry` makes these from what API servers and runtime sensors send; the event tables store them as rows.
 */
export type TelemetryEvent = AuditEvent | ProcessEvent | ProcessExitEvent | ConnectionEvent | DnsEvent

/** Which product sent the event. */
export type TelemetrySource = 'kubernetes-audit' | 'aks' | 'eks' | 'gke' | 'falco' | 'tetragon' | 'process-events'

export interface EventBase {
  /** Identity for de-duplication within a cluster: `<auditID>/<stage>` or the sensor's event id. */
  id: string
  /** Epoch milliseconds of the event by its own clock. */
  time: number
  /** Epoch milliseconds at which the ingest endpoint took it. */
  receivedAt: number
  cluster: string
  source: TelemetrySource
  /** What the normaliser had to note about this event; absent when nothing. */
  flags?: EventFlag[]
  /** The cloud's id of the cluster as the envelope told it (Azure resource id, ARN, GCP resource). */
  cloudResource?: string
}

/**
 * `clock-ahead`: stamped more than 5 minutes after receipt. `late`: stamped more days ago than the store keeps.
 * `no-usable-time`: no readable timestamp, so the time of receipt stands in. `redacted`: secrets were taken out.
 * `truncated`: over-long text or bodies were cut.
 */
export type EventFlag = 'clock-ahead' | 'late' | 'no-usable-time' | 'redacted' | 'truncated'

/** One `audit.k8s.io/v1` Event, whole, as Sigma's Kubernetes audit rules address it. */
export interface AuditEvent extends EventBase {
  type: 'audit'
  auditId: string
  stage: string
  /** The raw event; unknown members are kept. */
  raw: Record<string, unknown>
}

export interface ProcessEvent extends EventBase {
  type: 'process'
  node?: string
  process: ProcessFacts
  parent?: ProcessFacts
  /** Grandparent and up, nearest first, as far as the sensor told. */
  ancestors: ProcessFacts[]
  /** Absent for processes on the node itself. */
  container?: ContainerFacts
  pod?: PodFacts
  /** Present when the sensor reported something a running process did, not its start. */
  activity?: ProcessActivity
  /** The sensor's own verdict, when its rule fired. */
  sensorAlert?: SensorAlert
  /** Members of the sensor's record that have no place here, as sent. */
  extra?: Record<string, unknown>
}

/** Something a process did besides starting, e.g. a Falco rule on `openat` or a Tetragon kprobe. */
export interface ProcessActivity {
  /** System call or kernel function as the sensor names it. */
  call: string
  file?: string
}

export interface SensorAlert {
  rule: string
  priority?: string
  output?: string
  tags?: string[]
}

export interface ProcessExitEvent extends EventBase {
  type: 'process-exit'
  node?: string
  process: ProcessFacts
  container?: ContainerFacts
  pod?: PodFacts
  exitCode?: number
  /** Name of the signal that ended it, e.g. SIGKILL. */
  signal?: string
}

export interface ConnectionEvent extends EventBase {
  type: 'connection'
  node?: string
  process: ProcessFacts
  container?: ContainerFacts
  pod?: PodFacts
  destination: { ip: string; port: number; domain?: string }
  protocol: 'tcp' | 'udp'
  result?: 'connected' | 'refused' | 'timeout' | 'unknown'
  sensorAlert?: SensorAlert
}

/** A DNS question, or the answer to one, as a sensor read it off the wire. */
export interface DnsEvent extends EventBase {
  type: 'dns'
  node?: string
  /** Absent where the sensor sees the network only. */
  process?: ProcessFacts
  container?: ContainerFacts
  pod?: PodFacts
  /** The name asked for, without the final dot. */
  query: string
  /** A, AAAA, TXT … */
  queryType?: string
  subType: 'request' | 'response'
  /** NOERROR, NXDOMAIN …; of responses. */
  responseCode?: string
  /** From question to answer. */
  durationMs?: number
  transactionId?: number
  /** Data of the answers: addresses, names. */
  answers?: string[]
  /** Address of the resolver. */
  server?: string
  /** Address that asked, where no process is known. */
  client?: string
  sensorAlert?: SensorAlert
}

export interface ProcessFacts {
  pid: number
  /** Sensor's process identity that survives pid reuse (Tetragon exec_id), where there is one. */
  execId?: string
  /** Absolute path where known, else the name. */
  exe: string
  name: string
  /** Secrets already redacted. */
  commandLine: string
  cwd?: string
  user?: string
  uid?: number
  tty?: boolean
  startedAt?: number
  /** The binary isn't part of the image: true/false as the sensor says, undefined when it cannot tell. */
  drift?: boolean
}

export interface ContainerFacts {
  id: string
  name?: string
  image?: string
  imageDigest?: string
  privileged?: boolean
  startedAt?: number
}

export interface PodFacts {
  namespace: string
  name: string
  uid?: string
  labels?: Record<string, string>
  workload?: string
  workloadKind?: string
  serviceAccount?: string
  ip?: string
}
