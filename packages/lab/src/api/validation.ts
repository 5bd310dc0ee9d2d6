import { isIP } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import type { KubeObject } from '../ports.ts'
import type { ResourceDefinition } from './resource-definition.ts'
import { badRequest, type FieldError } from './status-error.ts'
import { validateNetworkPolicy } from './validation-network-policy.ts'
import { validatePodSpec } from './validation-pod.ts'

type Json = any // any: objects of every kind, checked here

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const LABEL_1123 = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const LABEL_1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/
const QUALIFIED = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/

const MESSAGES = {
  subdomain:
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
  label1123:
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
  label1035:
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
  labelKey:
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
  labelValue:
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
}

const bad = (field: string, value: unknown, detail: string): FieldError => ({
  type: 'Invalid value',
  field,
  value,
  detail,
})
const required = (field: string, detail?: string): FieldError => ({ type: 'Required value', field, detail })

/** How the names of a resource must look. RBAC names are path segments; Services are DNS labels. */
function nameErrors(definition: ResourceDefinition, name: string): FieldError[] {
  const field = 'metadata.name'
  if (definition.group === 'rbac.authorization.k8s.io') {
    if (name === '.' || name === '..') return [bad(field, name, `may not be '${name}'`)]
    return /[/%]/.test(name) ? [bad(field, name, `may not contain '${name.includes('/') ? '/' : '%'}'`)] : []
  }
  if (definition.storage === '/namespaces') {
    if (name.length > 63) return [bad(field, name, 'must be no more than 63 characters')]
    return LABEL_1123.test(name) ? [] : [bad(field, name, MESSAGES.label1123)]
  }
  if (definition.storage === '/services') {
    if (name.length > 63) return [bad(field, name, 'must be no more than 63 characters')]
    return LABEL_1035.test(name) ? [] : [bad(field, name, MESSAGES.label1035)]
  }
  if (name.length > 253) return [bad(field, name, 'must be no more than 253 characters')]
  return SUBDOMAIN.test(name) ? [] : [bad(field, name, MESSAGES.subdomain)]
}

/** Errors of a label or annotation key. */
export function qualifiedNameErrors(key: string, field: string): FieldError[] {
  const slash = key.indexOf('/')
  const [prefix, name] = slash < 0 ? [undefined, key] : [key.slice(0, slash), key.slice(slash + 1)]
  const found: FieldError[] = []
  if (prefix === '') found.push(bad(field, key, 'prefix part must be non-empty'))
  else if (prefix !== undefined && !SUBDOMAIN.test(prefix))
    found.push(bad(field, key, `prefix part ${MESSAGES.subdomain}`))
  if (name === '') found.push(bad(field, key, 'name part must be non-empty'))
  else if (name.length > 63) found.push(bad(field, key, 'name part must be no more than 63 characters'))
  if (!QUALIFIED.test(name)) found.push(bad(field, key, MESSAGES.labelKey))
  return found
}

export function labelErrors(labels: Json, field: string): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => {
    const found = qualifiedNameErrors(key, field)
    const text = String(value)
    if (text.length > 63) found.push(bad(field, text, 'must be no more than 63 characters'))
    if (text !== '' && !QUALIFIED.test(text)) found.push(bad(field, text, MESSAGES.labelValue))
    return found
  })
}

const MAX_ANNOTATION_BYTES = 256 * 1024

function metadataErrors(metadata: Json): FieldError[] {
  const found = labelErrors(metadata.labels, 'metadata.labels')
  let bytes = 0
  for (const [key, value] of Object.entries(metadata.annotations ?? {})) {
    found.push(...qualifiedNameErrors(key.toLowerCase(), 'metadata.annotations'))
    bytes += key.length + Buffer.byteLength(String(value))
  }
  if (bytes > MAX_ANNOTATION_BYTES)
    found.push({
      type: 'Too long',
      field: 'metadata.annotations',
      detail: `may not be more than ${MAX_ANNOTATION_BYTES} bytes`,
    })
  for (const [at, owner] of (metadata.ownerReferences ?? []).entries())
    for (const part of ['apiVersion', 'kind', 'name', 'uid'])
      if (!owner[part])
        found.push({
          type: 'Invalid value',
          field: `metadata.ownerReferences[${at}].${part}`,
          value: '',
          detail: `${part} must not be empty`,
        })
  if ((metadata.ownerReferences ?? []).filter((owner: Json) => owner.controller).length > 1)
    found.push(
      bad('metadata.ownerReferences', metadata.ownerReferences, 'Only one reference can have Controller set to true.'),
    )
  for (const finalizer of metadata.finalizers ?? [])
    found.push(...qualifiedNameErrors(finalizer, 'metadata.finalizers'))
  return found
}

function workloadErrors(object: Json, immutableFrom: Json | undefined): FieldError[] {
  const { spec } = object
  const found: FieldError[] = []
  if (!spec.selector) found.push(required('spec.selector'))
  if (typeof spec.replicas === 'number' && spec.replicas < 0)
    found.push(bad('spec.replicas', spec.replicas, 'must be greater than or equal to 0'))
  if (spec.template) {
    const labels = spec.template.metadata?.labels ?? {}
    found.push(...labelErrors(labels, 'spec.template.metadata.labels'))
    const missing = Object.entries(spec.selector?.matchLabels ?? {}).some(([key, value]) => labels[key] !== value)
    if (missing) found.push(bad('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'))
    found.push(...validatePodSpec(spec.template.spec ?? {}, 'spec.template.spec'))
  } else found.push(required('spec.template.spec.containers'))
  if (immutableFrom && !isDeepStrictEqual(immutableFrom.spec.selector, spec.selector))
    found.push(bad('spec.selector', spec.selector, 'field is immutable'))
  return found
}

function serviceErrors(object: Json, old: Json | undefined): FieldError[] {
  const { spec } = object
  const found: FieldError[] = []
  if (!['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'].includes(spec.type))
    found.push({
      type: 'Unsupported value',
      field: 'spec.type',
      value: spec.type,
      detail: 'supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    })
  if (!spec.ports?.length && spec.type !== 'ExternalName' && spec.clusterIP !== 'None')
    found.push(required('spec.ports'))
  for (const [at, port] of (spec.ports ?? []).entries()) {
    if (!(port.port >= 1 && port.port <= 65535))
      found.push(bad(`spec.ports[${at}].port`, port.port ?? 0, 'must be between 1 and 65535, inclusive'))
    if (spec.ports.length > 1 && !port.name) found.push(required(`spec.ports[${at}].name`))
  }
  if (spec.clusterIP && spec.clusterIP !== 'None' && isIP(spec.clusterIP) === 0)
    found.push(
      bad('spec.clusterIPs[0]', spec.clusterIP, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'),
    )
  if (
    old?.spec.clusterIP &&
    spec.clusterIP !== old.spec.clusterIP &&
    spec.type !== 'ExternalName' &&
    old.spec.type !== 'ExternalName'
  )
    found.push(bad('spec.clusterIPs[0]', [spec.clusterIP], 'may not change once set'))
  return found
}

function bindingErrors(object: Json, old: Json | undefined): FieldError[] {
  const found: FieldError[] = []
  if (!object.roleRef?.name) found.push(required('roleRef.name'))
  const kinds = object.kind === 'ClusterRoleBinding' ? ['ClusterRole'] : ['Role', 'ClusterRole']
  if (!kinds.includes(object.roleRef?.kind))
    found.push({
      type: 'Unsupported value',
      field: 'roleRef.kind',
      value: object.roleRef?.kind ?? '',
      detail: `supported values: ${kinds.map((k) => `"${k}"`).join(', ')}`,
    })
  for (const [at, subject] of (object.subjects ?? []).entries()) {
    if (!subject.name) found.push(required(`subjects[${at}].name`))
    if (subject.kind === 'ServiceAccount' && !subject.namespace && object.kind === 'ClusterRoleBinding')
      found.push(required(`subjects[${at}].namespace`))
    if (!['User', 'Group', 'ServiceAccount'].includes(subject.kind))
      found.push({
        type: 'Unsupported value',
        field: `subjects[${at}].kind`,
        value: subject.kind ?? '',
        detail: 'supported values: "ServiceAccount", "User", "Group"',
      })
  }
  if (old && !isDeepStrictEqual(old.roleRef, object.roleRef))
    found.push(bad('roleRef', object.roleRef, 'cannot change roleRef'))
  return found
}

function roleErrors(object: Json): FieldError[] {
  return (object.rules ?? []).flatMap((rule: Json, at: number) => {
    const found: FieldError[] = []
    if (!rule.verbs?.length) found.push(required(`rules[${at}].verbs`, 'verbs must contain at least one value'))
    if (!rule.nonResourceURLs?.length && !rule.apiGroups?.length)
      found.push(required(`rules[${at}].apiGroups`, 'resource rules must supply at least one api group'))
    if (!rule.nonResourceURLs?.length && !rule.resources?.length)
      found.push(required(`rules[${at}].resources`, 'resource rules must supply at least one resource'))
    return found
  })
}

function configErrors(object: Json, old: Json | undefined): FieldError[] {
  const keys = [...Object.keys(object.data ?? {}), ...Object.keys(object.binaryData ?? {})]
  const found = keys
    .filter((key) => !/^[-._a-zA-Z0-9]+$/.test(key))
    .map((key) =>
      bad(
        `data[${key}]`,
        key,
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
      ),
    )
  if (old?.immutable && !isDeepStrictEqual([old.data, old.binaryData], [object.data, object.binaryData]))
    found.push({ type: 'Forbidden', field: 'data', detail: 'field is immutable when `immutable` is set' })
  if (object.kind === 'Secret' && old && old.type !== object.type)
    found.push(bad('type', object.type, 'field is immutable'))
  return found
}

function budgetErrors(object: Json): FieldError[] {
  const { minAvailable, maxUnavailable } = object.spec ?? {}
  return minAvailable !== undefined && maxUnavailable !== undefined
    ? [
        {
          type: 'Invalid value',
          field: 'spec',
          value: object.spec,
          detail: 'minAvailable and maxUnavailable cannot be both set',
        },
      ]
    : []
}

function jobErrors(spec: Json, field: string): FieldError[] {
  const found = validatePodSpec(spec?.template?.spec ?? {}, `${field}.template.spec`)
  const policy = spec?.template?.spec?.restartPolicy
  if (policy === 'Always')
    found.push({
      type: 'Required value',
      field: `${field}.template.spec.restartPolicy`,
      detail: 'valid values: "OnFailure", "Never"',
    })
  return found
}

function definitionErrors(object: Json): FieldError[] {
  const { group, names, versions } = object.spec ?? {}
  const found: FieldError[] = []
  for (const [field, value] of [
    ['group', group],
    ['names.plural', names?.plural],
    ['names.kind', names?.kind],
    ['versions', versions?.length],
  ])
    if (!value) found.push(required(`spec.${field}`))
  if (found.length === 0 && object.metadata.name !== `${names.plural}.${group}`)
    found.push(bad('metadata.name', object.metadata.name, `must be spec.names.plural+"."+spec.group`))
  return found
}

function secretErrors(object: Json, old: Json | undefined): FieldError[] {
  const broken = Object.entries(object.data ?? {}).filter(
    ([, value]) =>
      !/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(String(value).replace(/[\r\n]/g, '')),
  )
  if (broken.length > 0)
    throw badRequest('Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 0')
  return configErrors(object, old)
}

type Validator = (object: Json, old: Json | undefined) => FieldError[]

const VALIDATORS: Record<string, Validator> = {
  '/Pod': (object, old) => (old ? [] : validatePodSpec(object.spec ?? {}, 'spec')),
  '/Service': serviceErrors,
  '/ConfigMap': configErrors,
  '/Secret': secretErrors,
  'apiextensions.k8s.io/CustomResourceDefinition': definitionErrors,
  'apps/Deployment': workloadErrors,
  'apps/ReplicaSet': workloadErrors,
  'apps/StatefulSet': workloadErrors,
  'apps/DaemonSet': workloadErrors,
  'batch/Job': (object) => jobErrors(object.spec, 'spec'),
  'batch/CronJob': (object) => [
    ...(object.spec?.schedule ? [] : [required('spec.schedule')]),
    ...jobErrors(object.spec?.jobTemplate?.spec, 'spec.jobTemplate.spec'),
  ],
  'networking.k8s.io/NetworkPolicy': (object) => validateNetworkPolicy(object.spec),
  'policy/PodDisruptionBudget': budgetErrors,
  'rbac.authorization.k8s.io/RoleBinding': bindingErrors,
  'rbac.authorization.k8s.io/ClusterRoleBinding': bindingErrors,
  'rbac.authorization.k8s.io/Role': roleErrors,
  'rbac.authorization.k8s.io/ClusterRole': roleErrors,
}

/** Everything wrong with an object, as field errors. `old` is given for updates. */
export function validateObject(definition: ResourceDefinition, object: KubeObject, old?: KubeObject): FieldError[] {
  const { name } = object.metadata
  const found = old
    ? []
    : name
      ? nameErrors(definition, name)
      : [required('metadata.name', 'name or generateName is required')]
  found.push(...metadataErrors(object.metadata))
  // Four passes of the server look at the labels of an updated pod; each reports what it finds.
  if (old && definition.storage === '/pods')
    for (let pass = 1; pass < 4; pass++) found.push(...labelErrors(object.metadata.labels, 'metadata.labels'))
  const validator = VALIDATORS[`${definition.group}/${definition.kind}`]
  if (validator) found.push(...validator(object, old))
  return found
}
