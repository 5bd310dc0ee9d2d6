import { setTimeout as sleep } from 'node:timers/promises'
import { ClusterUnreachable, type KubeClient } from './kube-client.ts'

export interface Change<T> {
  type: 'added' | 'modified' | 'deleted'
  object: T
}

export interface ListWatchOptions<T> {
  client: KubeClient
  /** Collection path, e.g. `/api/v1/pods`. */
  path: string
  /** Cuts an object down to what is kept; the list's items carry no apiVersion and kind of their own. */
  project: (object: any) => T // any: the collection's kind
  /** After each complete list: everything that exists now. */
  onList: (objects: T[]) => void
  onChange: (change: Change<T>) => void
  /** Null when it works, else why not. Called on every change of that. */
  onState: (problem: { detail: string; forbidden: boolean; absent: boolean } | null) => void
  signal: AbortSignal
}

const pageSize = 500
// The server ends a watch now and then anyway; a fixed end finds half-open connections.
const watchSeconds = 290

/**
 * Lists a collection in pages and watches it from there, for ever: after a lost connection it resumes from the last
 * version, after 410 Gone it lists again, with back-off in between. Ends only when the signal aborts.
 */
export async function listWatch<T>(options: ListWatchOptions<T>): Promise<void> {
  let version: string | undefined
  let failures = 0
  while (!options.signal.aborted) {
    try {
      version ??= await listAll(options)
      options.onState(null)
      failures = 0
      version = await watchFrom(options, version)
    } catch (error) {
      if (options.signal.aborted) return
      const problem = problemOf(error)
      options.onState(problem)
      version = undefined
      failures++
      // A kind that isn't served or allowed is asked for rarely: a right or a CRD may be added later.
      const wait =
        problem.absent || problem.forbidden ? 60_000 : Math.min(500 * 2 ** failures, 15_000) * (0.5 + Math.random() / 2)
      await sleep(wait, undefined, { signal: options.signal }).catch(() => undefined)
    }
  }
}

class Refused extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

function problemOf(error: unknown) {
  const status = error instanceof Refused ? error.status : 0
  return {
    detail: error instanceof Error ? error.message : String(error),
    forbidden: status === 403 || status === 401,
    absent: status === 404,
  }
}

async function listAll<T>({ client, path, project, onList, signal }: ListWatchOptions<T>): Promise<string> {
  const objects: T[] = []
  let next = ''
  for (;;) {
    const answer = await client.request({ path: `${path}?limit=${pageSize}${next}`, signal, timeoutMs: 30_000 })
    if (answer.status === 410 && next) return listAll({ client, path, project, onList, signal } as ListWatchOptions<T>) // the continue token expired between pages
    if (answer.status !== 200)
      throw new Refused(
        answer.status,
        answer.body?.message ?? `the API server answered ${answer.status} to a list of ${path}`,
      )
    for (const item of answer.body.items ?? []) objects.push(project(item))
    const token: string | undefined = answer.body.metadata?.continue
    if (!token) {
      onList(objects)
      return answer.body.metadata?.resourceVersion ?? ''
    }
    next = `&continue=${encodeURIComponent(token)}`
  }
}

/** Resolves with the version to go on from, or undefined when a new list is needed. */
async function watchFrom<T>(options: ListWatchOptions<T>, from: string): Promise<string | undefined> {
  let version: string | undefined = from
  const onLine = (line: string) => {
    const event = JSON.parse(line) as { type: string; object: any } // any: as `project`
    if (event.type === 'ERROR' || !event.type) {
      if (event.object?.code !== 410)
        throw new Refused(event.object?.code ?? 500, event.object?.message ?? 'the watch failed')
      version = undefined // too old: list again
      return
    }
    version = event.object?.metadata?.resourceVersion ?? version
    if (event.type === 'ADDED') options.onChange({ type: 'added', object: options.project(event.object) })
    else if (event.type === 'MODIFIED') options.onChange({ type: 'modified', object: options.project(event.object) })
    else if (event.type === 'DELETED') options.onChange({ type: 'deleted', object: options.project(event.object) })
  }
  const path = `${options.path}?watch=1&allowWatchBookmarks=true&timeoutSeconds=${watchSeconds}&resourceVersion=${encodeURIComponent(from)}`
  try {
    const status = await options.client.lines({ path, signal: options.signal, onLine })
    if (status === 410) return undefined
    if (status !== 200) throw new Refused(status, `the API server answered ${status} to a watch of ${options.path}`)
  } catch (error) {
    // A cut stream is no reason to list again as long as the version is known.
    if (!(error instanceof ClusterUnreachable) && !(error instanceof Refused) && !options.signal.aborted) {
      await sleep(200)
      return version
    }
    throw error
  }
  return version
}
