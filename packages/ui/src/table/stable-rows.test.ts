import { describe, expect, it } from 'vitest'
import { stableRows } from './stable-rows.ts'

interface Row {
  id: string
  note?: string
}
const rows = (text: string): Row[] => [...text].map((id) => ({ id }))
const run = (shown: string, latest: string) => {
  const result = stableRows(rows(shown), rows(latest), (row) => row.id)
  return [result.rows.map((row) => row.id).join(''), result.pending]
}

describe('stableRows', () => {
  it.each([
    ['abc', 'abc', 'abc', 0],
    ['abc', 'xabc', 'abc', 1],
    ['abc', 'xyabc', 'abc', 2],
    ['abc', 'cab', 'abc', 1],
    ['abc', 'ab', 'abc', 1],
    ['abc', 'abcde', 'abcde', 0],
    ['abc', 'xabcd', 'abcd', 1],
    ['abc', 'xyz', 'abc', 6],
    ['', 'ab', '', 2],
  ])('shown %s, newest %s: shows %s with %i waiting', (shown, latest, visible, pending) => {
    expect(run(shown, latest)).toEqual([visible, pending])
  })

  it('refreshes the contents of rows in place', () => {
    const { rows: next, pending } = stableRows(
      [{ id: 'a', note: 'old' }],
      [{ id: 'a', note: 'new' }],
      (row: Row) => row.id,
    )
    expect(next).toEqual([{ id: 'a', note: 'new' }])
    expect(pending).toBe(0)
  })
})
