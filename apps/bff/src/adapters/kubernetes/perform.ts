import { markers, type Operation, requestOf } from '@cordon/response'
import { setTimeout as sleep } from 'node:timers/promises'
import { ClusterUnreachable, type KubeAnswer, type KubeClient } from './kube-client.ts'

export type Performed =
  | { ok: true; answer: KubeAnswer; detail: string }
  /** `changed`: the object isn't as planned; plan again. `gone`: the object of that uid no longer exists. */
  | { ok: false; why: 'changed' | 'gone' | 'refused' | 'unreachable'; answer: KubeAnswer | null; detail: string }

// Together about 25 s: longer than an API server's restart behind a load balancer, shorter than an analyst's patience.
const retryDelaysMs = [200, 500, 1_000, 2_000, 4_000, 8_000, 10_000]
const transient = new Set([408, 429, 500, 502, 503, 504])

/**
 * Makes one write happen, or says why not. Safe to call again after a crash or a lost answer: whether the write has
 * happened is read from the cluster, never assumed. Nothing is changed that isn't bound to the operation's uid or label.
 */
export async function perform(
  client: KubeClient,
  op: Operation,
  signal: AbortSignal,
  delaysMs: readonly number[] = retryDelaysMs,
): Promise<Performed> {
  let last: Performed = { ok: false, why: 'unreachable', answer: null, detail: 'not tried' }
  for (const delay of [0, ...delaysMs]) {
    if (delay > 0) await sleep(delay, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return last
    try {
      const answer = await sendOnce(client, op, signal)
      if (!answer) return { ok: true, answer: { status: 404, body: null }, detail: 'It is gone already.' }
      const outcome = await interpret(client, op, answer)
      if (outcome) return outcome
      last = { ok: false, why: 'refused', answer, detail: messageOf(answer) }
    } catch (error) {
      if (!(error instanceof ClusterUnreachable)) throw error
      last = { ok: false, why: 'unreachable', answer: null, detail: error.message }
    }
  }
  return last
}

/** Undefined when there is nothing left to delete. */
async function sendOnce(client: KubeClient, op: Operation, signal: AbortSignal): Promise<KubeAnswer | undefined> {
  if (op.kind === 'delete' && op.ownedBy !== null) {
    const found = await client.request({ path: op.path, signal })
    if (found.status === 404) return undefined
    if (found.status !== 200) return found
    const labels = found.body?.metadata?.labels ?? {}
    // A foreign object of the same name is none of our business: ours is gone.
    if (labels[markers.action] !== op.ownedBy) return undefined
    return client.request({ ...requestOf({ ...op, uid: found.body.metadata.uid }), signal })
  }
  return client.request({ ...requestOf(op), signal })
}

/** Undefined = try again. */
async function interpret(client: KubeClient, op: Operation, answer: KubeAnswer): Promise<Performed | undefined> {
  if (answer.status >= 200 && answer.status < 300)
    return { ok: true, answer, detail: `The API server answered ${answer.status}.` }
  if (op.kind === 'create') return afterCreate(client, op, answer)
  if (op.kind === 'patch') return afterPatch(client, op, answer)
  return afterDelete(client, op, answer)
}

async function afterCreate(
  client: KubeClient,
  op: Operation & { kind: 'create' },
  answer: KubeAnswer,
): Promise<Performed | undefined> {
  if (answer.status !== 409) return refusedOrAgain(answer)
  const there = await client.request({ path: op.objectPath })
  if (there.status !== 200) return undefined
  const ours = there.body?.metadata?.labels?.[markers.action] === op.body.metadata.labels[markers.action]
  if (ours) return { ok: true, answer: there, detail: 'It was there already, from an earlier attempt of this action.' }
  return {
    ok: false,
    why: 'refused',
    answer: there,
    detail: `An object named ${op.body.metadata.name} exists that isn't ours; it was left alone.`,
  }
}

async function afterPatch(
  client: KubeClient,
  op: Operation & { kind: 'patch' },
  answer: KubeAnswer,
): Promise<Performed | undefined> {
  if (answer.status === 404) return { ok: false, why: 'gone', answer, detail: 'The pod no longer exists.' }
  // A failing test is 422 with a general message, a stale version 409: look what is there.
  if (answer.status !== 422 && answer.status !== 409) return refusedOrAgain(answer)
  const there = await client.request({ path: op.path })
  if (there.status === 404 || (there.status === 200 && there.body?.metadata?.uid !== op.uid))
    return {
      ok: false,
      why: 'gone',
      answer: there,
      detail: 'The pod was replaced by another of the same name; that one was left alone.',
    }
  if (there.status !== 200) return refusedOrAgain(there)
  if (isDone(op, there))
    return { ok: true, answer: there, detail: 'It was as wanted already, from an earlier attempt of this action.' }
  // A conflict of versions says nothing of our tests: they are made anew with the next try.
  if (answer.status === 409) return undefined
  return { ok: false, why: 'changed', answer, detail: 'The object was changed by someone else meanwhile.' }
}

function isDone(op: Operation & { kind: 'patch' }, there: KubeAnswer): boolean {
  const labels: Record<string, string> = there.body?.metadata?.labels ?? {}
  const spec: Record<string, unknown> = there.body?.spec ?? {}
  const wanted = Object.entries(op.doneWhenSpec ?? {})
  if (wanted.length === 0 && Object.keys(op.doneWhen).length === 0) return false
  return (
    Object.entries(op.doneWhen).every(([key, value]) => (labels[key] ?? null) === value) &&
    wanted.every(([key, value]) => spec[key] === value)
  )
}

async function afterDelete(
  client: KubeClient,
  op: Operation & { kind: 'delete' | 'evict' },
  answer: KubeAnswer,
): Promise<Performed | undefined> {
  if (answer.status === 404) return { ok: true, answer, detail: 'It no longer exists.' }
  if (answer.status === 409) {
    // The uid didn't match, or versions collided in the store: only the object itself tells which.
    const there = await client.request({ path: op.path.replace(/\/eviction$/, '') })
    if (there.status !== 404 && there.status !== 200) return undefined
    const uid = op.kind === 'delete' && op.ownedBy !== null ? undefined : op.uid
    if (there.status === 200 && (uid === undefined || there.body?.metadata?.uid === uid)) return undefined
    const detail = 'The object of this uid no longer exists; a successor of the same name was left alone.'
    return { ok: true, answer, detail }
  }
  if (op.kind === 'evict' && answer.status === 429)
    return { ok: false, why: 'refused', answer, detail: `The eviction was refused: ${messageOf(answer)}` }
  if (op.kind === 'evict' && answer.status === 500)
    return { ok: false, why: 'refused', answer, detail: `The eviction can't be decided: ${messageOf(answer)}` }
  return refusedOrAgain(answer)
}

function refusedOrAgain(answer: KubeAnswer): Performed | undefined {
  if (transient.has(answer.status)) return undefined
  return { ok: false, why: 'refused', answer, detail: messageOf(answer) }
}

function messageOf(answer: KubeAnswer): string {
  const message: unknown = answer.body?.message
  return typeof message === 'string' ? message : `The API server answered ${answer.status}.`
}
