import { StatusError } from './status-error.ts'

type Json = any // any: decoded objects, typed by the tables below

/**
 * Field numbers of the few types that command-line clients send as protobuf even to servers that prefer JSON:
 * `number name` string, `name*` repeated, `name:T` message, `name#` integer, `name?` boolean, `name{}` map of strings.
 */
const MESSAGES: Record<string, string> = {
  ObjectMeta: '1 name|2 generateName|3 namespace|5 uid|6 resourceVersion|11 labels{}|12 annotations{}|14 finalizers*',
  PolicyRule: '1 verbs*|2 apiGroups*|3 resources*|4 resourceNames*|5 nonResourceURLs*',
  Subject: '1 kind|2 apiGroup|3 name|4 namespace',
  RoleRef: '1 apiGroup|2 kind|3 name',
  Role: '1 metadata:ObjectMeta|2 rules:PolicyRule*',
  ClusterRole: '1 metadata:ObjectMeta|2 rules:PolicyRule*',
  RoleBinding: '1 metadata:ObjectMeta|2 subjects:Subject*|3 roleRef:RoleRef',
  ClusterRoleBinding: '1 metadata:ObjectMeta|2 subjects:Subject*|3 roleRef:RoleRef',
  Preconditions: '1 uid|2 resourceVersion',
  DeleteOptions:
    '1 gracePeriodSeconds#|2 preconditions:Preconditions|3 orphanDependents?|4 propagationPolicy|5 dryRun*',
  Eviction: '1 metadata:ObjectMeta|2 deleteOptions:DeleteOptions',
  BoundObjectReference: '1 kind|2 apiVersion|3 name|4 uid',
  TokenRequestSpec: '1 audiences*|3 boundObjectRef:BoundObjectReference|4 expirationSeconds#',
  TokenRequest: '1 metadata:ObjectMeta|2 spec:TokenRequestSpec',
  ResourceAttributes: '1 namespace|2 verb|3 group|4 version|5 resource|6 subresource|7 name',
  NonResourceAttributes: '1 path|2 verb',
  SelfSubjectAccessReviewSpec: '1 resourceAttributes:ResourceAttributes|2 nonResourceAttributes:NonResourceAttributes',
  SelfSubjectAccessReview: '1 metadata:ObjectMeta|2 spec:SelfSubjectAccessReviewSpec',
  SelfSubjectRulesReviewSpec: '1 namespace',
  SelfSubjectRulesReview: '1 metadata:ObjectMeta|2 spec:SelfSubjectRulesReviewSpec',
  SelfSubjectReview: '1 metadata:ObjectMeta',
  Namespace: '1 metadata:ObjectMeta',
  ServiceAccount: '1 metadata:ObjectMeta',
  ConfigMap: '1 metadata:ObjectMeta|2 data{}',
  TypeMeta: '1 apiVersion|2 kind',
}

interface Field {
  name: string
  kind: 'string' | 'integer' | 'boolean' | 'message' | 'map'
  type?: string
  repeated: boolean
}

const tables = new Map<string, Map<number, Field>>()

function tableOf(type: string): Map<number, Field> {
  const known = tables.get(type)
  if (known) return known
  const table = new Map<number, Field>()
  for (const text of MESSAGES[type]!.split('|')) {
    const [, number, name = '', message, mark = ''] = /^(\d+) (\w+)(?::(\w+))?([*#?]|\{\})?$/.exec(text) ?? []
    const kind = message
      ? 'message'
      : mark === '#'
        ? 'integer'
        : mark === '?'
          ? 'boolean'
          : mark === '{}'
            ? 'map'
            : 'string'
    table.set(Number(number), { name, kind, repeated: mark === '*', ...(message ? { type: message } : {}) })
  }
  tables.set(type, table)
  return table
}

const MAGIC = Buffer.from('k8s\0')

const unsupported = (): StatusError =>
  new StatusError(
    415,
    'UnsupportedMediaType',
    'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml',
  )

/** Decodes a request body in the protobuf encoding of the API. @throws 415 for kinds without a table, 400 for damage. */
export function decodeProtobuf(body: Uint8Array): Json {
  const bytes = Buffer.from(body)
  if (!bytes.subarray(0, 4).equals(MAGIC)) throw unsupported()
  const envelope = new Map<number, Buffer>()
  for (const { number, bytes: value } of fieldsIn(bytes.subarray(4))) if (value) envelope.set(number, value)
  const { apiVersion, kind } = decodeMessage(envelope.get(1) ?? Buffer.alloc(0), 'TypeMeta')
  if (!kind || !Object.hasOwn(MESSAGES, kind)) throw unsupported()
  return { apiVersion, kind, ...decodeMessage(envelope.get(2) ?? Buffer.alloc(0), kind) }
}

function decodeMessage(bytes: Buffer, type: string): Json {
  const table = tableOf(type)
  const result: Json = {}
  for (const { number, varint, bytes: value } of fieldsIn(bytes)) {
    const field = table.get(number)
    if (!field) continue
    const decoded = value === undefined ? (field.kind === 'boolean' ? varint !== 0 : varint) : decodeValue(value, field)
    if (field.kind === 'map') result[field.name] = { ...result[field.name], ...decoded }
    else if (field.repeated) result[field.name] = [...(result[field.name] ?? []), decoded]
    // Go writes every string, the empty ones as well; in JSON they are left out.
    else if (decoded !== '') result[field.name] = decoded
  }
  return result
}

function decodeValue(value: Buffer, field: Field): Json {
  if (field.kind === 'message') return decodeMessage(value, field.type!)
  if (field.kind !== 'map') return value.toString('utf8')
  const entry = new Map([...fieldsIn(value)].map((part) => [part.number, part.bytes?.toString('utf8') ?? '']))
  return { [entry.get(1) ?? '']: entry.get(2) ?? '' }
}

interface WireField {
  number: number
  varint?: number
  bytes?: Buffer
}

function* fieldsIn(bytes: Buffer): Generator<WireField> {
  const damaged = () => new StatusError(400, 'BadRequest', 'proto: illegal wireType or unexpected EOF')
  let at = 0
  const readVarint = (): number => {
    let value = 0n
    for (let shift = 0n; shift < 64n; shift += 7n) {
      const byte = bytes[at++]
      if (byte === undefined) throw damaged()
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return Number(BigInt.asIntN(64, value))
    }
    throw damaged()
  }
  while (at < bytes.length) {
    const tag = readVarint()
    const number = tag >>> 3
    switch (tag & 7) {
      case 0:
        yield { number, varint: readVarint() }
        break
      case 1:
        at += 8
        break
      case 2: {
        const length = readVarint()
        if (length < 0 || at + length > bytes.length) throw damaged()
        yield { number, bytes: bytes.subarray(at, at + length) }
        at += length
        break
      }
      case 5:
        at += 4
        break
      default:
        throw damaged()
    }
  }
}
