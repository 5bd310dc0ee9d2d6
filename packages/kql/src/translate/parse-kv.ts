import type { Relation } from '../algebra/relation.ts'
import { list, maybe, part, type ScalarType, type Syntax } from '../service/syntax.ts'
import { cast } from './casts.ts'
import { type Context, refuse, Row } from './context.ts'
import { type Cell, withCells } from './make-columns.ts'
import { nameOf } from './names.ts'
import { storedPattern } from './regex.ts'
import type { Scalar } from './scalar.ts'
import { escapeRegex } from './text-match.ts'

interface Options {
  pair: string
  kv: string
  quotes: string[]
  escapes: string[]
  greedy: boolean
  regex: string | undefined
}

/** `parse-kv`: a column per key, each with the value of the key's first appearance. */
export function parseKv(context: Context, node: Syntax, input: Relation): Relation {
  const row = new Row(input, context.query)
  const inner = { ...context, row }
  const source = cast(inner, context.query.evaluate(inner, part(node, 'Expression')), 'string')
  const text = row.reuse(source.sql)
  const options = optionsOf(context, node)
  const keys = list(part(node, 'Keys'), 'Columns').map((each) => ({
    name: nameOf(part(each, 'Name')),
    type: part(each, 'Name').type ?? ('string' as ScalarType),
  }))
  const read = reader(context, { row, text, options })
  const cells: Cell[] = input.columns.map((column) => ({ name: column.name, column }))
  for (const { name, type } of keys) {
    const value: Scalar = { sql: read(name), type: 'string', nullable: false }
    const cell: Cell = { name, value: type === 'string' ? value : cast(inner, value, type) }
    const at = cells.findIndex((existing) => existing.name === name)
    if (at < 0) cells.push(cell)
    else cells[at] = cell
  }
  return withCells(context.query, input, cells, row.plan())
}

function optionsOf(context: Context, node: Syntax): Options {
  const options: Options = { pair: '', kv: '', quotes: [], escapes: [], greedy: false, regex: undefined }
  for (const property of list(maybe(node, 'WithClause'), 'Properties')) {
    const value = context.query.evaluate({ ...context, row: undefined }, part(property, 'Expression')).constant
    const name = nameOf(property)
    if (name === 'greedy') {
      options.greedy = value === true
      continue
    }
    if (typeof value !== 'string') return refuse(property, `${name} must be a constant text`)
    if (name === 'pair_delimiter') options.pair = value
    else if (name === 'kv_delimiter') options.kv = value
    else if (name === 'quote') options.quotes.push(value)
    else if (name === 'escape') options.escapes.push(value)
    else if (name === 'regex') options.regex = value
    else return refuse(property, `parse-kv does not know ${name}`)
  }
  if ((options.pair === '') !== (options.kv === ''))
    return refuse(node, 'parse-kv needs both pair_delimiter and kv_delimiter, or neither')
  return options
}

interface Source {
  row: Row
  text: string
  options: Options
}

/** How the value of one key is read. */
function reader(context: Context, { row, text, options }: Source): (key: string) => string {
  const { parameters } = context.query
  if (options.pair === '' && options.regex === undefined) return bareReader(context, { row, text, options })
  if (options.greedy) return greedyReader(context, { row, text, options })
  const pattern = options.regex === undefined ? pairPattern(options) : storedPattern(options.regex)
  const found = row.setAside(`extractAllGroupsVertical(${text}, ${parameters.text(pattern)})`, context.query.next())
  if (options.regex !== undefined)
    return (key) => `trimBoth(arrayFirst(p -> trimBoth(p[1]) = ${parameters.text(key)}, ${found})[2])`
  const count = options.quotes.length
  const quoted = (from: number): string => `arrayStringConcat(arraySlice(p, ${from}, ${count}))`
  // What stands before the last pair delimiter is no part of a key.
  const plain = `trimBoth(splitByString(${parameters.text(options.pair)}, trimBoth(p[${count + 1}]))[-1])`
  const keyOf = `if(${quoted(1)} != '', ${quoted(1)}, ${plain})`
  const valueOf = `if(${quoted(count + 2)} != '', ${unescaped(context, quoted(count + 2), options)}, trimBoth(p[${2 * count + 2}]))`
  const pairs = row.setAside(`arrayMap(p -> (${keyOf}, ${valueOf}), ${found})`, context.query.next())
  return (key) => `tupleElement(arrayFirst(p -> p.1 = ${parameters.text(key)}, ${pairs}), 2)`
}

function unescaped(context: Context, value: string, { escapes }: Options): string {
  if (escapes.length === 0) return value
  const pattern = `(?s)(?:${escapes.map((each) => escapeRegex(each)).join('|')})(.)`
  return `replaceRegexpAll(${value}, ${context.query.parameters.text(pattern)}, '\\\\1')`
}

/** A text in quotes: its inside as the one group, whichever pair of quotes is used. */
function quotedPattern({ quotes, escapes }: Options): string[] {
  const escaped = escapes.map((each) => `${escapeRegex(each)}.`)
  return quotes.map((quote) => {
    const [open, close] = [quote[0] ?? '', quote[1] ?? quote[0] ?? '']
    const plain = `[^${[close, ...escapes].map((each) => `\\x{${each.codePointAt(0)?.toString(16)}}`).join('')}]`
    return `${escapeRegex(open)}((?:${[...escaped, plain].join('|')})*)${escapeRegex(close)}`
  })
}

/** Groups: keys in each kind of quotes, plain key, values in each kind of quotes, plain value. */
function pairPattern(options: Options): string {
  const [pair, kv] = [escapeRegex(options.pair), escapeRegex(options.kv)]
  const either = `(?:${[...quotedPattern(options), '(.*?)'].join('|')})`
  return `(?s)\\s*${either}\\s*${kv}\\s*${either}\\s*(?:${pair}|$)`
}

/** Without delimiters everything that is neither letter nor digit is one. */
function bareReader(context: Context, { text, options }: Source): (key: string) => string {
  const values = [...quotedPattern(options), '([A-Za-z0-9]+)']
  return (key) => {
    const pattern = `(?s)(?:^|[^A-Za-z0-9])${escapeRegex(key)}[^A-Za-z0-9]+?(?:${values.join('|')})`
    const groups = `extractGroups(${text}, ${context.query.parameters.text(pattern)})`
    return unescaped(context, `arrayStringConcat(${groups})`, options)
  }
}

/** A plain value reaches to the next key. */
function greedyReader(context: Context, { text, options }: Source): (key: string) => string {
  const [pair, kv] = [escapeRegex(options.pair), escapeRegex(options.kv)]
  const stops = [...new Set([...options.pair, ...options.kv])]
    .map((each) => `\\x{${each.codePointAt(0)?.toString(16)}}`)
    .join('')
  const values = [...quotedPattern(options), '(.*?)']
  return (key) => {
    const end = `\\s*(?:${pair}\\s*[^${stops}]+\\s*${kv}|$)`
    const pattern = `(?s)(?:^|${pair})\\s*${escapeRegex(key)}\\s*${kv}\\s*(?:${values.join('|')})${end}`
    const groups = `extractGroups(${text}, ${context.query.parameters.text(pattern)})`
    return unescaped(context, `trimBoth(arrayStringConcat(${groups}))`, options)
  }
}
