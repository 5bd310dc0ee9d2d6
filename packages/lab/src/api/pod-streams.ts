import type { ContainerRef, KubeObject } from '../ports.ts'
import type { Answer, ApiContext, Call, StreamSink } from './call.ts'
import { readObject } from './read-handlers.ts'
import { isTrue } from './request-info.ts'
import type { ResourceDefinition } from './resource-definition.ts'
import { badRequest, internalError, invalid, StatusError } from './status-error.ts'

type Json = any // any: container statuses of a pod

const names = (containers: Json[] | undefined): string[] => (containers ?? []).map((c) => c.name)

/** The container a request means. @throws 400 as the server words it. */
function containerOf(pod: KubeObject, asked: string | null): string {
  const { name } = pod.metadata
  const main = names(pod.spec.containers)
  const all = [...main, ...names(pod.spec.initContainers), ...names(pod.spec.ephemeralContainers)]
  if (asked) {
    if (!all.includes(asked)) throw badRequest(`container ${asked} is not valid for pod ${name}`)
    return asked
  }
  if (main.length === 1 && !pod.spec.initContainers?.length) return main[0]!
  const byAnnotation = pod.metadata.annotations?.['kubectl.kubernetes.io/default-container']
  if (main.length === 1) return main[0]!
  if (byAnnotation && main.includes(byAnnotation)) return byAnnotation
  const init = names(pod.spec.initContainers)
  const listed = `choose one of: [${main.join(' ')}]${init.length ? ` or one of the init containers: [${init.join(' ')}]` : ''}`
  throw badRequest(`a container name must be specified for pod ${name}, ${listed}`)
}

const statusOf = (pod: KubeObject, container: string): Json =>
  [
    ...(pod.status?.containerStatuses ?? []),
    ...(pod.status?.initContainerStatuses ?? []),
    ...(pod.status?.ephemeralContainerStatuses ?? []),
  ].find((s) => s.name === container)

const refOf = (pod: KubeObject, container: string): ContainerRef => ({
  namespace: pod.metadata.namespace ?? '',
  pod: pod.metadata.name,
  podUid: pod.metadata.uid,
  container,
})

function count(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  if (!/^-?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing "${text}": invalid syntax`)
  return Number(text)
}

/** `pods/log`. */
export function podLog(context: ApiContext, definition: ResourceDefinition, call: Call): Answer {
  const { query, name } = call.info
  const pod = readObject(context, definition, call)
  const options = { group: '', kind: 'PodLogOptions' }
  if (query.get('stream') !== null)
    throw invalid(options, name, [{ type: 'Forbidden', field: 'stream', detail: 'may not be specified' }])
  for (const [field, least] of [
    ['tailLines', 0],
    ['limitBytes', 1],
    ['sinceSeconds', 1],
  ] as const) {
    const value = count(query, field)
    if (value !== undefined && value < least)
      throw invalid(options, name, [
        { type: 'Invalid value', field, value, detail: `must be greater than ${least === 0 ? 'or equal to ' : ''}0` },
      ])
  }
  const container = containerOf(pod, query.get('container'))
  const previous = isTrue(query, 'previous')
  const status = statusOf(pod, container)
  if (!previous && !status?.state?.running && !status?.state?.terminated) {
    if (!pod.spec.nodeName) throw badRequest(`container ${container} in pod "${name}" does not have a host assigned`)
    throw badRequest(
      `container "${container}" in pod "${name}" is waiting to start: ${status?.state?.waiting?.reason ?? 'ContainerCreating'}`,
    )
  }
  const log = context.runtime?.logs(refOf(pod, container), {
    previous,
    timestamps: isTrue(query, 'timestamps'),
    tailLines: count(query, 'tailLines'),
    sinceSeconds: count(query, 'sinceSeconds'),
    sinceTime: query.get('sinceTime') ?? undefined,
    limitBytes: count(query, 'limitBytes'),
  })
  if (!log) {
    if (previous) throw badRequest(`previous terminated container "${container}" in pod "${name}" not found`)
    return { kind: 'text', status: 200, text: '', contentType: 'text/plain' }
  }
  if (!isTrue(query, 'follow')) return { kind: 'text', status: 200, text: log.text, contentType: 'text/plain' }
  return { kind: 'stream', status: 200, contentType: 'text/plain', start: (sink) => followLog(context, pod, log, sink) }
}

function followLog(
  context: ApiContext,
  pod: KubeObject,
  log: { text: string; follow(onText: (text: string) => void): () => void },
  sink: StreamSink,
): () => void {
  if (log.text) sink.write(log.text)
  const unfollow = log.follow((text) => sink.write(text))
  // The log ends with the pod.
  const unsubscribe = context.store.subscribe('/pods', (event) => {
    const ended =
      event.object.metadata.uid === pod.metadata.uid &&
      (event.type === 'DELETED' || ['Succeeded', 'Failed'].includes(event.object.status?.phase))
    if (!ended) return
    stop()
    sink.end()
  })
  const stop = () => {
    unfollow()
    unsubscribe()
  }
  return stop
}

/** `pods/exec` and `pods/attach`: checks everything that can be checked before the connection is upgraded. */
export function podExec(context: ApiContext, definition: ResourceDefinition, call: Call): Answer {
  const { query, name, subresource } = call.info
  const pod = readObject(context, definition, call)
  const container = containerOf(pod, query.get('container'))
  if (!/upgrade/i.test(call.headers.connection ?? '')) throw badRequest('Upgrade request required')
  if (['Succeeded', 'Failed'].includes(pod.status?.phase))
    throw new StatusError(
      500,
      undefined,
      `cannot exec into a container in a completed pod; current phase is ${pod.status.phase}`,
    )
  const state = statusOf(pod, container)?.state
  if (!pod.spec.nodeName) throw badRequest(`pod ${name} does not have a host assigned`)
  if (state && !state.running)
    throw internalError(`error executing command in container: container is not created or running`)
  if (!context.runtime) throw internalError('error dialing backend: the node has no container runtime')
  return {
    kind: 'exec',
    status: 101,
    exec: {
      pod,
      container,
      attach: subresource === 'attach',
      command: query.getAll('command'),
      stdin: isTrue(query, 'stdin'),
      stdout: isTrue(query, 'stdout'),
      stderr: isTrue(query, 'stderr'),
      tty: isTrue(query, 'tty'),
    },
  }
}

export function podPortForward(context: ApiContext, definition: ResourceDefinition, call: Call): Answer {
  readObject(context, definition, call)
  if (!/upgrade/i.test(call.headers.connection ?? '')) throw badRequest('Upgrade request required')
  throw new StatusError(501, 'NotImplemented', 'port forwarding is not available in this cluster')
}
