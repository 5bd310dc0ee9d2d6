import { isDeepStrictEqual } from 'node:util'
import type { FieldError } from './status-error.ts'

type Json = any // any: pod specs, checked here

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const LABEL_MESSAGE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"

const oneOf = (field: string, value: Json, allowed: string[]): FieldError[] =>
  allowed.includes(value)
    ? []
    : [
        {
          type: 'Unsupported value',
          field,
          value,
          detail: `supported values: ${allowed.map((v) => `"${v}"`).join(', ')}`,
        },
      ]

function containerErrors(container: Json, field: string, volumes: Set<string>): FieldError[] {
  const found: FieldError[] = []
  if (!container.name) found.push({ type: 'Required value', field: `${field}.name` })
  else if (!LABEL.test(container.name) || container.name.length > 63)
    found.push({ type: 'Invalid value', field: `${field}.name`, value: container.name, detail: LABEL_MESSAGE })
  if (!container.image) found.push({ type: 'Required value', field: `${field}.image` })
  if (container.imagePullPolicy)
    found.push(...oneOf(`${field}.imagePullPolicy`, container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never']))
  for (const [at, port] of (container.ports ?? []).entries())
    if (!(port.containerPort >= 1 && port.containerPort <= 65535))
      found.push(
        port.containerPort === undefined
          ? { type: 'Required value', field: `${field}.ports[${at}].containerPort` }
          : {
              type: 'Invalid value',
              field: `${field}.ports[${at}].containerPort`,
              value: port.containerPort,
              detail: 'must be between 1 and 65535, inclusive',
            },
      )
  for (const [at, env] of (container.env ?? []).entries())
    if (!env.name) found.push({ type: 'Required value', field: `${field}.env[${at}].name` })
  for (const [at, mount] of (container.volumeMounts ?? []).entries()) {
    if (!mount.mountPath) found.push({ type: 'Required value', field: `${field}.volumeMounts[${at}].mountPath` })
    if (!volumes.has(mount.name))
      found.push({ type: 'Not found', field: `${field}.volumeMounts[${at}].name`, value: mount.name })
  }
  return found
}

/** Errors of a pod spec, in a pod or a template. */
export function validatePodSpec(spec: Json, field: string): FieldError[] {
  const found: FieldError[] = []
  const volumes = new Set<string>((spec.volumes ?? []).map((v: Json) => v.name))
  const names = new Set<string>()
  for (const [at, volume] of (spec.volumes ?? []).entries())
    if (!volume.name) found.push({ type: 'Required value', field: `${field}.volumes[${at}].name` })
  if (!spec.containers?.length) found.push({ type: 'Required value', field: `${field}.containers` })
  for (const list of ['initContainers', 'containers'])
    for (const [at, container] of (spec[list] ?? []).entries()) {
      const of = `${field}.${list}[${at}]`
      found.push(...containerErrors(container, of, volumes))
      if (names.has(container.name)) found.push({ type: 'Duplicate value', field: `${of}.name`, value: container.name })
      names.add(container.name)
    }
  if (spec.containers?.length || spec.restartPolicy !== 'Always')
    found.push(...oneOf(`${field}.restartPolicy`, spec.restartPolicy, ['Always', 'OnFailure', 'Never']))
  if (spec.terminationGracePeriodSeconds < 0)
    found.push({
      type: 'Invalid value',
      field: `${field}.terminationGracePeriodSeconds`,
      value: spec.terminationGracePeriodSeconds,
      detail: 'must be greater than or equal to 0',
    })
  return found
}

const IMMUTABLE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'

/** Errors of an update to a pod's spec: only images, the deadline and new tolerations may change. */
export function validatePodUpdate(before: Json, after: Json): FieldError[] {
  const found: FieldError[] = []
  if ((before.containers ?? []).length !== (after.containers ?? []).length)
    return [{ type: 'Forbidden', field: 'spec.containers', detail: 'pod updates may not add or remove containers' }]
  const kept = (before.tolerations ?? []).every((t: Json) =>
    (after.tolerations ?? []).some((own: Json) =>
      isDeepStrictEqual({ ...t, tolerationSeconds: 0 }, { ...own, tolerationSeconds: 0 }),
    ),
  )
  if (!kept)
    found.push({
      type: 'Forbidden',
      field: 'spec.tolerations',
      detail: 'existing toleration can not be modified except its tolerationSeconds',
    })
  const [a, b] = [comparable(before), comparable(after)]
  if (!isDeepStrictEqual(a, b))
    found.push({
      type: 'Forbidden',
      field: 'spec',
      detail: `${IMMUTABLE}\n${lineDiff(JSON.stringify(a, undefined, 1), JSON.stringify(b, undefined, 1))}`,
    })
  return found
}

function comparable(spec: Json): Json {
  const strip = (containers: Json[] | undefined) => containers?.map(({ image: _image, ...rest }) => rest)
  const { activeDeadlineSeconds: _deadline, tolerations: _tolerations, ...rest } = spec
  return { ...rest, containers: strip(spec.containers), initContainers: strip(spec.initContainers) }
}

/** The changed lines between two texts with one hunk, in the form of a unified diff. */
function lineDiff(a: string, b: string): string {
  const before = a.split('\n')
  const after = b.split('\n')
  let start = 0
  while (start < before.length && before[start] === after[start]) start++
  let end = 0
  while (end < before.length - start && end < after.length - start && before.at(-1 - end) === after.at(-1 - end)) end++
  const context = 3
  const from = Math.max(0, start - context)
  const head = before.slice(from, start)
  const tail = before.slice(before.length - end, before.length - end + context)
  const removed = before.slice(start, before.length - end)
  const added = after.slice(start, after.length - end)
  const size = head.length + tail.length
  return [
    `@@ -${from + 1},${size + removed.length} +${from + 1},${size + added.length} @@`,
    ...head.map((line) => ` ${line}`),
    ...removed.map((line) => `-${line}`),
    ...added.map((line) => `+${line}`),
    ...tail.map((line) => ` ${line}`),
    '',
  ].join('\n')
}
