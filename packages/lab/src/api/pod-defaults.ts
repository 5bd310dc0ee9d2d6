type Json = any // any: pod specs and templates, free-form JSON checked by validation

/** Sets `target[key]` unless it is given. */
const dflt = (target: Json, key: string, value: Json): void => {
  if (target[key] === undefined || target[key] === null || target[key] === '') target[key] = value
}

function imageTag(image: string): string {
  const name = image.slice(image.lastIndexOf('/') + 1)
  if (name.includes('@')) return 'digest'
  return name.includes(':') ? name.slice(name.lastIndexOf(':') + 1) : 'latest'
}

function defaultProbe(probe: Json): void {
  if (!probe) return
  if (probe.httpGet) {
    dflt(probe.httpGet, 'path', '/')
    dflt(probe.httpGet, 'scheme', 'HTTP')
  }
  dflt(probe, 'timeoutSeconds', 1)
  dflt(probe, 'periodSeconds', 10)
  dflt(probe, 'successThreshold', 1)
  dflt(probe, 'failureThreshold', 3)
}

function defaultContainer(container: Json): void {
  container.resources ??= {}
  const { limits } = container.resources
  // A limit without a request is also the request.
  if (limits) container.resources.requests = { ...limits, ...container.resources.requests }
  for (const port of container.ports ?? []) dflt(port, 'protocol', 'TCP')
  for (const env of container.env ?? []) if (env.valueFrom?.fieldRef) dflt(env.valueFrom.fieldRef, 'apiVersion', 'v1')
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) defaultProbe(probe)
  for (const handler of [container.lifecycle?.preStop, container.lifecycle?.postStart])
    if (handler?.httpGet) {
      dflt(handler.httpGet, 'path', '/')
      dflt(handler.httpGet, 'scheme', 'HTTP')
    }
  dflt(container, 'terminationMessagePath', '/dev/termination-log')
  dflt(container, 'terminationMessagePolicy', 'File')
  if (container.image)
    dflt(container, 'imagePullPolicy', imageTag(container.image) === 'latest' ? 'Always' : 'IfNotPresent')
}

function defaultVolume(volume: Json): void {
  const kinds = Object.keys(volume).filter((key) => key !== 'name')
  if (kinds.length === 0) volume.emptyDir = {}
  for (const kind of ['secret', 'configMap', 'downwardAPI', 'projected'])
    if (volume[kind]) dflt(volume[kind], 'defaultMode', 420)
  if (volume.hostPath) volume.hostPath.type ??= ''
  for (const source of volume.projected?.sources ?? []) {
    if (source.serviceAccountToken) dflt(source.serviceAccountToken, 'expirationSeconds', 3600)
    for (const item of source.downwardAPI?.items ?? []) if (item.fieldRef) dflt(item.fieldRef, 'apiVersion', 'v1')
  }
  for (const item of volume.downwardAPI?.items ?? []) if (item.fieldRef) dflt(item.fieldRef, 'apiVersion', 'v1')
}

/** Defaults of a pod spec, in pods and in templates. */
export function defaultPodSpec(spec: Json): void {
  if (!spec) return
  for (const volume of spec.volumes ?? []) defaultVolume(volume)
  for (const container of [
    ...(spec.initContainers ?? []),
    ...(spec.containers ?? []),
    ...(spec.ephemeralContainers ?? []),
  ])
    defaultContainer(container)
  dflt(spec, 'restartPolicy', 'Always')
  dflt(spec, 'terminationGracePeriodSeconds', 30)
  dflt(spec, 'dnsPolicy', 'ClusterFirst')
  spec.securityContext ??= {}
  dflt(spec, 'schedulerName', 'default-scheduler')
  if (spec.serviceAccountName || spec.serviceAccount) {
    dflt(spec, 'serviceAccountName', spec.serviceAccount)
    spec.serviceAccount = spec.serviceAccountName
  }
  if (spec.hostNetwork)
    for (const container of spec.containers ?? [])
      for (const port of container.ports ?? []) dflt(port, 'hostPort', port.containerPort)
}

const isZero = (quantity: Json): boolean => /^0+[a-zA-Z]*$/.test(String(quantity))

/** Quality of service from the resources of all containers. */
export function qosClass(spec: Json): string {
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])]
  const set = (list: Json) =>
    Object.entries(list ?? {}).filter(([name, q]) => ['cpu', 'memory'].includes(name) && !isZero(q))
  if (containers.every((c) => set(c.resources?.requests).length === 0 && set(c.resources?.limits).length === 0))
    return 'BestEffort'
  const guaranteed = containers.every((c) => {
    const limits = Object.fromEntries(set(c.resources?.limits))
    const requests = Object.fromEntries(set(c.resources?.requests))
    return ['cpu', 'memory'].every(
      (name) => limits[name] !== undefined && String(limits[name]) === String(requests[name] ?? limits[name]),
    )
  })
  return guaranteed ? 'Guaranteed' : 'Burstable'
}

const SERVICE_ACCOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount'
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'

/** Random suffix as the server generates names: no vowels, no look-alikes. */
export const randomSuffix = (length = 5): string =>
  Array.from({ length }, () => ALPHABET[Math.floor(Math.random() * ALPHABET.length)]).join('')

/** Admission of service accounts: the account, its pull secrets and the projected token volume. */
export function admitServiceAccount(spec: Json, account: Json): void {
  spec.serviceAccountName = account.metadata.name
  spec.serviceAccount = account.metadata.name
  if (!spec.imagePullSecrets && account.imagePullSecrets) spec.imagePullSecrets = account.imagePullSecrets
  if ((spec.automountServiceAccountToken ?? account.automountServiceAccountToken) === false) return
  const existing = (spec.volumes ?? []).find((v: Json) => String(v.name).startsWith('kube-api-access-'))
  const name = existing?.name ?? `kube-api-access-${randomSuffix()}`
  let used = false
  for (const container of [
    ...(spec.initContainers ?? []),
    ...(spec.containers ?? []),
    ...(spec.ephemeralContainers ?? []),
  ]) {
    if ((container.volumeMounts ?? []).some((m: Json) => m.mountPath === SERVICE_ACCOUNT_PATH)) continue
    container.volumeMounts = [
      ...(container.volumeMounts ?? []),
      { name, readOnly: true, mountPath: SERVICE_ACCOUNT_PATH },
    ]
    used = true
  }
  if (!used || existing) return
  spec.volumes = [
    ...(spec.volumes ?? []),
    {
      name,
      projected: {
        sources: [
          { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
          { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
          {
            downwardAPI: {
              items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
            },
          },
        ],
        defaultMode: 420,
      },
    },
  ]
}

/** What admission adds to every pod: tolerations of short node failures, priority, service links. */
export function admitPod(spec: Json): void {
  const tolerated = (key: string) =>
    (spec.tolerations ?? []).some((t: Json) => (t.key === key || !t.key) && (!t.effect || t.effect === 'NoExecute'))
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'])
    if (!tolerated(key))
      spec.tolerations = [
        ...(spec.tolerations ?? []),
        { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      ]
  spec.priority ??= 0
  spec.enableServiceLinks ??= true
  spec.preemptionPolicy ??= 'PreemptLowerPriority'
}
