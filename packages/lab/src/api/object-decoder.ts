import { parse as parseYaml } from 'yaml'
import { decodeProtobuf } from './protobuf-body.ts'
import { typeSchema, type FieldSchema } from './schema.ts'
import { badRequest, StatusError } from './status-error.ts'

type Json = any // any: decoded JSON of a request, checked field by field below

/** The JSON decoder's complaint in the words of the server's decoder. */
export function jsonErrorText(text: string): string {
  const at = text.search(/\S/)
  if (at < 0) return 'unexpected end of JSON input'
  for (const literal of ['null', 'true', 'false']) {
    if (text[at] !== literal[0]) continue
    for (let i = 1; i < literal.length; i++) {
      const got = text[at + i]
      if (got === undefined) return 'unexpected end of JSON input'
      if (got !== literal[i]) return `invalid character '${got}' in literal ${literal} (expecting '${literal[i]}')`
    }
  }
  try {
    JSON.parse(text)
    return 'invalid JSON'
  } catch (error) {
    const [, number, token] = /position (\d+)|Unexpected token '([\s\S]+?)'/.exec(String(error)) ?? []
    const position = number !== undefined ? Number(number) : token === undefined ? -1 : text.indexOf(token)
    if (position < 0 || position >= text.length) return 'unexpected end of JSON input'
    const got = text.charCodeAt(position)
    const shown = got < 32 ? `\\x${got.toString(16).padStart(2, '0')}` : text[position]
    return `invalid character '${shown}' looking for beginning of value`
  }
}

/** Parses a request body as JSON, YAML or protobuf. `kind` is what the resource expects, for the error. */
export function parseBody(body: Uint8Array, contentType: string, kind: string): Json {
  const text = Buffer.from(body).toString('utf8')
  const type = contentType.split(';')[0]!.trim() || 'application/json'
  if (type === 'application/yaml') {
    try {
      return parseYaml(text, { maxAliasCount: 100 })
    } catch (error) {
      throw badRequest(`error converting YAML to JSON: ${String(error).split('\n')[0]}`)
    }
  }
  if (type === 'application/vnd.kubernetes.protobuf') return decodeProtobuf(body)
  if (type !== 'application/json')
    throw new StatusError(
      415,
      'UnsupportedMediaType',
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    )
  try {
    return JSON.parse(text)
  } catch {
    const bytes = Buffer.from(body)
    const hex = bytes.length > 30 ? `${bytes.subarray(0, 30).toString('hex')} ...` : bytes.toString('hex')
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: ${jsonErrorText(text)} (${hex})`,
    )
  }
}

/** Unknown and mistyped fields found while decoding. */
export interface DecodeReport {
  unknown: string[]
}

interface DecodeTarget {
  kind: string
  version: string
  report: DecodeReport
}

/**
 * Rebuilds an object in the field order of its type and drops unknown fields, as decoding into a typed struct does.
 * @throws 400 when a value has the wrong JSON type.
 */
export function decodeTyped(
  value: Json,
  type: string,
  report: DecodeReport,
  of: { kind: string; version: string },
): Json {
  return decodeObject(value, type, '', { report, ...of })
}

function decodeObject(value: Json, type: string, path: string, target: DecodeTarget): Json {
  const schema = typeSchema(type)!
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw mistyped(value, path, type, target)
  const result: Json = {}
  for (const [name, field] of schema) {
    const own = value[name]
    if (own === undefined || (own === null && field.shape !== 'any')) continue
    result[name] = decodeField(own, field, path ? `${path}.${name}` : name, target)
  }
  for (const name of Object.keys(value)) {
    if (schema.has(name) || (path === '' && (name === 'kind' || name === 'apiVersion'))) continue
    target.report.unknown.push(path ? `${path}.${name}` : name)
  }
  return result
}

function decodeField(value: Json, field: FieldSchema, path: string, target: DecodeTarget): Json {
  const wrong = (type: string) => mistyped(value, path, type, target)
  switch (field.shape) {
    case 'any':
      return value
    case 'string':
      if (typeof value !== 'string') throw wrong('string')
      return value
    case 'integer':
      if (!Number.isInteger(value)) throw wrong('int32')
      return value
    case 'boolean':
      if (typeof value !== 'boolean') throw wrong('bool')
      return value
    case 'object':
      return decodeObject(value, field.type!, path, target)
    case 'map': {
      if (typeof value !== 'object' || Array.isArray(value)) throw wrong('map[string]string')
      const result: Json = {}
      for (const [key, element] of Object.entries(value))
        result[key] = field.type
          ? decodeObject(element, field.type, `${path}.${key}`, target)
          : stringOf(element, path, target)
      return result
    }
    default:
      if (!Array.isArray(value)) throw wrong(field.type ? `[]${field.type}` : '[]string')
      return value.map((element, at) =>
        field.type ? decodeObject(element, field.type, `${path}[${at}]`, target) : stringOf(element, path, target),
      )
  }
}

function stringOf(value: Json, path: string, of: DecodeTarget): string {
  if (value === null) return '' // a null in a list or map of strings decodes to the empty string
  if (typeof value !== 'string') throw mistyped(value, path, 'string', of)
  return value
}

function mistyped(value: Json, path: string, type: string, of: { kind: string; version: string }): StatusError {
  const got = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
  const field = path.replace(/\[\d+\]/g, '')
  return badRequest(
    `${of.kind} in version "${of.version}" cannot be handled as a ${of.kind}: json: cannot unmarshal ${got} into Go struct field ${of.kind}.${field} of type ${type}`,
  )
}
