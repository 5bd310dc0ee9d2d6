import { readFileSync } from 'node:fs'
import type { BoundColumn, Cell } from '@cordon/kql'
import { sameJson, sameNumber } from './compare.ts'
import { isByChance } from './documentation.ts'
import type { Engine } from './engine.ts'
import { relevance } from './features.ts'
import { type Choice, chosen, type Report, Tally } from './tally.ts'

/** What Microsoft's engine answered to an example of the documentation: all rows, values as JSON. */
interface Recorded {
  id: string
  kql: string
  inline_input: boolean
  expected?: { columns: string[]; rows: unknown[][] } | null
}

/**
 * Holds the translator against the engine's own answers to the documentation's examples, of one JSON file: names,
 * and rows in any order. Examples that need tables and answers that depend on time or chance are left out.
 */
export async function measureRecordedDocumentation(engine: Engine, file: string, choice: Choice): Promise<Report> {
  const tally = new Tally(choice.kept)
  const isRelevant = relevance(choice.relevant)
  const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: Recorded[] } // a foreign file
  const all = cases.flatMap(({ id, kql, inline_input, expected }) =>
    expected && inline_input && !isByChance(kql) ? [{ id, query: kql, expected }] : [],
  )
  for (const { id, query, expected } of chosen(all, choice)) {
    if (tally.knows(query)) continue
    const outcome = await engine.run(query)
    const why =
      outcome.state === 'answered' ? difference(query, expected, outcome.columns, outcome.rows) : outcome.message
    const verdict = outcome.state === 'answered' ? (why === '' ? 'equal' : 'different') : outcome.state
    tally.add(isRelevant(query) ? 'relevant' : 'others', verdict, { id, query, why })
  }
  return tally.report()
}

function difference(
  query: string,
  expected: { columns: string[]; rows: unknown[][] },
  columns: readonly BoundColumn[],
  rows: readonly Cell[][],
): string {
  const names = columns.map((each) => each.name)
  if (names.join('\n') !== expected.columns.join('\n'))
    return `columns ${names.join(', ')} instead of ${expected.columns.join(', ')}`
  if (rows.length !== expected.rows.length) return `${rows.length} rows instead of ${expected.rows.length}`
  // Sets, and lists of unsorted rows, have no order of their own.
  const anyOrder = /make_?set|set_|make_?list|make_bag|bag_keys/.test(query)
  const left = [...rows]
  for (const row of expected.rows) {
    const found = left.findIndex((own) =>
      own.every((cell, index) => sameCell(cell, columns[index]?.type ?? 'string', row[index], anyOrder)),
    )
    if (found < 0) return `no row ${JSON.stringify(row)} in ${JSON.stringify(left.slice(0, 4))}`
    left.splice(found, 1)
  }
  return ''
}

function sameCell(own: Cell, type: BoundColumn['type'], value: unknown, anyOrder: boolean): boolean {
  if (own === value) return true
  if (own === null || value === null) return false
  switch (type) {
    case 'long':
    case 'int':
    case 'real':
    case 'decimal':
      return sameNumber(Number(own), Number(value))
    case 'bool':
      return own === (value === 1 || value === true)
    case 'datetime':
      return plainTime(String(own)) === plainTime(String(value))
    case 'timespan':
      return plainTime(String(own)) === plainTime(String(value))
    case 'dynamic':
      return sameJson(own, value, anyOrder) || sameJson(own, parsed(value), anyOrder)
    default:
      return false
  }
}

/** A time without the zeros at the end of its fraction. */
function plainTime(text: string): string {
  return text.replace(/\.(\d*?)0*(Z?)$/, (_, digits: string, zone: string) => (digits ? `.${digits}${zone}` : zone))
}

function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}
