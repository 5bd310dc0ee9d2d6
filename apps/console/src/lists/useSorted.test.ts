import { expect, it } from 'vitest'
import { inOrder } from './useSorted.ts'

const rows = [
  { name: 'b', ends: Infinity },
  { name: 'a', ends: 5 },
  { name: 'c', ends: Infinity },
]
const by = { name: (row: (typeof rows)[0]) => row.name, ends: (row: (typeof rows)[0]) => row.ends }
const names = (key: string, dir: 'asc' | 'desc') => inOrder(rows, by, { key, dir }).map(({ name }) => name)

it('orders rows by the chosen column both ways and leaves equals as they came', () => {
  expect(names('name', 'asc')).toEqual(['a', 'b', 'c'])
  expect(names('ends', 'asc')).toEqual(['a', 'b', 'c'])
  expect(names('ends', 'desc')).toEqual(['b', 'c', 'a'])
  expect(names('unknown', 'asc')).toEqual(['b', 'a', 'c'])
})
