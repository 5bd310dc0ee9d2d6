import { expect, it } from 'vitest'
import { inSchedule, scheduleProblem, scheduleWords } from './schedule.ts'

const berlin = (days: number[], from: string, until: string) => ({ days, from, until, timeZone: 'Europe/Berlin' })
const sundays = berlin([7], '02:00', '04:00')
const nights = berlin([5], '22:00', '04:00')

it.each([
  // Berlin is two hours ahead of UTC in summer, one in winter.
  [sundays, '2026-07-05T00:00:00Z', true],
  [sundays, '2026-07-05T01:59:59.999Z', true],
  [sundays, '2026-07-05T02:00:00Z', false],
  [sundays, '2026-07-04T23:59:59Z', false],
  [sundays, '2026-01-04T01:00:00Z', true],
  [sundays, '2026-01-04T00:30:00Z', false],
  [sundays, '2026-07-06T01:00:00Z', false],
  // Over midnight it belongs to the Friday on which it begins.
  [nights, '2026-07-03T20:00:00Z', true],
  [nights, '2026-07-04T01:59:00Z', true],
  [nights, '2026-07-04T02:00:00Z', false],
  [nights, '2026-07-04T20:30:00Z', false],
  [nights, '2026-07-03T01:00:00Z', false],
  // The night on which clocks go from 2 to 3, and the one on which two o'clock comes twice.
  [sundays, '2026-03-29T00:59:00Z', false],
  [sundays, '2026-03-29T01:00:00Z', true],
  [sundays, '2026-10-25T00:30:00Z', true],
  [sundays, '2026-10-25T01:30:00Z', true],
  // Monday follows Sunday, and the same time twice is the whole day round.
  [berlin([7], '23:00', '01:00'), '2026-07-05T22:30:00Z', true],
  [berlin([1], '09:00', '09:00'), '2026-07-06T20:00:00Z', true],
  [berlin([1], '09:00', '09:00'), '2026-07-07T06:59:00Z', true],
  [berlin([1], '09:00', '09:00'), '2026-07-07T07:00:00Z', false],
  [{ ...sundays, timeZone: 'Mars/Olympus' }, '2026-07-05T00:00:00Z', false],
])('%j at %s: %s', (schedule, at, expected) => expect(inSchedule(schedule, Date.parse(at))).toBe(expected))

it('says what it means, and which zone nobody knows', () => {
  expect(scheduleWords(berlin([7, 6], '22:00', '04:00'))).toBe('Saturday, Sunday 22:00–04:00 (Europe/Berlin)')
  expect(scheduleWords(berlin([1, 2, 3, 4, 5, 6, 7], '00:00', '01:00'))).toMatch(/^Every day/)
  expect(scheduleProblem(sundays)).toBeUndefined()
  expect(scheduleProblem({ ...sundays, timeZone: 'Mars/Olympus' })).toContain('Mars/Olympus')
})
