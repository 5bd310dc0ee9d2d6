import type { ApiRequest, ApiResponse, ContainerRuntime, Identity, KubeApi } from '../ports.ts'
import type { Store } from '../store/store.ts'
import { systemClock, type AuditSink, type Clock } from './audit.ts'
import { DEFAULT_AUDIT_POLICY, type AuditPolicy } from './audit-policy.ts'
import { bootstrap } from './bootstrap.ts'
import type { ApiContext, Answer } from './call.ts'
import { authorizeNode, nodeOf } from './node-authorizer.ts'
import { runRequest, type AuditContext, type IncomingRequest, type Outcome } from './pipeline.ts'
import { bodyOf } from './present.ts'
import { createRbac, type AccessAttributes, type Decision } from './rbac.ts'
import { createResourceCatalog } from './resource-catalog.ts'
import { objectKey, storageOf } from './resource-definition.ts'
import { createServiceAccountTokens, type ServiceAccountTokens } from './service-account-tokens.ts'

export interface ApiServerOptions {
  store: Store
  /** `v1.31.5`: what the version endpoint says; also decides which newer features are served. */
  version: string
  runtime?: ContainerRuntime
  /** Receives audit events as they happen, in the form the webhook sends them. */
  auditSink?: AuditSink
  auditPolicy?: AuditPolicy
  /** Tokens of users by their secret, as in a static token file. */
  staticTokens?: Map<string, Identity>
  /** RSA private key (PKCS#8 PEM) of service account tokens; keep it over restarts so that tokens stay valid. */
  serviceAccountKeyPem?: string
  /** PEM of the authority that signs serving and client certificates. */
  caPem?: string
  serviceCidr?: string
  bookmarkIntervalMs?: number
  /** Lifetime of events, one hour by default. */
  eventTtlMs?: number
  clock?: Clock
}

/** The API server: for components of the same process through `KubeApi`, for the network through `run`. */
export interface ApiServer extends KubeApi {
  /** Runs one request of a network listener. */
  run(request: IncomingRequest): Outcome
  /** The runtime that answers exec and log, once the nodes are up. */
  setRuntime(runtime: ContainerRuntime): void
  readonly context: ApiContext
  close(): void
}

/**
 * Creates the API server over a store. A fresh store gets the system namespaces and default roles first.
 */
export function createApiServer(options: ApiServerOptions): ApiServer {
  const { store } = options
  const clock = options.clock ?? systemClock
  const now = () => clock().date
  const minor = Number(/^v?1\.(\d+)/.exec(options.version)?.[1] ?? NaN)
  if (Number.isNaN(minor)) throw new Error(`"${options.version}" is not a Kubernetes version`)
  bootstrap(store, now)
  const rbac = createRbac(store)
  const tokens: ServiceAccountTokens = createServiceAccountTokens(store, now, {
    signingKeyPem: options.serviceAccountKeyPem,
  })
  const authenticateToken = (token: string) => {
    const known = options.staticTokens?.get(token)
    return known ? { identity: withAuthenticated(known), audiences: [tokens.issuer] } : tokens.verify(token)
  }
  const context: ApiContext = {
    store,
    catalog: createResourceCatalog(store, minor >= 33),
    rbac,
    tokens,
    authorize: (identity, attributes, query) => authorize(store, rbac, { identity, attributes, query }),
    runtime: options.runtime,
    version: { gitVersion: options.version, minor },
    now,
    caPem: options.caPem,
    serviceCidr: options.serviceCidr ?? '10.96.0.0/16',
    bookmarkIntervalMs: options.bookmarkIntervalMs ?? 60_000,
    authenticateToken,
  }
  const auditing: AuditContext = {
    policy: options.auditPolicy ?? DEFAULT_AUDIT_POLICY,
    sink: options.auditSink ?? (() => undefined),
    clock,
  }
  dropOrphanedResources(store)
  const stopExpiry = expireEvents(store, now, options.eventTtlMs ?? 3_600_000)
  const run = (request: IncomingRequest): Outcome => runRequest(context, auditing, request)

  return {
    context,
    run,
    authenticate: (token) => {
      const found = authenticateToken(token)
      return found?.audiences.includes(tokens.issuer) ? found.identity : undefined
    },
    setRuntime: (runtime) => (context.runtime = runtime),
    handle: (request) => handleInProcess(context, run, request),
    read: (group, resource, namespace, name) => store.get(storageOf(group, resource), objectKey(namespace, name)),
    list: (group, resource, namespace) =>
      [...store.scan(storageOf(group, resource), namespace ? `${namespace}/` : '')].map(([, object]) => object),
    watch: (group, resource, listener) =>
      store.subscribe(storageOf(group, resource), ({ type, object }) => listener({ type, object })),
    close: stopExpiry,
  }
}

const withAuthenticated = (identity: Identity): Identity =>
  identity.groups.includes('system:authenticated')
    ? identity
    : { ...identity, groups: [...identity.groups, 'system:authenticated'] }

function authorize(
  store: Store,
  rbac: ReturnType<typeof createRbac>,
  ask: { identity: Identity; attributes: AccessAttributes; query?: URLSearchParams },
): Decision {
  const { identity, attributes, query } = ask
  const byRole = () => rbac.authorize(identity, attributes)
  if (identity.groups.includes('system:masters')) return { allowed: true, reason: '' }
  const node = nodeOf(identity)
  if (node === undefined) return byRole()
  const listsPods =
    attributes.resourceRequest && attributes.resource === 'pods' && ['list', 'watch'].includes(attributes.verb)
  const own =
    listsPods && query && !selectsNode(query, node)
      ? { allowed: false, reason: 'can only list/watch pods with spec.nodeName field selector' }
      : authorizeNode(store, identity, attributes)
  if (own?.allowed) return own
  const role = byRole()
  return role.allowed ? role : { allowed: false, reason: own?.reason ?? role.reason }
}

const selectsNode = (query: URLSearchParams, node: string): boolean =>
  (query.get('fieldSelector') ?? '').split(',').some((term) => term.replace('==', '=') === `spec.nodeName=${node}`)

/** Runs a component's request; a stream is read until it ends by itself. */
async function handleInProcess(
  context: ApiContext,
  run: (request: IncomingRequest) => Outcome,
  request: ApiRequest,
): Promise<ApiResponse> {
  const headers = Object.fromEntries(
    Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  )
  const { body } = request
  const bytes =
    body === undefined
      ? new Uint8Array()
      : body instanceof Uint8Array
        ? body
        : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  if (bytes.length > 0) headers['content-type'] ??= 'application/json'
  const { method, uri, identity, userAgent, sourceIPs } = request
  const outcome = run({
    method,
    uri,
    headers,
    body: bytes,
    identity,
    userAgent,
    sourceIPs,
    signal: new AbortController().signal,
  })
  const { answer, call } = outcome
  const warning: Record<string, string> =
    call.warnings.length > 0 ? { warning: warningHeader(call.warnings).join(', ') } : {}
  if (answer.kind !== 'stream') {
    const result =
      answer.kind === 'exec'
        ? { status: 400, headers: {}, body: 'exec needs a network connection' }
        : { status: answer.status, headers: { ...answer.headers, ...warning }, body: bodyOf(context, call, answer) }
    outcome.finished()
    return result
  }
  const text = await collect(answer)
  outcome.finished()
  return { status: answer.status, headers: { 'content-type': answer.contentType, ...warning }, body: text }
}

const collect = (answer: Extract<Answer, { kind: 'stream' }>): Promise<string> =>
  new Promise((resolve) => {
    const chunks: string[] = []
    answer.start({ write: (chunk) => chunks.push(chunk), end: () => resolve(chunks.join('')) })
  })

/** `Warning` header values (RFC 7234, code 299). */
export const warningHeader = (warnings: string[]): string[] =>
  [...new Set(warnings)].map((text) => `299 - "${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`)

function expireEvents(store: Store, now: () => Date, ttlMs: number): () => void {
  const sweep = () => {
    const oldest = now().getTime() - ttlMs
    for (const [key, event] of Array.from(store.scan('/events')))
      if (new Date(event.lastTimestamp ?? event.metadata.creationTimestamp).getTime() < oldest)
        store.remove('/events', key)
  }
  const timer = setInterval(sweep, 60_000).unref()
  return () => clearInterval(timer)
}

/** Custom resources go with their definition. */
function dropOrphanedResources(store: Store): void {
  store.subscribe('apiextensions.k8s.io/customresourcedefinitions', ({ type, object }) => {
    if (type !== 'DELETED') return
    const resource = `${object.spec?.group}/${object.spec?.names?.plural}`
    for (const [key] of Array.from(store.scan(resource))) store.remove(resource, key)
  })
}
