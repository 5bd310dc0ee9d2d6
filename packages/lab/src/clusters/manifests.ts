import { createHash } from 'node:crypto'
import type { Manifest } from './cluster-spec.ts'

/** The few things in which the lab's pods differ. */
export interface PodShape {
  image: string
  container?: string
  command?: string[]
  args?: string[]
  port?: number
  portName?: string
  env?: Record<string, string>
  secretEnv?: { name: string; secret: string; key: string }[]
  serviceAccount?: string
  labels?: Record<string, string>
  hostNetwork?: boolean
  hostPID?: boolean
  privileged?: boolean
  runAsUser?: number
  hostPaths?: Record<string, string>
  configMap?: { name: string; mountPath: string }
  /** Path of an HTTP readiness probe on `port`; `tcp` for a mere connection. */
  ready?: string
  graceSeconds?: number
  everywhere?: boolean
  restartPolicy?: string
  finalizers?: string[]
}

/** A tag with the digest a private registry would have given it. */
export function pinned(image: string): string {
  return `${image}@sha256:${createHash('sha256').update(image).digest('hex')}`
}

export function podSpec(name: string, shape: PodShape) {
  const mounts = Object.entries(shape.hostPaths ?? {}).map(([path, at], index) => ({
    volume: `host-${index}`,
    path,
    at,
  }))
  const port = shape.port ?? 0
  const probe = shape.ready === 'tcp' ? { tcpSocket: { port } } : { httpGet: { path: shape.ready, port } }
  const volumeMounts = [
    ...mounts.map(({ volume, at }) => ({ name: volume, mountPath: at })),
    ...(shape.configMap ? [{ name: 'config', mountPath: shape.configMap.mountPath }] : []),
  ]
  const volumes = [
    ...mounts.map(({ volume, path }) => ({ name: volume, hostPath: { path } })),
    ...(shape.configMap ? [{ name: 'config', configMap: { name: shape.configMap.name } }] : []),
  ]
  const security = {
    ...(shape.privileged ? { privileged: true } : {}),
    ...(shape.runAsUser === undefined ? {} : { runAsUser: shape.runAsUser }),
  }
  const env = [
    ...Object.entries(shape.env ?? {}).map(([key, value]) => ({ name: key, value })),
    ...(shape.secretEnv ?? []).map(({ name: key, secret, key: of }) => ({
      name: key,
      valueFrom: { secretKeyRef: { name: secret, key: of } },
    })),
  ]
  return {
    containers: [
      {
        name: shape.container ?? name,
        image: shape.image,
        ...(shape.command ? { command: shape.command } : {}),
        ...(shape.args ? { args: shape.args } : {}),
        ...(shape.port ? { ports: [{ name: shape.portName ?? 'http', containerPort: port, protocol: 'TCP' }] } : {}),
        ...(env.length > 0 ? { env } : {}),
        resources: { requests: { cpu: '50m', memory: '64Mi' } },
        ...(Object.keys(security).length > 0 ? { securityContext: security } : {}),
        ...(volumeMounts.length > 0 ? { volumeMounts } : {}),
        ...(shape.ready ? { readinessProbe: { ...probe, periodSeconds: 10 } } : {}),
      },
    ],
    ...(volumes.length > 0 ? { volumes } : {}),
    ...(shape.serviceAccount ? { serviceAccountName: shape.serviceAccount } : {}),
    ...(shape.hostNetwork ? { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' } : {}),
    ...(shape.hostPID ? { hostPID: true } : {}),
    ...(shape.everywhere ? { tolerations: [{ operator: 'Exists' }] } : {}),
    ...(shape.restartPolicy ? { restartPolicy: shape.restartPolicy } : {}),
    terminationGracePeriodSeconds: shape.graceSeconds ?? 30,
  }
}

function template(name: string, shape: PodShape) {
  return { metadata: { labels: labelsOf(name, shape) }, spec: podSpec(name, shape) }
}

function labelsOf(name: string, shape: PodShape): Record<string, string> {
  return shape.labels ?? { app: name }
}

/** Selector = the first label only, so that a pod may carry labels nothing selects by. */
function selectorOf(name: string, shape: PodShape) {
  const [first] = Object.entries(labelsOf(name, shape))
  return { matchLabels: Object.fromEntries(first ? [first] : []) }
}

export const namespace = (name: string, labels?: Record<string, string>): Manifest => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, ...(labels ? { labels } : {}) },
})

export const deployment = (ns: string, name: string, shape: PodShape & { replicas?: number }): Manifest => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: ns, labels: labelsOf(name, shape) },
  spec: { replicas: shape.replicas ?? 1, selector: selectorOf(name, shape), template: template(name, shape) },
})

export const statefulSet = (
  ns: string,
  name: string,
  shape: PodShape & { replicas?: number; storage?: string },
): Manifest => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name, namespace: ns, labels: labelsOf(name, shape) },
  spec: {
    replicas: shape.replicas ?? 1,
    serviceName: name,
    selector: selectorOf(name, shape),
    template: template(name, shape),
    ...(shape.storage
      ? {
          volumeClaimTemplates: [
            {
              metadata: { name: 'data' },
              spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: shape.storage } } },
            },
          ],
        }
      : {}),
  },
})

export const daemonSet = (ns: string, name: string, shape: PodShape): Manifest => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name, namespace: ns, labels: labelsOf(name, shape) },
  spec: { selector: selectorOf(name, shape), template: template(name, shape) },
})

export const job = (ns: string, name: string, shape: PodShape): Manifest => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name, namespace: ns },
  spec: { backoffLimit: 2, template: template(name, { restartPolicy: 'Never', ...shape }) },
})

export const cronJob = (ns: string, name: string, schedule: string, shape: PodShape): Manifest => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name, namespace: ns },
  spec: {
    schedule,
    concurrencyPolicy: 'Forbid',
    successfulJobsHistoryLimit: 2,
    jobTemplate: { spec: { backoffLimit: 1, template: template(name, { restartPolicy: 'OnFailure', ...shape }) } },
  },
})

export const barePod = (ns: string, name: string, shape: PodShape): Manifest => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    namespace: ns,
    labels: labelsOf(name, shape),
    ...(shape.finalizers ? { finalizers: shape.finalizers } : {}),
  },
  spec: podSpec(name, shape),
})

export interface ServiceShape {
  selector: Record<string, string>
  port: number
  targetPort?: number | string
  type?: 'ClusterIP' | 'NodePort' | 'LoadBalancer'
  headless?: boolean
  clusterIP?: string
}

export const service = (ns: string, name: string, shape: ServiceShape): Manifest => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: ns, labels: shape.selector },
  spec: {
    selector: shape.selector,
    ports: [{ name: 'main', port: shape.port, targetPort: shape.targetPort ?? shape.port, protocol: 'TCP' }],
    ...(shape.type ? { type: shape.type } : {}),
    ...(shape.headless ? { clusterIP: 'None' } : shape.clusterIP ? { clusterIP: shape.clusterIP } : {}),
  },
})

export const configMap = (ns: string, name: string, data: Record<string, string>): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: ns },
  data,
})

export const secret = (ns: string, name: string, data: Record<string, string>): Manifest => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: ns },
  type: 'Opaque',
  data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
})

export const serviceAccount = (ns: string, name: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace: ns },
})

export const networkPolicy = (ns: string, name: string, spec: object): Manifest => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace: ns },
  spec,
})

export const disruptionBudget = (ns: string, name: string, spec: object): Manifest => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name, namespace: ns },
  spec,
})

const RBAC = 'rbac.authorization.k8s.io'

export const clusterRole = (name: string, rules: object[]): Manifest => ({
  apiVersion: `${RBAC}/v1`,
  kind: 'ClusterRole',
  metadata: { name },
  rules,
})

export type Subject = { user: string } | { group: string } | { account: string; of: string }

function subjects(list: Subject[]) {
  return list.map((subject) =>
    'account' in subject
      ? { kind: 'ServiceAccount', name: subject.account, namespace: subject.of }
      : 'user' in subject
        ? { kind: 'User', apiGroup: RBAC, name: subject.user }
        : { kind: 'Group', apiGroup: RBAC, name: subject.group },
  )
}

export const clusterRoleBinding = (name: string, role: string, list: Subject[]): Manifest => ({
  apiVersion: `${RBAC}/v1`,
  kind: 'ClusterRoleBinding',
  metadata: { name },
  subjects: subjects(list),
  roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
})

/** Grants a ClusterRole inside one namespace. */
export const roleBinding = (ns: string, name: string, role: string, list: Subject[]): Manifest => ({
  apiVersion: `${RBAC}/v1`,
  kind: 'RoleBinding',
  metadata: { name, namespace: ns },
  subjects: subjects(list),
  roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
})

export const customResource = (
  group: string,
  plural: string,
  kind: string,
  options: { version: string; namespaced: boolean; status?: boolean },
): Manifest => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope: options.namespaced ? 'Namespaced' : 'Cluster',
    names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
    versions: [
      {
        name: options.version,
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        ...(options.status ? { subresources: { status: {} } } : {}),
      },
    ],
  },
})
