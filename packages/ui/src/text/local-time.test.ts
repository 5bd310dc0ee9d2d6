import { expect, it } from 'vitest'
import { fromLocalTime, toLocalTime } from './local-time.ts'

it('keeps a moment over the clock of the browser, to the minute or the second', () => {
  expect(fromLocalTime(toLocalTime('2026-11-21T02:00:30.000Z'))).toBe('2026-11-21T02:00:00.000Z')
  expect(fromLocalTime(toLocalTime('2026-11-21T02:00:30.000Z', 'seconds'))).toBe('2026-11-21T02:00:30.000Z')
})

it('takes nothing else for a moment', () => {
  expect(toLocalTime('soon')).toBe('')
  expect(fromLocalTime('')).toBeUndefined()
})
