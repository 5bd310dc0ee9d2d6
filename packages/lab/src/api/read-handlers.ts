import type { KubeObject } from '../ports.ts'
import type { StoreEvent } from '../store/bucket.ts'
import { objectAnswer, type Answer, type ApiContext, type Call, type ListAnswer } from './call.ts'
import { toServed } from './event-conversion.ts'
import { jsonErrorText } from './object-decoder.ts'
import { objectKey, type ResourceDefinition } from './resource-definition.ts'
import { isTrue } from './request-info.ts'
import { parseFieldSelector, parseLabelSelector } from './selectors.ts'
import { badRequest, expired, invalid, notFound, StatusError } from './status-error.ts'

/** The object of a request. @throws 404. */
export function readObject(context: ApiContext, definition: ResourceDefinition, call: Call): KubeObject {
  const { name, namespace } = call.info
  const object = context.store.get(definition.storage, objectKey(definition.namespaced ? namespace : '', name))
  if (!object) throw notFound(definition, name)
  return object
}

export const getObject = (context: ApiContext, definition: ResourceDefinition, call: Call): Answer =>
  objectAnswer(200, toServed(definition, readObject(context, definition, call)))

const prefixOf = (definition: ResourceDefinition, namespace: string): string =>
  definition.namespaced && namespace ? `${namespace}/` : ''

/** Matcher of the request's label and field selector; undefined when there is none. */
export function selectorOf(
  definition: ResourceDefinition,
  query: URLSearchParams,
): ((object: KubeObject) => boolean) | undefined {
  const labels = parseLabelSelector(query.get('labelSelector'))
  const fields = parseFieldSelector(query.get('fieldSelector'), definition.storage)
  if (!labels && !fields) return undefined
  return (object) => (!labels || labels(object.metadata.labels)) && (!fields || fields(object))
}

interface ContinueToken {
  rv: number
  start: string
}

function decodeContinue(text: string): ContinueToken {
  const json = Buffer.from(text, 'base64url').toString('latin1')
  let token: { v?: string; rv?: number; start?: string }
  try {
    token = JSON.parse(json)
  } catch {
    throw badRequest(`invalid continue token: continue key is not valid: ${jsonErrorText(json)}`)
  }
  if (token.v !== 'meta.k8s.io/v1')
    throw badRequest(
      'invalid continue token: continue key is not valid: server does not recognize this encoded version',
    )
  if (typeof token.rv !== 'number' || typeof token.start !== 'string' || token.start === '')
    throw badRequest('invalid continue token: continue key is not valid: encoded continue token had an empty start key')
  return { rv: token.rv, start: token.start.slice(1) }
}

const encodeContinue = (rv: number, start: string): string =>
  Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv, start: `/${start}\u0000` })).toString('base64url')

const INCONSISTENT =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.'

/** Parses a `resourceVersion` parameter; undefined when it is not given. */
function versionParameter(text: string | null): number | undefined {
  if (text === null || text === '') return undefined
  if (!/^\d+$/.test(text))
    throw new StatusError(
      500,
      undefined,
      `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    )
  return Number(text)
}

function checkNotFuture(revision: number, current: number): void {
  if (revision <= current) return
  throw new StatusError(504, 'Timeout', `Timeout: Too large resource version: ${revision}, current: ${current}`, {
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
  })
}

export function listObjects(context: ApiContext, definition: ResourceDefinition, call: Call): Answer {
  const { query } = call.info
  const matches = selectorOf(definition, query)
  const limit = Number(query.get('limit') ?? 0) || 0
  const { revision, start, rows } = listedRows(context, definition, call)

  const items: KubeObject[] = []
  let last = ''
  let remaining = 0
  for (const [key, object] of rows) {
    if (start !== undefined && key < start) continue
    if (matches && !matches(object)) continue
    if (limit > 0 && items.length >= limit) {
      remaining++
      if (matches) break
      continue
    }
    items.push(toServed(definition, object))
    last = key
  }
  const prefix = prefixOf(definition, call.info.namespace)
  const list: ListAnswer = { definition, resourceVersion: String(revision), items }
  if (remaining > 0) {
    list.continue = encodeContinue(revision, last.slice(prefix.length))
    // Counting what a selector leaves would mean reading everything; the server leaves the number out then.
    if (!matches) list.remainingItemCount = remaining
  }
  return { kind: 'list', status: 200, list }
}

function listedRows(
  context: ApiContext,
  definition: ResourceDefinition,
  call: Call,
): { revision: number; start?: string; rows: Iterable<[string, KubeObject]> } {
  const { store } = context
  const { query, namespace } = call.info
  const prefix = prefixOf(definition, namespace)
  const token = query.get('continue')
  const asked = versionParameter(query.get('resourceVersion'))
  const match = query.get('resourceVersionMatch')
  if (match && asked === undefined && !isTrue(query, 'sendInitialEvents'))
    throw listOptionsInvalid(
      'resourceVersionMatch',
      'Forbidden',
      'resourceVersionMatch is forbidden unless resourceVersion is provided',
    )
  if (token) {
    if (asked) throw badRequest('specifying resource version is not allowed when using continue')
    const { rv, start } = decodeContinue(token)
    // -1: continue from the newest state, after a consistent continuation had expired.
    if (rv < 0)
      return { revision: store.revision(), start: `${prefix}${start}`, rows: store.scan(definition.storage, prefix) }
    const rows = store.at(definition.storage, prefix, rv)
    if (!rows) throw expired(INCONSISTENT, encodeContinue(-1, start.replace(/\0$/, '')))
    return { revision: rv, start: `${prefix}${start}`, rows }
  }
  if (asked) checkNotFuture(asked, store.revision())
  if (match === 'Exact' && asked !== undefined) {
    const rows = store.at(definition.storage, prefix, asked)
    if (!rows) throw expired('The resourceVersion for the provided list is too old.')
    return { revision: asked, rows }
  }
  return { revision: store.revision(), rows: store.scan(definition.storage, prefix) }
}

const listOptionsInvalid = (field: string, type: 'Forbidden' | 'Invalid value', detail: string): StatusError =>
  invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', [{ type, field, detail }])

/** One change as a watcher sees it. */
export interface WatchedChange {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  object: KubeObject
}

export interface WatchRequest {
  definition: ResourceDefinition
  /** Delivers what exists or was missed, then every change. Returns the stop function. */
  start(onChange: (change: WatchedChange) => void, onEnd: () => void): () => void
}

/** Real servers end watches without a timeout after a random 30 to 60 minutes. */
const DEFAULT_WATCH_SECONDS = 1800

/** Prepares a watch. @throws Status errors for bad parameters, before the stream starts. */
export function watchObjects(context: ApiContext, definition: ResourceDefinition, call: Call): WatchRequest {
  const { query, namespace } = call.info
  const { store } = context
  const matches = selectorOf(definition, query)
  const asked = versionParameter(query.get('resourceVersion'))
  const initial = query.get('sendInitialEvents') === null ? undefined : isTrue(query, 'sendInitialEvents')
  checkInitialEvents(context, query, initial)
  if (asked) checkNotFuture(asked, store.revision())
  const bookmarks = isTrue(query, 'allowWatchBookmarks')
  const seconds = Number(query.get('timeoutSeconds') ?? 0) || DEFAULT_WATCH_SECONDS * (1 + Math.random())
  const prefix = prefixOf(definition, namespace)

  return {
    definition,
    start(onChange, onEnd) {
      const replayed =
        initial === true || asked === undefined || asked === 0 ? undefined : store.since(definition.storage, asked)
      if (asked && initial !== true && !replayed) {
        onChange({ type: 'ERROR', object: tooOld(asked, store.compactedAt(definition.storage)) })
        onEnd()
        return () => undefined
      }
      const forward = (event: StoreEvent) => {
        const change = event.key.startsWith(prefix) ? selected(event, matches) : undefined
        if (change) onChange({ type: change.type, object: toServed(definition, change.object) })
      }
      if (replayed) for (const event of replayed) forward(event)
      else if (initial !== false)
        for (const [, object] of store.scan(definition.storage, prefix))
          if (!matches || matches(object)) onChange({ type: 'ADDED', object: toServed(definition, object) })
      if (initial && bookmarks) onChange(bookmark(definition, store.revision(), true))
      const unsubscribe = store.subscribe(definition.storage, forward)
      const timer = bookmarks
        ? setInterval(() => onChange(bookmark(definition, store.revision(), false)), context.bookmarkIntervalMs).unref()
        : undefined
      const stop = () => {
        unsubscribe()
        clearInterval(timer)
        clearTimeout(end)
      }
      const end = setTimeout(() => {
        stop()
        onEnd()
      }, seconds * 1000)
      return stop
    },
  }
}

function checkInitialEvents(context: ApiContext, query: URLSearchParams, initial: boolean | undefined): void {
  const match = query.get('resourceVersionMatch')
  if (initial === undefined) {
    if (match)
      throw listOptionsInvalid(
        'resourceVersionMatch',
        'Forbidden',
        'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
      )
    return
  }
  // Streaming lists are on by default since Kubernetes 1.32; older servers refuse the parameter, clients fall back.
  if (context.version.minor < 32)
    throw listOptionsInvalid(
      'sendInitialEvents',
      'Forbidden',
      'sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled',
    )
  if (match !== 'NotOlderThan')
    throw listOptionsInvalid(
      'resourceVersionMatch',
      'Forbidden',
      'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    )
}

const tooOld = (asked: number, oldest: number): KubeObject =>
  expired(`too old resource version: ${asked} (${oldest})`).status as unknown as KubeObject

/** A change through a selector: entering it is ADDED, leaving it DELETED. */
function selected(
  event: StoreEvent,
  matches: ((object: KubeObject) => boolean) | undefined,
): { type: StoreEvent['type']; object: KubeObject } | undefined {
  if (!matches) return event
  const is = event.type !== 'DELETED' && matches(event.object)
  const was = event.previous !== undefined && matches(event.previous)
  if (is) return { type: was ? 'MODIFIED' : 'ADDED', object: event.object }
  if (!was) return undefined
  if (event.type === 'DELETED') return event
  const last = event.previous!
  return {
    type: 'DELETED',
    object: { ...last, metadata: { ...last.metadata, resourceVersion: String(event.revision) } },
  }
}

function bookmark(definition: ResourceDefinition, revision: number, initialEnd: boolean): WatchedChange {
  const apiVersion = definition.group ? `${definition.group}/${definition.version}` : definition.version
  const metadata = {
    resourceVersion: String(revision),
    ...(initialEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
  }
  const rest = definition.storage === '/pods' ? { spec: { containers: null }, status: {} } : {}
  return { type: 'BOOKMARK', object: { kind: definition.kind, apiVersion, metadata, ...rest } as unknown as KubeObject }
}
