import { describe, expect, it } from 'vitest'
import { judge } from '../../src/jobs/run-actions/probe.ts'

const to = { address: '10.0.0.7', port: 9, text: '10.0.0.7:9' }
const control = { address: '10.0.0.8', port: 80, text: 'pod web-2:80' }
const lines = (control: string[], target: string[]) => [
  ...control.map((c) => `control ${c}`),
  ...target.map((t) => `target ${t}`),
]
const up = ['connected', 'connected']

describe('what the tries of a probe show', () => {
  it.each([
    ['nobody answers any more', up, ['connected', 'timeout', 'timeout'], false, 'blocked'],
    [
      'on a port where nothing listens, an unfiltered pod refuses at once',
      up,
      ['refused', 'refused', 'refused', 'refused'],
      false,
      'unknown',
    ],
    ['no answer where the pod itself would refuse', up, ['refused', 'timeout', 'refused', 'timeout'], false, 'blocked'],
    ['refused where something is known to listen', up, ['connected', 'refused', 'refused'], true, 'blocked'],
    ['one lost packet', up, ['connected', 'timeout'], false, 'unknown'],
    ['still open', up, ['connected', 'connected'], true, 'connected'],
    ['open again after a gap', up, ['timeout', 'timeout', 'connected', 'connected'], true, 'connected'],
    ['nothing yet', [], [], true, 'unknown'],
  ])('%s', (_, reached, target, answers, expected) => {
    expect(judge(lines(reached, target), { from: 'a probe pod', to, control, answers }).target).toBe(expected)
  })

  it('a control that is blocked too is said to be', () => {
    expect(
      judge(lines(['timeout', 'timeout'], ['timeout', 'timeout']), { from: 'a probe pod', to, control, answers: false })
        .control,
    ).toBe('blocked')
  })
})
