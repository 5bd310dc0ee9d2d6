import { inertString } from '@cordon/ui'
import { describe, expect, it } from 'vitest'
import { markdownTable, noTableState, shownRows } from './result-rows.ts'

describe('rows of an answer', () => {
  const rows = [
    { a: 'x', n: 2 },
    { a: 'y', n: 10 },
    { a: 'xy', n: 1 },
  ]

  it('are filtered by text and values of columns, and keep their own numbers when sorted', () => {
    const filters = new Map([['a', { text: 'X', values: null }]])
    expect(shownRows(rows, { filters, sort: { key: 'n', dir: 'asc' } }).map(({ index }) => index)).toEqual([2, 0])
    const values = new Map([['a', { text: '', values: new Set(['y']) }]])
    expect(shownRows(rows, { ...noTableState, filters: values }).map(({ index }) => index)).toEqual([1])
  })

  it('become Markdown that no value can break out of', () => {
    const hostile = [{ 'a|b': '| <img src=x onerror=alert(1)> `x` [l](javascript:1)\n\u202e' }]
    const text = markdownTable([{ name: 'a|b', type: 'string' }], hostile, inertString)
    expect(text.split('\n')).toEqual([
      String.raw`| a\|b |`,
      '| --- |',
      String.raw`| \| \<img src=x onerror=alert(1)\> \`x\` \[l\](javascript:1) \\u{202E} |`,
    ])
  })
})
