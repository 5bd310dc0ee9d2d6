/** What a request asks for, read from method, path and query as the API server does. */
export interface RequestInfo {
  isResource: boolean
  verb: string
  method: string
  path: string
  group: string
  version: string
  resource: string
  subresource: string
  namespace: string
  name: string
  /** Path after the subresource (`proxy/metrics`). */
  rest: string
  query: URLSearchParams
}

const METHOD_VERBS: Record<string, string> = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
}

/** Subresources of a namespace itself; anything else below `namespaces/<name>/` is a resource inside it. */
const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize'])

const truthy = (value: string | null): boolean => value !== null && value !== 'false' && value !== '0'

/** Reads a request line. Never fails: what is not a resource request is a non-resource path. */
export function parseRequestInfo(method: string, uri: string): RequestInfo {
  const mark = uri.indexOf('?')
  const path = mark < 0 ? uri : uri.slice(0, mark)
  const query = new URLSearchParams(mark < 0 ? '' : uri.slice(mark + 1))
  const info: RequestInfo = {
    isResource: false,
    verb: method.toLowerCase(),
    method,
    path,
    group: '',
    version: '',
    resource: '',
    subresource: '',
    namespace: '',
    name: '',
    rest: '',
    query,
  }
  let parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeSegment)
  const prefix = parts[0]
  if (prefix === 'api' && parts.length >= 3) {
    info.version = parts[1]!
    parts = parts.slice(2)
  } else if (prefix === 'apis' && parts.length >= 4) {
    info.group = parts[1]!
    info.version = parts[2]!
    parts = parts.slice(3)
  } else return info

  info.isResource = true
  info.verb = METHOD_VERBS[method] ?? method.toLowerCase()
  if (parts[0] === 'watch' && parts.length > 1) {
    parts = parts.slice(1)
    query.set('watch', 'true')
  }
  if (parts[0] === 'namespaces' && parts.length > 1) {
    info.namespace = parts[1]!
    if (parts.length > 2 && !NAMESPACE_SUBRESOURCES.has(parts[2]!)) parts = parts.slice(2)
  }
  ;[info.resource = '', info.name = '', info.subresource = ''] = parts
  info.rest = parts.slice(3).join('/')
  if (info.name === '') nameless(info)
  return info
}

function nameless(info: RequestInfo): void {
  if (info.verb === 'get') info.verb = truthy(info.query.get('watch')) ? 'watch' : 'list'
  else if (info.verb === 'delete') info.verb = 'deletecollection'
  if (!['list', 'watch', 'deletecollection'].includes(info.verb)) return
  // A list narrowed to one name is authorised and audited as access to that name.
  const single = /(?:^|,)metadata\.name={1,2}([^,]+)(?:,|$)/.exec(info.query.get('fieldSelector') ?? '')
  if (single) info.name = single[1]!
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

export const isTrue = (query: URLSearchParams, name: string): boolean => truthy(query.get(name))
