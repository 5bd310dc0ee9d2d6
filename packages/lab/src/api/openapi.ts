import { objectAnswer, type Answer } from './call.ts'
import { encodeSwagger, OPENAPI_PROTOBUF } from './openapi-protobuf.ts'
import type { ResourceCatalog } from './resource-catalog.ts'
import { typeNames, typeOfKind, typeSchema, type FieldSchema } from './schema.ts'

const REF = '#/components/schemas/'

function fieldOf(field: FieldSchema): object {
  const element = field.type ? { allOf: [{ $ref: `${REF}${field.type}` }] } : { type: 'string' }
  switch (field.shape) {
    case 'object':
      return element
    case 'list':
    case 'set':
      return {
        type: 'array',
        items: element,
        ...(field.keys[0]
          ? {
              'x-kubernetes-patch-merge-key': field.keys[0],
              'x-kubernetes-patch-strategy': 'merge',
              'x-kubernetes-list-map-keys': field.keys,
              'x-kubernetes-list-type': 'map',
            }
          : {}),
        ...(field.shape === 'set' ? { 'x-kubernetes-patch-strategy': 'merge', 'x-kubernetes-list-type': 'set' } : {}),
      }
    case 'map':
      return { type: 'object', additionalProperties: element }
    case 'any':
      return { 'x-kubernetes-preserve-unknown-fields': true }
    default:
      return { type: field.shape }
  }
}

function schemas(): Record<string, object> {
  return Object.fromEntries(
    typeNames().map((name) => [
      name,
      {
        type: 'object',
        properties: Object.fromEntries([...typeSchema(name)!].map(([key, field]) => [key, fieldOf(field)])),
      },
    ]),
  )
}

function documentOf(catalog: ResourceCatalog, group: string, version: string): object {
  const components: Record<string, object> = schemas()
  const paths: Record<string, object> = {}
  const root = group ? `/apis/${group}/${version}` : `/api/${version}`
  for (const definition of catalog.all()) {
    if (definition.group !== group || definition.version !== version) continue
    const known = definition.custom ? undefined : typeOfKind(group, definition.kind)
    const kind = { group, version, kind: definition.kind }
    const name = `${group || 'core'}.${version}.${definition.kind}`
    const own = known
      ? (components[known] as { properties: object }).properties
      : { metadata: { allOf: [{ $ref: `${REF}ObjectMeta` }] } }
    components[name] = {
      type: 'object',
      properties: { apiVersion: { type: 'string' }, kind: { type: 'string' }, ...own },
      ...(known ? {} : { 'x-kubernetes-preserve-unknown-fields': true }),
      'x-kubernetes-group-version-kind': [kind],
    }
    const path = `${root}${definition.namespaced ? '/namespaces/{namespace}' : ''}/${definition.plural}`
    const content = { 'application/json': { schema: { $ref: `${REF}${name}` } } }
    const parameters = ['dryRun', 'fieldManager', 'fieldValidation'].map((p) => ({
      name: p,
      in: 'query',
      schema: { type: 'string' },
    }))
    const operation = (action: string) => ({
      parameters,
      requestBody: { content },
      responses: { 200: { description: 'OK', content } },
      'x-kubernetes-action': action,
      'x-kubernetes-group-version-kind': kind,
    })
    paths[path] = { post: operation('post') }
    paths[`${path}/{name}`] = {
      get: { ...operation('get'), requestBody: undefined },
      put: operation('put'),
      patch: operation('patch'),
    }
  }
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'unversioned' },
    paths,
    components: { schemas: components },
  }
}

/** `/openapi/v3` and below: what clients need to find kinds, fields and merge keys. Undefined for other paths. */
export function openApi(catalog: ResourceCatalog, path: string, accept: string | undefined): Answer | undefined {
  if (path === '/openapi/v3') {
    const groups = new Set(catalog.all().map((d) => (d.group ? `apis/${d.group}/${d.version}` : `api/${d.version}`)))
    return objectAnswer(200, {
      paths: Object.fromEntries([...groups].map((g) => [g, { serverRelativeURL: `/openapi/v3/${g}` }])),
    })
  }
  const match = /^\/openapi\/v3\/(?:api\/(v\w+)|apis\/([^/]+)\/(\w+))$/.exec(path)
  if (match) {
    const [, core, group = '', version = ''] = match
    if (!catalog.hasGroupVersion(core ? '' : group, core ?? version)) return undefined
    return objectAnswer(200, documentOf(catalog, core ? '' : group, core ?? version))
  }
  if (path !== '/openapi/v2') return undefined
  if (accept?.includes('proto-openapi') && !accept.includes('application/json'))
    return { kind: 'text', status: 200, text: encodeSwagger(swaggerOf(catalog)), contentType: OPENAPI_PROTOBUF }
  return objectAnswer(200, swaggerOf(catalog))
}

function swaggerOf(catalog: ResourceCatalog): object {
  const text = JSON.stringify(schemas())
    .replaceAll(REF, '#/definitions/')
    .replaceAll(/\{"allOf":\[(\{"\$ref":"[^"]+"\})\]\}/g, '$1')
  const definitions = JSON.parse(text) as Record<string, Record<string, unknown>>
  for (const definition of catalog.all()) {
    const known = definition.custom ? undefined : typeOfKind(definition.group, definition.kind)
    const { group, version, kind } = definition
    const own = known
      ? {
          type: 'object',
          properties: {
            apiVersion: { type: 'string' },
            kind: { type: 'string' },
            ...(definitions[known]!.properties as object),
          },
        }
      : {}
    // Without a table the kind is named only: clients then accept any field.
    definitions[`${group || 'core'}.${version}.${kind}`] = {
      ...own,
      'x-kubernetes-group-version-kind': [{ group, version, kind }],
    }
  }
  return { swagger: '2.0', info: { title: 'Kubernetes', version: 'unversioned' }, paths: {}, definitions }
}
