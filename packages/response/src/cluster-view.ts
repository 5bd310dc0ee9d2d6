import type { EnforcerObjects } from './enforcer-objects.ts'

/**
 * What an action needs to know of a cluster, read just before it is decided and again before it acts. Objects are the
 * Kubernetes API's JSON, cut down to what is read here; a reader may hand over more.
 */
export interface ClusterView {
  cluster: string
  /** Why the cluster could not be read, in words; everything else is then empty. */
  unreachable: string | null
  /** `gitVersion` of /version, e.g. `v1.31.5`. */
  serverVersion: string | null
  /** Undefined when no pod of that name exists. */
  pod: Pod | undefined
  node: KubeNode | undefined
  /** Running pods of the target's node that could be network agents, and those of the other nodes. */
  agentPods: Pod[]
  /** ConfigMaps by name that tell what an agent enforces: `cilium-config`, `amazon-vpc-cni`. Null = may not be read. */
  agentConfig: Record<string, Record<string, string> | null>
  namespaces: Named[]
  /** All pods of the cluster that can be a peer: name, namespace, addresses, labels. */
  pods: Pod[]
  networkPolicies: NetworkPolicyObject[]
  /** Policies of deny tiers, where the cluster serves them. */
  otherPolicies: NetworkPolicyObject[]
  services: Service[]
  disruptionBudgets: DisruptionBudget[]
  /** Workloads by uid: the owners of the pod, nearest first. */
  owners: Owner[]
  /** Of a pod that was detached: who takes it back when it has its labels again, nearest first. */
  formerOwners?: Owner[]
  /** The target itself, where it is a workload; undefined when it no longer exists. */
  workload?: Owner
  /** All nodes, and the addresses behind the Service `kubernetes`: what a restriction cuts off. */
  nodes: KubeNode[]
  apiAddresses: string[]
  /** Policy kinds beyond NetworkPolicy that the cluster serves. */
  tiers: PolicyTier[]
  /** Connections of the target seen in the last 24 hours; null = no sensor tells. */
  flows: Flow[] | null
  /** What the enforcer itself keeps in the API about the target; undefined = not asked for. */
  enforcer?: EnforcerObjects
  /** Answers of SelfSubjectAccessReview for what the action will do: `verb resource` → allowed. */
  access: {
    verb: string
    group: string
    resource: string
    namespace: string
    name?: string
    allowed: boolean
    reason: string | null
    /** Wanted for a better way to do it; without it there is another. */
    optional?: boolean
  }[]
}

interface Meta {
  name: string
  namespace?: string
  uid: string
  resourceVersion?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  deletionTimestamp?: string
  creationTimestamp?: string
  finalizers?: string[]
  ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string; controller?: boolean }[]
}

export interface Named {
  metadata: Meta
}

export interface Pod {
  metadata: Meta
  spec: {
    nodeName?: string
    hostNetwork?: boolean
    hostPID?: boolean
    serviceAccountName?: string
    containers: Container[]
    initContainers?: Container[]
    volumes?: {
      name: string
      hostPath?: { path: string }
      persistentVolumeClaim?: { claimName: string }
      [kind: string]: unknown
    }[]
    terminationGracePeriodSeconds?: number
  }
  status: {
    phase?: string
    podIP?: string
    podIPs?: { ip: string }[]
    containerStatuses?: {
      name: string
      image: string
      imageID: string
      ready: boolean
      restartCount?: number
      containerID?: string
      state?: { terminated?: object }
    }[]
    conditions?: { type: string; status: string }[]
  }
}

interface Container {
  name: string
  image?: string
  args?: string[]
  command?: string[]
  ports?: { name?: string; containerPort: number; protocol?: string }[]
  readinessProbe?: { httpGet?: { port?: number | string }; tcpSocket?: { port?: number | string } }
  securityContext?: { privileged?: boolean }
}

export interface KubeNode {
  metadata: Meta
  spec?: { providerID?: string }
  status?: {
    conditions?: { type: string; status: string }[]
    addresses?: { type: string; address: string }[]
    nodeInfo?: { operatingSystem?: string }
  }
}

/** A policy kind in which a deny beats NetworkPolicies, as the cluster serves it. */
export interface PolicyTier {
  id: 'cilium' | 'calico' | 'cluster-network-policy' | 'admin-network-policy'
  apiVersion: string
}

/** Connections of one program to one place (or from one peer), summed up. */
export interface Flow {
  direction: 'egress' | 'ingress'
  /** Address, and name where one is known. */
  peer: string
  ip: string | null
  port: number
  protocol: string
  process: string | null
  count: number
  /** False where the sensor tells only that it was tried, as Falco and Tetragon do. */
  answered: boolean
  lastSeen: string
}

export interface NetworkPolicyObject {
  apiVersion: string
  kind: string
  metadata: Meta
  spec: unknown
  status?: unknown
}

export interface Service {
  metadata: Meta
  spec: {
    selector?: Record<string, string>
    type?: string
    clusterIP?: string
    ports?: { port: number; targetPort?: number | string; protocol?: string }[]
  }
}

export interface DisruptionBudget {
  metadata: Meta
  spec: { selector?: LabelSelector; minAvailable?: number | string; maxUnavailable?: number | string }
  status?: { disruptionsAllowed?: number; currentHealthy?: number; desiredHealthy?: number }
}

export interface LabelSelector {
  matchLabels?: Record<string, string>
  matchExpressions?: { key: string; operator: string; values?: string[] }[]
}

export interface Owner {
  kind: string
  metadata: Meta
  spec?: { replicas?: number; selector?: LabelSelector; suspend?: boolean }
  status?: { replicas?: number; readyReplicas?: number; active?: number | unknown[] }
}
