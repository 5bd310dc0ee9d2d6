import { actionStates } from '@cordon/response'
import { describe, expect, it } from 'vitest'
import { stagesOf } from './stages.ts'

const t = '2026-11-21T10:00:00.000Z'
const marks = (state: (typeof actionStates)[number], over: { appliedAt?: string; verifiedAt?: string } = {}) =>
  stagesOf({ state, requestedAt: t, appliedAt: null, verifiedAt: null, endedAt: null, updatedAt: t, ...over }).map(
    (s) => s.mark,
  )

describe('stagesOf', () => {
  it.each([
    ['requested', {}, ['done', 'now', 'todo']],
    ['applied', { appliedAt: t }, ['done', 'done', 'now']],
    ['verified', { appliedAt: t, verifiedAt: t }, ['done', 'done', 'proof']],
    ['partly', { appliedAt: t }, ['done', 'done', 'partly']],
    ['not-verified', { appliedAt: t }, ['done', 'done', 'doubt']],
    ['broken', { appliedAt: t, verifiedAt: t }, ['done', 'done', 'done', 'broken']],
    ['released', { appliedAt: t, verifiedAt: t }, ['done', 'done', 'done', 'ended']],
    ['failed', {}, ['done', 'failed', 'todo']],
    ['failed', { appliedAt: t }, ['done', 'done', 'failed']],
    ['cancelled', {}, ['done', 'ended']],
    ['pending-approval', {}, ['done', 'now', 'todo', 'todo']],
    ['rejected', {}, ['done', 'ended']],
  ] as const)('%s %j', (state, over, expected) => {
    expect(marks(state, over)).toEqual(expected)
  })

  it('shows proof for the state verified only, whatever times are set', () => {
    for (const state of actionStates)
      if (state !== 'verified') expect(marks(state, { appliedAt: t, verifiedAt: t })).not.toContain('proof')
  })
})
