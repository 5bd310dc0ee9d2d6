import { expect, it } from 'vitest'
import { columnsThatFit } from './columns-that-fit.ts'

const columns = [
  { id: 'name', width: 300, grow: true },
  { id: 'next', width: 140, spare: 1 },
  { id: 'alerts', width: 100, spare: 2 },
  { id: 'cost', width: 80, spare: 1 },
  { id: 'seen', width: 60, roomy: 160 },
]
const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id)

it('leaves out what can be spared in its order, of equals the last first, and never anything else', () => {
  expect(ids(columnsThatFit(columns, 680).kept)).toEqual(['name', 'next', 'alerts', 'cost', 'seen'])
  expect(ids(columnsThatFit(columns, 679).leftOut)).toEqual(['cost'])
  expect(ids(columnsThatFit(columns, 599).leftOut)).toEqual(['next', 'cost'])
  expect(ids(columnsThatFit(columns, 100).kept)).toEqual(['name', 'seen'])
})

it('hands out what is left: a part to wishes, the rest to the column that grows', () => {
  const seen = (room: number) => columnsThatFit(columns, room).width(columns[4] as (typeof columns)[0])
  expect(seen(680)).toBe(60)
  expect(seen(730)).toBe(100)
  expect(seen(2000)).toBe(160)
  expect(seen(Infinity)).toBe(60)
  const knownBy = columns.map((column) => (column.grow ? { ...column, roomy: 350 } : column))
  expect(columnsThatFit(knownBy, 780).width(knownBy[4] as (typeof columns)[0])).toBe(100)
})
