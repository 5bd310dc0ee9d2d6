import { expect, test } from 'vitest'
import { bucketOf, lastHours } from './shift.ts'

const now = Date.parse('2026-11-21T10:00:30.500Z')

test('the last hours begin at a whole minute and end now', () => {
  expect(lastHours(8, now)).toEqual({ from: '2026-11-21T02:00:00.000Z' })
})

test('bars are days only where hours would be too many', () => {
  expect(bucketOf(lastHours(72, now), now)).toBe('day')
  expect(bucketOf(lastHours(71, now), now)).toBe('hour')
})
