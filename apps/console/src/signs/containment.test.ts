import { ContainmentState } from '@cordon/entities'
import { nodeSvg } from '@cordon/ui'
import { expect, it } from 'vitest'
import { containmentLooks } from './containment.ts'

const verified = ['isolated', 'restricted', 'scaled-to-zero', 'suspended']
const palette = new Proxy({}, { get: () => '#000' }) as Parameters<typeof nodeSvg>[1] // every colour alike

it('is green for what was verified and for nothing else', () => {
  const green = ContainmentState.options.filter((state) => containmentLooks[state].tone === 'proof')
  expect(green).toEqual(verified)
})

it('draws what differs differently without colour; only what is under way may look alike within its kind', () => {
  const drawings = Map.groupBy(ContainmentState.options, (state) => {
    const { seal, kind } = containmentLooks[state]
    return nodeSvg({ glyph: 'pod', role: 'context', severity: null, seal, sealKind: kind }, palette)
  })
  const alike = [...drawings.values()].filter((states) => states.length > 1)
  expect(alike).toEqual([
    ['isolating', 'releasing'],
    ['restricting', 'lifting'],
    ['scaling-down', 'restoring'],
    ['suspending', 'resuming'],
  ])
})
