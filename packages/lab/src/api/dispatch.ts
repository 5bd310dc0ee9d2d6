import { aggregatedDiscoveryVersion } from './accept.ts'
import { objectAnswer, type Answer, type ApiContext, type Call } from './call.ts'
import { deleteCollection, deleteObject } from './delete-handlers.ts'
import { aggregatedDiscovery, apiGroup, coreVersions, groupList, resourceList } from './discovery.ts'
import { evictPod } from './eviction.ts'
import { openApi } from './openapi.ts'
import { podExec, podLog, podPortForward } from './pod-streams.ts'
import { getObject, listObjects, watchObjects } from './read-handlers.ts'
import type { ResourceDefinition } from './resource-definition.ts'
import { review } from './review-handlers.ts'
import { methodNotAllowed, pageNotFound, unknownResource } from './status-error.ts'
import { bindPod, handleScale, handleProxy, requestToken } from './subresource-handlers.ts'
import { watchAnswer } from './watch-stream.ts'
import { createObject, patchObject, updateObject } from './write-handlers.ts'

type Handler = (context: ApiContext, definition: ResourceDefinition, call: Call) => Answer

const MAIN: Record<string, Handler> = {
  get: getObject,
  list: listObjects,
  watch: (context, definition, call) => watchAnswer(context, watchObjects(context, definition, call), call),
  create: (context, definition, call) =>
    definition.plural === 'bindings'
      ? bindPod(context, context.catalog.find('', 'v1', 'pods')!, call)
      : (review(context, definition, call) ?? createObject(context, definition, call)),
  update: updateObject,
  patch: patchObject,
  delete: deleteObject,
  deletecollection: deleteCollection,
}

const SUBRESOURCE: Record<string, Handler> = {
  'create pods/binding': bindPod,
  'create pods/eviction': evictPod,
  'create serviceaccounts/token': requestToken,
  'get pods/log': podLog,
  'get pods/exec': podExec,
  'create pods/exec': podExec,
  'get pods/attach': podExec,
  'create pods/attach': podExec,
  'get pods/portforward': podPortForward,
  'create pods/portforward': podPortForward,
}

/** Runs an authorised request. @throws StatusError. */
export function dispatch(context: ApiContext, call: Call): Answer {
  const { info } = call
  if (!info.isResource) return nonResource(context, call)
  if (!context.catalog.hasGroupVersion(info.group, info.version)) throw pageNotFound()
  const definition = context.catalog.find(info.group, info.version, info.resource)
  if (!definition) throw unknownResource()
  if (!info.subresource) {
    const verb = info.verb === 'create' && info.name ? '' : info.verb
    const handler = MAIN[verb]
    if (!handler || !definition.verbs.includes(verb)) throw methodNotAllowed()
    return handler(context, definition, call)
  }
  return subresource(context, definition, call)
}

function subresource(context: ApiContext, definition: ResourceDefinition, call: Call): Answer {
  const { info } = call
  const sub = definition.subresources.find((s) => s.name === info.subresource)
  if (!sub) throw unknownResource()
  if (!sub.verbs.includes(info.verb)) throw methodNotAllowed()
  if (sub.name === 'proxy') return handleProxy(context, definition, call)
  if (sub.name === 'scale') return handleScale(context, definition, call)
  const own = SUBRESOURCE[`${info.verb} ${definition.plural}/${sub.name}`]
  if (own) return own(context, definition, call)
  return MAIN[info.verb]!(context, definition, call)
}

const HEALTH = /^\/(healthz|livez|readyz)(\/.*)?$/

function nonResource(context: ApiContext, call: Call): Answer {
  const { path, method, query } = call.info
  if (HEALTH.test(path)) {
    const verbose = query.get('verbose') !== null ? '[+]ping ok\n[+]log ok\n[+]etcd ok\n' : ''
    return {
      kind: 'text',
      status: 200,
      text: verbose ? `${verbose}${path.slice(1)} check passed\n` : 'ok',
      contentType: 'text/plain; charset=utf-8',
    }
  }
  if (method !== 'GET') throw pageNotFound()
  const { catalog } = context
  if (path === '/version' || path === '/version/') return objectAnswer(200, versionInfo(context))
  const aggregated = aggregatedDiscoveryVersion(call.headers.accept)
  if ((path === '/api' || path === '/apis') && aggregated && context.version.minor >= 26)
    return objectAnswer(200, aggregatedDiscovery(catalog, path === '/api', aggregated), {
      'cache-control': 'public',
      'content-type': `application/json;g=apidiscovery.k8s.io;v=${aggregated};as=APIGroupDiscoveryList`,
    })
  if (path === '/api' || path === '/api/')
    return objectAnswer(200, coreVersions(call.headers.host ?? 'kubernetes.default.svc'))
  if (path === '/apis' || path === '/apis/') return objectAnswer(200, groupList(catalog))
  const parts = path.split('/').filter((part) => part !== '')
  const found =
    parts[0] === 'api' && parts.length === 2
      ? resourceList(catalog, '', parts[1]!)
      : parts[0] === 'apis' && parts.length === 2
        ? apiGroup(catalog, parts[1]!)
        : parts[0] === 'apis' && parts.length === 3
          ? resourceList(catalog, parts[1]!, parts[2]!)
          : undefined
  if (found) return objectAnswer(200, found)
  if (path === '/.well-known/openid-configuration')
    return objectAnswer(200, {
      issuer: context.tokens.issuer,
      jwks_uri: `${context.tokens.issuer}/openid/v1/jwks`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    })
  if (path === '/openid/v1/jwks') return objectAnswer(200, context.tokens.jwks())
  const document = openApi(catalog, path, call.headers.accept)
  if (document) return document
  if (path === '/')
    return objectAnswer(200, {
      paths: ['/api', '/api/v1', '/apis', '/healthz', '/livez', '/openapi/v2', '/openapi/v3', '/readyz', '/version'],
    })
  throw pageNotFound()
}

function versionInfo(context: ApiContext): object {
  const { gitVersion, minor } = context.version
  return {
    major: '1',
    minor: String(minor),
    gitVersion,
    gitCommit: '0000000000000000000000000000000000000000',
    gitTreeState: 'clean',
    buildDate: '2026-01-05T10:00:00Z',
    goVersion: 'go1.24.0',
    compiler: 'gc',
    platform: 'linux/amd64',
  }
}
