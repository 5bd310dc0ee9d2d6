import { describe, expect, it } from 'vitest'
import { type ActionState, type ActionType, actionStates, actionTypes, containmentStateOf } from '../src/index.ts'

const say = (...actions: [ActionType, ActionState][]) =>
  containmentStateOf(actions.map(([type, state]) => ({ type, state })))?.state

describe('containmentStateOf', () => {
  it('calls nothing proven that was not verified', () => {
    const proven = ['isolated', 'restricted', 'gone', 'scaled-to-zero', 'suspended']
    for (const type of actionTypes)
      for (const state of actionStates)
        if (state !== 'verified') expect(proven, `${type} ${state}`).not.toContain(say([type, state]))
  })

  it.each([
    ['restricted', [['restrict-pod', 'verified']]],
    ['restriction-broken', [['restrict-pod', 'broken']]],
    ['scaled-to-zero', [['scale-to-zero', 'verified']]],
    ['suspension-not-verified', [['suspend-workload', 'not-verified']]],
    // An undo speaks while it runs; a failed one leaves what it wanted to undo in force.
    [
      'releasing',
      [
        ['isolate-pod', 'verified'],
        ['release-pod', 'applied'],
      ],
    ],
    [
      'isolated',
      [
        ['isolate-pod', 'verified'],
        ['release-pod', 'failed'],
      ],
    ],
    [
      undefined,
      [
        ['isolate-pod', 'released'],
        ['release-pod', 'verified'],
      ],
    ],
    // A later attempt that came to nothing hides nothing.
    [
      'broken',
      [
        ['isolate-pod', 'broken'],
        ['isolate-pod', 'failed'],
        ['terminate-pod', 'pending-approval'],
      ],
    ],
    // The weightier of two, whatever came later.
    [
      'isolated',
      [
        ['isolate-pod', 'verified'],
        ['restrict-pod', 'verified'],
      ],
    ],
    [
      'terminating',
      [
        ['terminate-pod', 'requested'],
        ['restrict-pod', 'verified'],
      ],
    ],
    // What ran out is told until something else was done, and never hides what is in force.
    [
      'expired',
      [
        ['isolate-pod', 'expired'],
        ['release-pod', 'verified'],
      ],
    ],
    [
      'restricted',
      [
        ['restrict-pod', 'verified'],
        ['isolate-pod', 'expired'],
      ],
    ],
    [
      undefined,
      [
        ['isolate-pod', 'expired'],
        ['isolate-pod', 'released'],
      ],
    ],
  ] as [string | undefined, [ActionType, ActionState][]][])('%s of %j', (expected, actions) => {
    expect(say(...actions)).toBe(expected)
  })
})
