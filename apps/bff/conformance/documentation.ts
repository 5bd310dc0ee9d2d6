import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BoundColumn, Cell } from '@cordon/kql'
import { sameJson, sameNumber } from './compare.ts'
import type { Engine, Outcome } from './engine.ts'
import { relevance } from './features.ts'
import { type Choice, chosen, type Report, Tally, type Verdict } from './tally.ts'
import { wrongTables } from './wrong-tables.ts'

interface Example {
  id: string
  query: string
  names: string[]
  rows: string[][]
}

const chance =
  /\b(now|ago|rand|new_guid|ingestion_time|current_\w+|cursor_\w+|sample|sample-distinct|take_any|any)\s*\(|\| *sample/

/** Commands begin with a dot and are no queries. */
const command = /^(?:\s*\/\/[^\n]*\n)*\s*\./

const needsTables =
  /does not refer to any known (table|function|column|database|cluster)|^There is no table to search|^The table \w+ is not known/

/** The answer depends on time or chance. */
export function isByChance(query: string): boolean {
  return chance.test(query)
}

/** Examples with a table of their result: complete ones whose answer does not depend on time or chance. */
export function examplesOf(folder: string): Example[] {
  const examples: Example[] = []
  const seen = new Set<string>()
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()) {
    if (!name.endsWith('.md')) continue
    const lines = readFileSync(join(folder, name), 'utf8').split('\n')
    let count = 0
    for (let at = 0; at < lines.length; at += 1) {
      if (!/^\s*```\s*kusto/i.test(lines[at] ?? '')) continue
      const end = lines.findIndex((line, index) => index > at && /^\s*```/.test(line))
      if (end < 0) break
      count += 1
      const query = lines
        .slice(at + 1, end)
        .join('\n')
        .trim()
      const table = tableAfter(lines, end + 1)
      at = end
      if (!table || command.test(query) || isByChance(query) || seen.has(query)) continue
      if (table.rows.some((row) => row.every((cell) => /^(\.{3}|…)?$/.test(cell)))) continue
      seen.add(query)
      examples.push({ id: `${name.replace(/\.md$/, '')}#${count}`, query, ...table })
    }
  }
  return examples
}

/** The first table after a block, before the next block or heading. */
function tableAfter(lines: readonly string[], from: number): { names: string[]; rows: string[][] } | undefined {
  let announced = false
  for (let at = from; at < lines.length; at += 1) {
    const line = lines[at]?.trim() ?? ''
    if (/^(#|```)/.test(line)) return undefined
    if (/output|result/i.test(line) && line.startsWith('**')) announced = true
    if (!line.includes('|') || !/^[|\s:-]*-[|\s:-]*$/.test(lines[at + 1]?.trim() ?? '')) continue
    if (!announced && at - from > 12) return undefined
    const rows: string[][] = []
    for (let next = at + 2; next < lines.length && lines[next]?.includes('|'); next += 1)
      rows.push(cellsOf(lines[next] ?? ''))
    return { names: cellsOf(line), rows }
  }
  return undefined
}

function cellsOf(line: string): string[] {
  const inner = line
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '')
  return inner.split(/(?<!\\)\|/).map((cell) =>
    cell
      .trim()
      .replaceAll(/<br\s*\/?>/gi, '\n')
      .replaceAll('&nbsp;', ' ')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&amp;', '&')
      .replaceAll(/\\([|*_<>#`[\]])/g, '$1')
      .replace(/^(`+)(.*)\1$/s, '$2')
      .trim(),
  )
}

/**
 * Holds the translator against the tables of a documentation folder; examples that need tables are left out. Those
 * that use nothing but the names in `choice.relevant` are counted apart.
 */
export async function measureDocumentation(engine: Engine, folder: string, choice: Choice): Promise<Report> {
  const tally = new Tally(choice.kept)
  const isRelevant = relevance(choice.relevant)
  for (const example of chosen(examplesOf(folder), choice)) {
    if (tally.knows(example.query)) continue
    const outcome = await engine.run(example.query)
    if (outcome.state === 'refused' && needsTables.test(outcome.message)) continue
    const why = outcome.state === 'answered' ? difference(example, outcome.columns, outcome.rows) : outcome.message
    const group = isRelevant(example.query) ? 'relevant' : 'others'
    tally.add(group, verdictOf(example.id, outcome.state, why), { id: example.id, query: example.query, why })
  }
  return tally.report()
}

function verdictOf(id: string, state: Outcome['state'], why: string): Verdict {
  if (state !== 'answered') return state
  if (why === '') return 'equal'
  return Object.hasOwn(wrongTables, id) ? 'table wrong' : 'different'
}

function difference(example: Example, columns: readonly BoundColumn[], rows: readonly Cell[][]): string {
  if (columns.length !== example.names.length)
    return `columns ${columns.map((each) => each.name).join(', ')} instead of ${example.names.join(', ')}`
  if (rows.length !== example.rows.length) return `${rows.length} rows instead of ${example.rows.length}`
  const left = [...rows]
  for (const expected of example.rows) {
    const found = left.findIndex((row) =>
      row.every((cell, index) => sameCell(cell, columns[index]?.type ?? 'string', expected[index] ?? '')),
    )
    if (found < 0) return `no row ${JSON.stringify(expected)} in ${JSON.stringify(left.slice(0, 4))}`
    left.splice(found, 1)
  }
  return ''
}

/** A value against a cell made by hand: spaces, quotes, digits and the form of times differ from example to example. */
function sameCell(value: Cell, type: BoundColumn['type'], text: string): boolean {
  if (value === null || value === '') return /^("")?(''|\(?null\)?|\s*|—|N\/A)$/i.test(text)
  const plain = (each: string): string => each.replaceAll(/["'\s]/g, '').toLowerCase()
  const own = typeof value === 'object' ? JSON.stringify(value) : String(value)
  if (own === text || plain(own) === plain(text)) return true
  switch (type) {
    case 'bool':
      return (/^(true|1)$/i.test(text) && value === true) || (/^(false|0)$/i.test(text) && value === false)
    case 'long':
    case 'int':
    case 'real':
    case 'decimal': {
      const digits = text.replaceAll(',', '').replace('∞', 'Infinity')
      const decimals = /\.(\d+)/.exec(digits)?.[1]?.length ?? 0
      const [a, b] = [Number(own), Number(digits)]
      return digits !== '' && (sameNumber(a, b, 1e-9) || (decimals > 0 && Math.abs(a - b) <= 1.01 * 10 ** -decimals))
    }
    case 'datetime':
      return sameTime(own, text)
    case 'timespan':
      return (
        own.replace(/\.0+$/, '') ===
          text
            .replace(/^0\./, '')
            .replace(/\.0+$/, '')
            .replace(/(\.\d*?)0+$/, '$1') ||
        own.replace(/(\.\d{1,7}?)0+$/, '$1') === text.replace(/^0\./, '').replace(/(\.\d{1,7}?)0+$/, '$1')
      )
    case 'dynamic':
      return sameDynamic(value, text)
    default:
      return false
  }
}

function sameTime(own: string, text: string): boolean {
  const short = (each: string): string =>
    each
      .replace('T', ' ')
      .replace(/Z$/, '')
      .replace(/(\.\d*?)0+$/, '$1')
      .replace(/\.$/, '')
      .replace(/( 00:00)?( 00:00:00)?$/, '')
  return short(own) === short(text) || Date.parse(own) === Date.parse(`${text.replace(/Z$/, '')}Z`)
}

function sameDynamic(value: Cell, text: string): boolean {
  for (const candidate of [text, text.replaceAll("'", '"')])
    try {
      if (sameJson(JSON.parse(candidate), value, true) || looselySame(JSON.parse(candidate), value)) return true
    } catch {
      // not JSON; compared as text before
    }
  return false
}

function looselySame(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number') return sameNumber(a, b, 1e-6)
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((each, index) => looselySame(each, b[index]))
  return sameJson(a, b, true)
}
