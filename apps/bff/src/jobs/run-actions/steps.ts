import { type ActionStep, type Operation, requestOf } from '@cordon/response'
import type { Performed } from '../../adapters/kubernetes/perform.ts'

export const captureStep = 'capture-evidence'
export const verifyStep = 'verify'

const pending = (id: string, title: string, request: ActionStep['request']): ActionStep => ({
  id,
  title,
  state: 'pending',
  startedAt: null,
  finishedAt: null,
  detail: null,
  request,
  response: null,
})

/** The steps of an action as its record lists them: what is sent, and the checks around it. */
export function stepsFor(operations: Operation[], captures: boolean): ActionStep[] {
  return [
    ...(captures ? [pending(captureStep, 'Capture evidence: manifest, logs, events, policies, processes', null)] : []),
    ...operations.map((op) => pending(op.id, op.title, requestOf(op))),
    pending(verifyStep, 'Verify the effect', null),
  ]
}

/** Steps that were performed keep their place in the record under a name of their own when a plan is made anew. */
export function archived(steps: ActionStep[]): ActionStep[] {
  const done = steps.filter((s) => s.state !== 'pending')
  const round = Math.max(0, ...done.map((s) => Number(/~(\d+)$/.exec(s.id)?.[1] ?? 0))) + 1
  return done.map((s) =>
    /~\d+$/.test(s.id) ? s : { ...s, id: `${s.id}~${round}`, state: s.state === 'running' ? 'skipped' : s.state },
  )
}

export function started(steps: ActionStep[], id: string): ActionStep[] {
  return replace(steps, id, (s) => ({ ...s, state: 'running', startedAt: s.startedAt ?? now() }))
}

export function finished(steps: ActionStep[], id: string, ok: boolean, detail: string): ActionStep[] {
  return replace(steps, id, (s) => ({ ...s, state: ok ? 'done' : 'failed', finishedAt: now(), detail }))
}

export function performed(steps: ActionStep[], id: string, outcome: Performed): ActionStep[] {
  const done = finished(steps, id, outcome.ok, outcome.detail)
  return replace(done, id, (s) => ({ ...s, response: outcome.answer ? responseOf(outcome.answer) : null }))
}

// The record shows what was answered; a whole pod with its status would only bury it.
const keptBytes = 16_384

/** What a Kubernetes object and a Status have in common. */
interface StatusLike {
  kind?: string
  metadata?: { name?: string; uid?: string; resourceVersion?: string; labels?: Record<string, string> }
  reason?: string
  message?: string
}

function responseOf(answer: { status: number; body: unknown }): ActionStep['response'] {
  const { body } = answer
  const small = body !== null && JSON.stringify(body ?? null).length <= keptBytes
  const { kind, metadata, reason, message } = (body ?? {}) as StatusLike
  return {
    status: answer.status,
    reason,
    message,
    body: small
      ? body
      : {
          kind,
          metadata: {
            name: metadata?.name,
            uid: metadata?.uid,
            resourceVersion: metadata?.resourceVersion,
            labels: metadata?.labels,
          },
        },
  }
}

function replace(steps: ActionStep[], id: string, change: (s: ActionStep) => ActionStep): ActionStep[] {
  return steps.map((s) => (s.id === id ? change(s) : s))
}

function now(): string {
  return new Date().toISOString()
}
