import type { HuntResult } from '@cordon/contract'
import { expect, it } from 'vitest'
import { chartData, timeTicksOf } from './chart-data.ts'

const result = (count: number) =>
  ({
    schema: [
      { name: 'Title', type: 'string' },
      { name: 'n', type: 'long' },
    ],
    results: Array.from({ length: count }, (_none, index) => ({ Title: `t${index}`, n: index + 1 })),
  }) as unknown as HuntResult // what a chart reads of it

it('draws a pie of as many slices as there are colours: the largest, and the others as one', () => {
  const columns = { x: 'Title', y: ['n'], series: null }
  const { places, series, rest } = chartData(result(46), 'pie', columns)
  expect(places.slice(0, 2)).toEqual(['t45', 't44'])
  expect(places.at(-1)).toBe('35 others')
  expect(places).toHaveLength(12)
  expect(rest).toBe(11)
  const total = series[0]?.points.reduce((sum, { y }) => sum + y, 0)
  expect(total).toBe((46 * 47) / 2)
  expect(chartData(result(12), 'pie', columns)).toMatchObject({ places: expect.arrayContaining(['t0', 't11']) })
  expect(chartData(result(12), 'pie', columns).rest).toBeUndefined()
})

it('marks a time axis at round moments of the local clock, no more than have room', () => {
  const local = (text: string) => new Date(text).getTime()
  const clock = (from: string, to: string) =>
    timeTicksOf(local(from), local(to), 8).map((at) => new Date(at).toTimeString().slice(0, 8))
  expect(clock('2026-11-21T07:02:55', '2026-11-21T11:20:00')).toEqual(['08:00:00', '09:00:00', '10:00:00', '11:00:00'])
  expect(clock('2026-11-21T07:02:55', '2026-11-21T07:02:57')).toEqual(['07:02:55', '07:02:56', '07:02:57'])
  expect(clock('2026-11-14T07:00:00', '2026-11-21T07:00:00')).toEqual(Array.from({ length: 7 }, () => '00:00:00'))
  expect(timeTicksOf(0, 9e12, 8).length).toBeLessThanOrEqual(9)
})
