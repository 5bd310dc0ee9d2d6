import type { KubeObject, ProcessStart } from '../ports.ts'
import { toBytes } from './kernel/byte-text.ts'

/** Reads one object of the cluster as its components' caches hold it. */
export type ReadObject = (
  group: string,
  resource: string,
  namespace: string | undefined,
  name: string,
) => KubeObject | undefined

/** A container as the pod spec gives it; only what the runtime needs. */
export interface ContainerSpec {
  name: string
  image: string
  command?: string[]
  args?: string[]
  workingDir?: string
  env?: EnvVar[]
  envFrom?: { prefix?: string; configMapRef?: { name: string }; secretRef?: { name: string } }[]
  ports?: { containerPort: number; protocol?: string }[]
  volumeMounts?: { name: string; mountPath: string; subPath?: string; readOnly?: boolean }[]
  securityContext?: { privileged?: boolean; runAsUser?: number; runAsGroup?: number; readOnlyRootFilesystem?: boolean }
  tty?: boolean
  stdin?: boolean
  restartPolicy?: string
}

interface EnvVar {
  name: string
  value?: string
  valueFrom?: {
    fieldRef?: { fieldPath: string }
    configMapKeyRef?: { name: string; key: string }
    secretKeyRef?: { name: string; key: string }
  }
}

/** The controller a pod stands for, as sensors name it: the Deployment instead of its ReplicaSet. */
export function workloadOf(pod: KubeObject): { workload: string; workloadKind: string } {
  const owner =
    pod.metadata.ownerReferences?.find((reference) => reference.controller) ?? pod.metadata.ownerReferences?.[0]
  if (owner === undefined) return { workload: pod.metadata.name, workloadKind: 'Pod' }
  const hash = pod.metadata.labels?.['pod-template-hash']
  if (owner.kind === 'ReplicaSet' && hash !== undefined && owner.name.endsWith(`-${hash}`)) {
    return { workload: owner.name.slice(0, -hash.length - 1), workloadKind: 'Deployment' }
  }
  return { workload: owner.name, workloadKind: owner.kind }
}

export function identityOf(
  pod: KubeObject,
  container: NonNullable<ProcessStart['pod']>['container'],
): NonNullable<ProcessStart['pod']> {
  return {
    namespace: pod.metadata.namespace ?? 'default',
    name: pod.metadata.name,
    uid: pod.metadata.uid,
    labels: pod.metadata.labels ?? {},
    ...workloadOf(pod),
    serviceAccount: pod.spec?.serviceAccountName ?? 'default',
    ip: pod.status?.podIP ?? '',
    container,
  }
}

/** Environment of a container: image, then what kubelet adds, then envFrom and env of the spec, `$(NAME)` expanded. */
export function environmentOf(
  pod: KubeObject,
  spec: ContainerSpec,
  image: Record<string, string>,
  read: ReadObject,
): Map<string, string> {
  const env = new Map(Object.entries(image))
  const namespace = pod.metadata.namespace ?? 'default'
  const set = (name: string, value: string) => env.set(name, toBytes(value))
  set('HOSTNAME', pod.spec?.hostname ?? pod.metadata.name)
  const api = read('', 'services', 'default', 'kubernetes')
  const address = api?.spec?.clusterIP ?? '10.96.0.1'
  set('KUBERNETES_SERVICE_HOST', address)
  set('KUBERNETES_SERVICE_PORT', '443')
  set('KUBERNETES_SERVICE_PORT_HTTPS', '443')
  set('KUBERNETES_PORT', `tcp://${address}:443`)
  for (const { prefix = '', configMapRef, secretRef } of spec.envFrom ?? []) {
    const data =
      configMapRef !== undefined
        ? configData(read, namespace, configMapRef.name)
        : secretRef !== undefined
          ? secretData(read, namespace, secretRef.name)
          : {}
    for (const [name, value] of Object.entries(data)) env.set(prefix + name, value)
  }
  for (const { name, value, valueFrom } of spec.env ?? []) {
    const { fieldRef, configMapKeyRef, secretKeyRef } = valueFrom ?? {}
    if (value !== undefined)
      set(
        name,
        value.replace(/\$\((\w+)\)/g, (whole, other: string) => env.get(other) ?? whole),
      )
    else if (fieldRef !== undefined) set(name, fieldValue(pod, fieldRef.fieldPath))
    else if (configMapKeyRef !== undefined)
      env.set(name, configData(read, namespace, configMapKeyRef.name)[configMapKeyRef.key] ?? '')
    else if (secretKeyRef !== undefined)
      env.set(name, secretData(read, namespace, secretKeyRef.name)[secretKeyRef.key] ?? '')
  }
  return env
}

export function fieldValue(pod: KubeObject, path: string): string {
  const label = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path)
  if (label !== null) return pod.metadata[label[1] as 'labels' | 'annotations']?.[label[2]!] ?? '' // the pattern allows only these two
  const values: Record<string, unknown> = {
    'metadata.name': pod.metadata.name,
    'metadata.namespace': pod.metadata.namespace,
    'metadata.uid': pod.metadata.uid,
    'spec.nodeName': pod.spec?.nodeName,
    'spec.serviceAccountName': pod.spec?.serviceAccountName,
    'status.podIP': pod.status?.podIP,
    'status.hostIP': pod.status?.hostIP,
    'metadata.labels': Object.entries(pod.metadata.labels ?? {})
      .map(([name, value]) => `${name}="${value}"`)
      .join('\n'),
  }
  return String(values[path] ?? '')
}

/** Keys of a ConfigMap as byte strings; none when it does not exist. */
export function configData(read: ReadObject, namespace: string, name: string): Record<string, string> {
  const object = read('', 'configmaps', namespace, name)
  const plain = Object.entries(object?.['data'] ?? {}).map(([key, value]) => [key, toBytes(String(value))])
  const binary = Object.entries(object?.['binaryData'] ?? {}).map(([key, value]) => [
    key,
    Buffer.from(String(value), 'base64').toString('latin1'),
  ])
  return Object.fromEntries([...plain, ...binary])
}

export function secretData(read: ReadObject, namespace: string, name: string): Record<string, string> {
  const object = read('', 'secrets', namespace, name)
  return Object.fromEntries(
    Object.entries(object?.['data'] ?? {}).map(([key, value]) => [
      key,
      Buffer.from(String(value), 'base64').toString('latin1'),
    ]),
  )
}
