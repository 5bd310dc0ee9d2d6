import { expect, it } from 'vitest'
import { featuresOf } from './index.ts'

it('names what a query is made of, without the functions that it declares itself', () => {
  const query = `let lower = (x: string) { tolower(x) };
    Unknown | where Name !in~ ("a") and lower(Name) matches regex "b" or Size !between (1 .. 2)
    | project-away Size | join kind=inner (T | top 3 by A) on A | summarize make_set(Name) by bin(A, 2)
    | evaluate bag_unpack(B)`
  expect(featuresOf(query)).toEqual(
    [
      ['!between', '!in~', 'and', 'bag_unpack', 'bin', 'evaluate', 'join', 'make_set', 'matches regex', 'or'],
      ['project-away', 'summarize', 'tolower', 'top', 'where'],
    ].flat(),
  )
})
