import { stringify as stringifyYaml } from 'yaml'
import { representationOf } from './accept.ts'
import type { Answer, ApiContext, Call, ListAnswer } from './call.ts'
import { itemText, jsonText } from './json-text.ts'
import { groupVersion } from './resource-definition.ts'
import { partialMetadata, tableOf } from './table.ts'

type Json = any // any: answers of every kind

export interface Presented {
  status: number
  headers: Record<string, string>
  body: string | Uint8Array
}

const listHead = ({ definition, resourceVersion, continue: next, remainingItemCount }: ListAnswer): Json => ({
  kind: definition.listKind,
  apiVersion: groupVersion(definition),
  metadata: {
    resourceVersion,
    ...(next ? { continue: next } : {}),
    ...(remainingItemCount ? { remainingItemCount } : {}),
  },
})

/** The body of an answer as an object, for callers inside the process and for the audit log. */
export function bodyOf(context: ApiContext, call: Call, answer: Answer): Json {
  if (answer.kind === 'text') return answer.text
  if (answer.kind === 'object') return transformed(context, call, answer) ?? answer.object
  if (answer.kind !== 'list') return undefined
  return transformed(context, call, answer) ?? plainList(answer.list)
}

export function plainList(list: ListAnswer): Json {
  const items = list.definition.custom
    ? list.items
    : list.items.map(({ kind: _kind, apiVersion: _apiVersion, ...rest }) => rest)
  return { ...listHead(list), items }
}

/** Table and metadata-only forms. Undefined when the client wants the plain object. */
function transformed(context: ApiContext, call: Call, answer: Answer): Json {
  if (answer.status >= 300 || !call.info.isResource) return undefined
  const { as, version } = representationOf(call.headers.accept)
  if (as === 'object') return undefined
  const definition = call.info.isResource
    ? context.catalog.find(call.info.group, call.info.version, call.info.resource)
    : undefined
  if (!definition) return undefined
  if (answer.kind === 'list') {
    const { metadata } = listHead(answer.list)
    if (as === 'Table')
      return tableOf(context, definition, answer.list.items, { metadata, ...tableOptions(call, version) })
    return {
      kind: 'PartialObjectMetadataList',
      apiVersion: `meta.k8s.io/${version}`,
      metadata,
      items: answer.list.items.map((o) => partialMetadata(o, version)),
    }
  }
  if (answer.kind !== 'object' || answer.object?.kind !== definition.kind) return undefined
  const { object } = answer
  if (as === 'Table')
    return tableOf(context, definition, [object], {
      metadata: { resourceVersion: object.metadata.resourceVersion },
      ...tableOptions(call, version),
    })
  return partialMetadata(object, version)
}

const tableOptions = (call: Call, version: string) => ({
  includeObject: call.info.query.get('includeObject'),
  columns: true,
  version,
})

/** An answer as it goes over the wire. Lists are joined from the texts their objects already have. */
export function present(context: ApiContext, call: Call, answer: Answer): Presented {
  const headers: Record<string, string> = { 'cache-control': 'no-cache, private', ...answer.headers }
  if (answer.kind === 'text')
    return { status: answer.status, headers: { ...headers, 'content-type': answer.contentType }, body: answer.text }
  const { as, format } =
    answer.status < 400 && call.info.isResource
      ? representationOf(call.headers.accept)
      : { as: 'object', format: 'json' }
  if (format === 'yaml')
    return {
      status: answer.status,
      headers: { ...headers, 'content-type': 'application/yaml' },
      body: stringifyYaml(bodyOf(context, call, answer), { aliasDuplicateObjects: false }),
    }
  headers['content-type'] ??= 'application/json'
  if (as !== 'object') {
    const body = transformed(context, call, answer)
    if (body) return { status: answer.status, headers, body: `${JSON.stringify(body)}\n` }
  }
  if (answer.kind === 'list') {
    const head = JSON.stringify(listHead(answer.list))
    const texts = answer.list.items.map(answer.list.definition.custom ? jsonText : itemText)
    return { status: answer.status, headers, body: `${head.slice(0, -1)},"items":[${texts.join(',')}]}\n` }
  }
  return {
    status: answer.status,
    headers,
    body: `${JSON.stringify(answer.kind === 'object' ? answer.object : undefined)}\n`,
  }
}
