import type { Plan } from '../algebra/relation.ts'

const words: Partial<Record<Plan['op'], string>> = {
  text: 'it has rows of its own',
  aggregate: 'it summarizes rows (summarize, distinct, make-series)',
  limit: 'it takes some of the rows only (take, top)',
  'limit-by': 'it takes some of the rows only',
  join: 'it joins rows (join, lookup, in with a subquery)',
  union: 'it reads several tables (union, search, find)',
  shared: 'it uses rows twice (materialize, as)',
}

/**
 * Why an answer's rows don't each follow from one stored row alone; undefined where they do, so that new rows can be
 * asked by themselves. `reads` are the tables the query names, once for each time.
 */
export function notRowWise(plan: Plan, reads: readonly string[]): string | undefined {
  if (reads.length === 0) return 'it reads no table'
  if (reads.length > 1) return 'it reads tables more than once (join, union, toscalar)'
  for (let at: Plan = plan; ;) {
    const reason = words[at.op]
    if (reason !== undefined) return reason
    const items = 'items' in at ? at.items : []
    // Literals are parameters: what looks like a window function is one.
    if ('items' in at && (items as readonly { sql: string }[]).some(({ sql }) => /\bOVER\s*\(/.test(sql)))
      return 'it compares rows with their neighbours (prev, next, row_number)'
    if (!('input' in at)) return undefined
    at = at.input
  }
}
