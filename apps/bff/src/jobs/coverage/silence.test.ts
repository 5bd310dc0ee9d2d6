import { expect, it } from 'vitest'
import { rhythmOf } from './silence.ts'

const minute = 60_000
const every = (step: number, from: number, to: number) =>
  Array.from({ length: Math.floor((to - from) / step) }, (_, i) => (from + i * step) * minute)

it('calls a steady source silent soon, and one that reports by the hour late', () => {
  const steady = every(5, 0, 600)
  expect(rhythmOf(steady, steady, 604 * minute)).toMatchObject({ isSilent: false, gaps: [] })
  expect(rhythmOf(steady, steady, 620 * minute)).toMatchObject({ isSilent: true, gaps: [{ isOurs: true }] })
  const hourly = every(60, 0, 1200)
  expect(rhythmOf(hourly, every(5, 0, 1320), 1300 * minute)).toMatchObject({ isSilent: false, gaps: [] })
  expect(rhythmOf(hourly, every(5, 0, 1500), 1500 * minute).isSilent).toBe(true)
})

it('tells a pause of the source from one of our own', () => {
  const source = [...every(5, 0, 300), ...every(5, 400, 600)]
  const running = every(5, 0, 600)
  const stopped = [...every(5, 0, 300), ...every(5, 400, 600)]
  expect(rhythmOf(source, running, 600 * minute).gaps.map((gap) => gap.isOurs)).toEqual([false])
  expect(rhythmOf(source, stopped, 600 * minute).gaps.map((gap) => gap.isOurs)).toEqual([true])
})

it('says nothing of a habit it does not know', () => {
  expect(rhythmOf([], [], minute)).toEqual({ habitMs: 15 * minute, isSilent: true, gaps: [] })
  expect(rhythmOf([0], [0], 15 * minute).isSilent).toBe(false)
})
