import type { Identity, KubeApi, KubeObject } from '../ports.ts'

/** Where a kind lives in the API. */
export interface ResourceKind {
  group: string
  version: string
  resource: string
  kind: string
  namespaced: boolean
}

/** A request the API server refused, with the Status reason (`Conflict`, `NotFound` …). */
export class ApiRefusal extends Error {
  readonly status: number
  readonly reason: string

  constructor(status: number, reason: string, message: string) {
    super(message)
    this.status = status
    this.reason = reason
  }
}

/** Path of a collection, object or subresource. */
export function apiPath(kind: Pick<ResourceKind, 'group' | 'version' | 'resource'>, namespace?: string, name?: string) {
  const root = kind.group ? `/apis/${kind.group}/${kind.version}` : `/api/${kind.version}`
  const scope = namespace ? `/namespaces/${namespace}` : ''
  return `${root}${scope}/${kind.resource}${name ? `/${name}` : ''}`
}

/** Who a component is in the audit log. */
export interface ComponentActor {
  identity: Identity
  userAgent: string
  sourceIP: string
}

/** One component's connection to the API server: every call runs the full pipeline under the component's own identity. */
export class ComponentClient {
  readonly api: KubeApi
  readonly actor: ComponentActor

  constructor(api: KubeApi, actor: ComponentActor) {
    this.api = api
    this.actor = actor
  }

  async call(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', uri: string, body?: unknown, contentType?: string) {
    const response = await this.api.handle({
      method,
      uri,
      headers: { accept: 'application/json', ...(body ? { 'content-type': contentType ?? 'application/json' } : {}) },
      ...(body === undefined ? {} : { body }),
      identity: this.actor.identity,
      userAgent: this.actor.userAgent,
      sourceIPs: [this.actor.sourceIP],
    })
    if (response.status >= 400) {
      const { reason, message } = response.body ?? {}
      throw new ApiRefusal(response.status, reason ?? 'Unknown', `${method} ${uri}: ${message ?? response.status}`)
    }
    return response.body
  }

  get(kind: ResourceKind, namespace: string | undefined, name: string): Promise<KubeObject> {
    return this.call('GET', apiPath(kind, namespace, name))
  }

  create(kind: ResourceKind, namespace: string | undefined, body: unknown): Promise<KubeObject> {
    return this.call('POST', apiPath(kind, namespace), body)
  }

  update(kind: ResourceKind, object: KubeObject): Promise<KubeObject> {
    return this.call('PUT', apiPath(kind, object.metadata.namespace, object.metadata.name), object)
  }

  updateStatus(kind: ResourceKind, object: KubeObject): Promise<KubeObject> {
    return this.call('PUT', `${apiPath(kind, object.metadata.namespace, object.metadata.name)}/status`, object)
  }

  /** Strategic merge patch, as the built-in controllers send it. */
  patch(kind: ResourceKind, target: { namespace?: string; name: string; subresource?: string }, body: unknown) {
    const path = apiPath(kind, target.namespace, target.name) + (target.subresource ? `/${target.subresource}` : '')
    return this.call('PATCH', path, body, 'application/strategic-merge-patch+json') as Promise<KubeObject>
  }

  delete(kind: ResourceKind, target: { namespace?: string; name: string }, options?: DeleteOptions) {
    const body = options ? { kind: 'DeleteOptions', apiVersion: 'v1', ...options } : undefined
    return this.call('DELETE', apiPath(kind, target.namespace, target.name), body)
  }
}

export interface DeleteOptions {
  gracePeriodSeconds?: number
  preconditions?: { uid?: string; resourceVersion?: string }
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
}

/** True for answers that mean "the world moved on": look again instead of failing. */
export function isStale(error: unknown): boolean {
  return error instanceof ApiRefusal && (error.status === 409 || error.status === 404)
}
