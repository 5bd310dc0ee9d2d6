import { expect, it } from 'vitest'
import { columnsThatFit } from './columns-that-fit.ts'

const columns = [
  { id: 'name', width: 300 },
  { id: 'next', width: 140, spare: true },
  { id: 'alerts', width: 100 },
  { id: 'cost', width: 80, spare: true },
]
const fitting = (room: number) => columnsThatFit(columns, room).map(({ id }) => id)

it('leaves out what can be spared, from the last on, and never anything else', () => {
  expect(fitting(620)).toEqual(['name', 'next', 'alerts', 'cost'])
  expect(fitting(619)).toEqual(['name', 'next', 'alerts'])
  expect(fitting(500)).toEqual(['name', 'alerts'])
  expect(fitting(100)).toEqual(['name', 'alerts'])
})
