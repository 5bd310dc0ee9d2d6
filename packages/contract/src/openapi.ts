import { Alert, Incident, IncidentSummary } from '@cordon/incidents'
import { EntityDetails, EntityGraph } from '@cordon/entities'
import { permissions } from '@cordon/rbac'
import { Action, Preflight } from '@cordon/response'
import { z } from 'zod'
import { problemStatus } from './problem.ts'
import { Account, Cluster, Coverage, RuleSummary, Session, SetAsideEvent, Simulation, Token } from './records.ts'
import { type EndpointName, type Route, routes } from './routes.ts'
import { schemas } from './schemas.ts'

type Json = Record<string, unknown>

/** Records that are named in the document; everything else is written where it is used. */
const records = {
  Account,
  Action,
  Alert,
  Cluster,
  Coverage,
  EntityDetails,
  EntityGraph,
  Incident,
  IncidentSummary,
  Preflight,
  RuleSummary,
  Session,
  SetAsideEvent,
  Simulation,
  Token,
}

interface Parts {
  params?: z.ZodObject
  query?: z.ZodObject
  body?: z.ZodType
  output?: z.ZodType
}

/** The API as an OpenAPI 3.1 document, made from the endpoint table and its schemas. */
export function openApiDocument(version: string): Json {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(records)) registry.add(schema, { id })
  const paths: Record<string, Json> = {}
  for (const name of Object.keys(routes) as EndpointName[]) {
    const route: Route = routes[name]
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(name, route, registry) }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Cordon',
      version,
      description: 'Incidents, alerts, entities and response actions for containers on Kubernetes.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/api/v1' }],
    tags: [...new Set(Object.values(routes).map((route) => tagOf(route.path)))].map((tag) => ({ name: tag })),
    paths,
    components: {
      schemas: { ...namedRecords(registry), Problem: problemSchema },
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: 'cordon_session', description: 'Made by POST /session.' },
        token: { type: 'http', scheme: 'bearer', description: 'An API token.' },
      },
    },
  }
}

function operation(name: EndpointName, route: Route, registry: z.core.$ZodRegistry<{ id: string }>): Json {
  const { params, query, body, output } = schemas[name] as Parts
  const parameters = [...parametersOf(params, 'path', registry), ...parametersOf(query, 'query', registry)]
  if (name === 'actionRequest')
    parameters.push({
      name: 'Idempotency-Key',
      in: 'header',
      schema: { type: 'string', maxLength: 200 },
      description: 'Requests with the same key are one request.',
    })
  return {
    operationId: name,
    summary: route.summary,
    tags: [tagOf(route.path)],
    ...(route.needs === 'public' ? { security: [] } : { security: [{ session: [] }, { token: [] }] }),
    ...(route.needs !== 'public' && route.needs.length > 0
      ? { description: `Needs ${route.needs.map((need) => permissions[need]).join(' and ')}.` }
      : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body
      ? {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: jsonSchema(body, 'input', registry) } },
          },
        }
      : {}),
    responses: { ...successOf(name, route, output, registry), default: problemResponse },
  }
}

function successOf(
  name: EndpointName,
  route: Route,
  output: z.ZodType | undefined,
  registry: z.core.$ZodRegistry<{ id: string }>,
): Json {
  if (output) return { 200: content('Done', 'application/json', jsonSchema(output, 'output', registry)) }
  if (!route.raw) return { 204: { description: 'Done' } }
  if (name === 'stream') return { 200: content('Hints', 'text/event-stream', { type: 'string' }) }
  return { 200: content('A file', name === 'actionExport' ? 'text/csv' : 'application/json', { type: 'string' }) }
}

const content = (description: string, type: string, schema: Json): Json => ({
  description,
  content: { [type]: { schema } },
})

const problemResponse = content(
  `A problem: ${Object.entries(problemStatus)
    .map(([code, status]) => `${status} ${code}`)
    .join(', ')}`,
  'application/problem+json',
  { $ref: '#/components/schemas/Problem' },
)

const problemSchema: Json = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string', enum: Object.keys(problemStatus).map((code) => `urn:cordon:problem:${code}`) },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string' },
    requestId: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['path', 'message'],
        properties: { path: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
}

function parametersOf(
  schema: z.ZodObject | undefined,
  place: 'path' | 'query',
  registry: z.core.$ZodRegistry<{ id: string }>,
): Json[] {
  if (!schema) return []
  const { properties = {}, required = [] } = jsonSchema(schema, 'input', registry) as {
    properties?: Record<string, Json>
    required?: string[]
  }
  // Inputs that are coerced or may be repeated have no input type of their own; what they become has.
  const parsed = (jsonSchema(schema, 'output', registry) as { properties?: Record<string, Json> }).properties ?? {}
  return Object.keys(properties).map((name) => ({
    name,
    in: place,
    required: place === 'path' || (required.includes(name) && parsed[name]?.default === undefined),
    schema: Object.keys(properties[name] ?? {}).some((key) => key !== 'default') ? properties[name] : parsed[name],
    ...(parsed[name]?.type === 'array' ? { style: 'form', explode: true } : {}),
  }))
}

function namedRecords(registry: z.core.$ZodRegistry<{ id: string }>): Json {
  const named: Json = {}
  for (const [id, schema] of Object.entries(records)) named[id] = inlineOf(schema, 'output', registry, id)
  return named
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output', registry: z.core.$ZodRegistry<{ id: string }>): Json {
  return inlineOf(schema, io, registry)
}

/** zod puts records it knows by name under `$defs`; the document keeps them once, under `components`. */
function inlineOf(
  schema: z.ZodType,
  io: 'input' | 'output',
  registry: z.core.$ZodRegistry<{ id: string }>,
  self?: string,
): Json {
  const made = z.toJSONSchema(schema, { io, metadata: registry, unrepresentable: 'any' }) as Json
  delete made.$schema
  delete made.$defs
  if (self) delete made.id
  return JSON.parse(JSON.stringify(made).replaceAll('#/$defs/', '#/components/schemas/')) as Json
}

function tagOf(path: string): string {
  return path.split('/')[1] ?? ''
}
