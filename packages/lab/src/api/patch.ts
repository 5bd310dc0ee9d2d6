import fastJsonPatch, { type Operation } from 'fast-json-patch'
import { typeSchema, type FieldSchema } from './schema.ts'
import { jsonErrorText } from './object-decoder.ts'
import { badRequest, StatusError } from './status-error.ts'

type Json = any // any: patch documents and objects are free-form JSON

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply'

const PATCH_TYPES: Record<string, PatchType> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
}

/** The patch type of a content type. @throws 415. */
export function patchTypeOf(contentType: string): PatchType {
  const type = PATCH_TYPES[contentType.split(';')[0]!.trim()]
  if (!type) throw new StatusError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', { details: {} })
  return type
}

const rejected = () =>
  new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', { details: {} })

/** More operations than this are refused, as the server does. */
const MAX_JSON_PATCH_OPERATIONS = 10_000

export function parsePatch(body: Uint8Array): Json {
  const text = Buffer.from(body).toString('utf8')
  try {
    return JSON.parse(text)
  } catch {
    throw badRequest(`error decoding patch: ${jsonErrorText(text)}`)
  }
}

/** Applies an RFC 6902 patch to a copy. @throws 422 when a test or a path fails. */
export function applyJsonPatch(object: Json, patch: Json): Json {
  if (!Array.isArray(patch))
    throw badRequest('error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch')
  if (patch.length > MAX_JSON_PATCH_OPERATIONS)
    throw new StatusError(
      413,
      'RequestEntityTooLarge',
      `Request entity too large: The allowed maximum operations in a JSON patch is ${MAX_JSON_PATCH_OPERATIONS}, got ${patch.length}`,
    )
  const copy = structuredClone(object)
  try {
    for (const operation of patch as Operation[]) {
      if (operation.op === 'remove' || operation.op === 'replace')
        if (fastJsonPatch.getValueByPointer(copy, operation.path) === undefined) throw rejected()
      fastJsonPatch.applyOperation(copy, operation, true, true)
    }
  } catch {
    throw rejected()
  }
  return copy
}

const isMap = (value: Json): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)

/** RFC 7386 merge patch. Neither argument is changed. */
export function applyMergePatch(object: Json, patch: Json): Json {
  if (!isMap(patch)) return structuredClone(patch)
  const result: Json = isMap(object) ? { ...object } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (key === '__proto__') continue
    if (value === null) delete result[key]
    else result[key] = applyMergePatch(result[key], value)
  }
  return result
}

/** Fields whose `$patch`/`$retainKeys` union semantic is declared on the type. */
export function applyStrategicMergePatch(object: Json, patch: Json, type: string | undefined): Json {
  if (!isMap(patch)) throw badRequest('invalid JSON document')
  return mergeObject(object, patch, type)
}

function mergeObject(object: Json, patch: Json, type: string | undefined): Json {
  if (patch.$patch === 'delete') return undefined
  if (patch.$patch === 'replace') return withoutDirectives(patch)
  if (patch.$patch !== undefined) throw badRequest(`Unknown patch type found in patch: ${patch.$patch}`)
  const schema = type ? typeSchema(type) : undefined
  const result: Json = isMap(object) ? { ...object } : {}
  if (Array.isArray(patch.$retainKeys))
    for (const key of Object.keys(result)) if (!patch.$retainKeys.includes(key)) delete result[key]
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$') || key === '__proto__') continue
    if (value === null) {
      delete result[key]
      continue
    }
    const merged = mergeField(result[key], value, schema?.get(key), patch[`$setElementOrder/${key}`])
    if (merged === undefined) delete result[key]
    else result[key] = merged
  }
  for (const [key, value] of Object.entries(patch)) {
    const primitive = /^\$deleteFromPrimitiveList\/(.+)$/.exec(key)?.[1]
    if (!primitive || !Array.isArray(result[primitive]) || !Array.isArray(value)) continue
    result[primitive] = result[primitive].filter((element: Json) => !value.includes(element))
    if (result[primitive].length === 0) delete result[primitive]
  }
  return result
}

function mergeField(own: Json, value: Json, field: FieldSchema | undefined, order: Json): Json {
  if (Array.isArray(value)) {
    if (field?.shape === 'set') return orderSet([...new Set([...(own ?? []), ...value])], order)
    if (field?.shape === 'list' && field.keys[0]) return mergeList(own ?? [], value, field, order)
    return value.map(withoutDirectives)
  }
  if (isMap(value)) {
    const nested = field?.shape === 'object' ? field.type : undefined
    return mergeObject(own, value, nested)
  }
  return value
}

/** Lists merge by the first key: `containerPort` of ports, `name` of containers. */
function mergeList(own: Json[], patch: Json[], field: FieldSchema, order: Json): Json[] {
  const key = field.keys[0]!
  if (patch.some((element) => element.$patch === 'replace' && Object.keys(element).length === 1))
    return patch.filter((element) => element.$patch !== 'replace').map(withoutDirectives)
  const result = [...own]
  for (const element of patch) {
    if (element[key] === undefined)
      throw badRequest(`map: ${JSON.stringify(element)} does not contain declared merge key: ${key}`)
    const at = result.findIndex((o) => o[key] === element[key])
    if (element.$patch === 'delete') {
      if (at >= 0) result.splice(at, 1)
    } else if (at < 0) result.push(withoutDirectives(mergeObject({}, element, field.type)))
    else result[at] = mergeObject(result[at], element, field.type)
  }
  if (!Array.isArray(order)) return result
  const rank = new Map(order.map((o: Json, at: number) => [o[key], at]))
  return result
    .map((element, at) => ({ element, at, rank: rank.get(element[key]) ?? Infinity }))
    .sort((a, b) => a.rank - b.rank || a.at - b.at)
    .map(({ element }) => element)
}

function orderSet(list: Json[], order: Json): Json[] {
  if (!Array.isArray(order)) return list
  return [...order.filter((e) => list.includes(e)), ...list.filter((e) => !order.includes(e))]
}

function withoutDirectives(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutDirectives)
  if (!isMap(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, v]) => !key.startsWith('$') && v !== null)
      .map(([key, v]) => [key, withoutDirectives(v)]),
  )
}
