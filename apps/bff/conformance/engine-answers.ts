import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Cell } from '@cordon/kql'
import type { Engine, Outcome } from './engine.ts'
import { sameJson, sameNumber } from './compare.ts'
import { type Choice, chosen, type Report, Tally } from './tally.ts'

/** What the engine answered: `name:Class` per column, and up to eight rows as text. */
interface Recorded {
  Kql: string
  Id: string
  Family: string
  Outcome: string
  Kusto?: { Columns: string[]; RowCount: number; SampleRows: string[] } | null
}

/** Reads `*.jsonl` below a folder; a query that stands there several times counts once, sampled ones not at all. */
function recordsOf(folder: string): Recorded[] {
  const byQuery = new Map<string, Recorded>()
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()) {
    if (!name.endsWith('.jsonl')) continue
    for (const line of readFileSync(join(folder, name), 'utf8').split('\n')) {
      if (line.trim() === '') continue
      const record = JSON.parse(line) as Partial<Recorded> // a foreign file; what is no record is left out
      if (!record.Kql || !record.Kusto?.Columns || /KustoError|Nondeterministic/.test(record.Outcome ?? '')) continue
      if (!byQuery.has(record.Kql)) byQuery.set(record.Kql, record as Recorded)
    }
  }
  return [...byQuery.values()]
}

/** Holds the translator against answers that Microsoft's engine gave to self-contained queries. */
export async function measureAnswers(engine: Engine, folder: string, choice: Choice): Promise<Report> {
  const tally = new Tally(choice.kept)
  const all = recordsOf(folder).map((record) => ({ id: `${record.Family} ${record.Id}`, query: record.Kql, record }))
  for (const { record } of chosen(all, choice)) {
    if (tally.knows(record.Kql)) continue
    const outcome = await engine.run(record.Kql)
    const why = outcome.state === 'answered' ? difference(record, outcome) : outcome.message
    const verdict = outcome.state === 'answered' ? (why === '' ? 'equal' : 'different') : outcome.state
    tally.add(record.Family, verdict, { id: record.Id, query: record.Kql, why })
  }
  return tally.report()
}

function difference({ Kusto, Kql }: Recorded, outcome: Outcome & { state: 'answered' }): string {
  if (!Kusto) return ''
  const columns = Kusto.Columns.map((text) => {
    const at = text.lastIndexOf(':')
    return { name: text.slice(0, at), type: text.slice(at + 1) }
  })
  const names = outcome.columns.map((column) => column.name)
  if (names.length !== columns.length)
    return `columns ${names.join(', ')} instead of ${columns.map((each) => each.name).join(', ')}`
  const renamed = columns.findIndex((column, index) => column.name !== names[index] && !/_obj_|-/.test(column.name))
  if (renamed >= 0) return `column ${names[renamed]} instead of ${columns[renamed]?.name}`
  if (outcome.rows.length !== Kusto.RowCount) return `${outcome.rows.length} rows instead of ${Kusto.RowCount}`
  const anyOrder = columns.map(({ name }) => /set|bag|dict|^u$|keys/i.test(name) || /make_?set|make_bag/.test(Kql))
  const left = [...outcome.rows]
  for (const sample of Kusto.SampleRows) {
    const found = left.findIndex((row) => new SampleRow(sample).equals(row, columns, anyOrder))
    if (found < 0) return `no row ${sample.replaceAll(/\s+/g, ' ')} in ${JSON.stringify(left.slice(0, 4))}`
    left.splice(found, 1)
  }
  return ''
}

/** A row written `(1, 'a', null)`, texts unescaped, dynamic values as JSON. Read along the types of its columns. */
class SampleRow {
  readonly #text: string
  #at = 1
  constructor(text: string) {
    this.#text = text
  }

  equals(row: readonly Cell[], columns: readonly { type: string }[], anyOrder: readonly boolean[]): boolean {
    return (
      columns.every((column, index) => {
        if (index > 0 && !this.#skip(', ')) return false
        return this.#cell(row[index] ?? null, column.type, anyOrder[index] ?? false)
      }) && this.#at === this.#text.length - 1
    )
  }

  #skip(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false
    this.#at += text.length
    return true
  }

  #cell(value: Cell, type: string, anyOrder: boolean): boolean {
    if (type === 'String') return typeof value === 'string' && this.#skip(`'${value}'`)
    if (value === null && this.#skip('null')) return true
    if (type === 'Dynamic') return this.#dynamic(value, anyOrder)
    const from = this.#at
    while (this.#at < this.#text.length - 1 && !this.#text.startsWith(', ', this.#at)) this.#at += 1
    const text = this.#text.slice(from, this.#at)
    if (text === 'null' || value === null) return text === 'null' && value === null
    if (type === 'Bool') return (text === 'True') === value
    if (['DateTime', 'TimeSpan', 'Guid'].includes(type)) return text.replaceAll("'", '') === value
    return sameNumber(Number(text.replace('∞', 'Infinity')), Number(value))
  }

  #dynamic(value: Cell, anyOrder: boolean): boolean {
    if (typeof value === 'string' && (this.#skip(`'${value}'`) || this.#skip(`"${value}"`))) return true
    const from = this.#at
    let depth = 0
    let within = false
    for (; this.#at < this.#text.length; this.#at += 1) {
      const character = this.#text[this.#at]
      if (within) {
        if (character === '\\') this.#at += 1
        else if (character === '"') within = false
      } else if (character === '"') within = true
      else if (character === '{' || character === '[') depth += 1
      else if (character === '}' || character === ']') depth -= 1
      else if (depth === 0 && (this.#text.startsWith(', ', this.#at) || this.#at === this.#text.length - 1)) break
    }
    const text = this.#text.slice(from, this.#at)
    if (text === value) return true
    try {
      return sameJson(JSON.parse(text), value, anyOrder)
    } catch {
      return false
    }
  }
}
