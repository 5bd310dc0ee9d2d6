import { LineCounter, parseDocument } from 'yaml'
import type { Document } from 'yaml'
import { parseCondition } from './condition.ts'
import { parseCorrelation } from './correlation.ts'
import type { Condition, FilterRule, LogSource, RuleProblem, RuleSet, Selection, SigmaRule } from './rule.ts'
import { parseSelection } from './selection.ts'

const maxText = 4 * 1024 * 1024
const maxDocuments = 20_000

type Plain = Record<string, unknown>

/**
 * Reads a YAML text of one or more Sigma documents: rules, correlations, filters, and the old `action: global`
 * documents whose members the following ones take over. A document that doesn't fit is named in `errors` with its
 * line; the others are returned.
 */
export function parseRules(text: string, options: { file: string }): RuleSet {
  const set: RuleSet = { rules: [], correlations: [], filters: [], errors: [] }
  const refuse = (line: number, rule: string, message: string): void => {
    set.errors.push({ file: options.file, line, rule, message } satisfies RuleProblem)
  }
  if (text.length > maxText) {
    refuse(1, '', `file is larger than ${maxText} characters`)
    return set
  }
  const parts = splitDocuments(text)
  if (parts.length > maxDocuments) {
    refuse(1, '', `file has more than ${maxDocuments} documents`)
    return set
  }
  let shared: Plain = {}
  for (const part of parts) {
    const lines = new LineCounter()
    const document = parseDocument(part.text, { lineCounter: lines, prettyErrors: false })
    const lineAt = lineFinder(document, lines, part.line)
    let source: Plain
    try {
      source = plainDocument(document)
    } catch (error) {
      const offset = document.errors[0]?.pos[0]
      const line = offset === undefined ? lineAt([]) : lines.linePos(offset).line + part.line - 1
      refuse(line, nameIn(part.text), messageOf(error))
      continue
    }
    if (Object.keys(source).length === 0) continue
    if (source['action'] === 'global') {
      const { action: _, ...members } = source
      shared = members
      continue
    }
    if (source['action'] === 'reset') {
      shared = {}
      continue
    }
    take(set, { ...mergeShared(shared, source), action: undefined }, options.file, lineAt)
  }
  return set
}

// A line that begins with `---` always ends a document, so each is parsed by itself and an unclosed bracket in one
// cannot swallow the next.
function splitDocuments(text: string): { text: string; line: number }[] {
  const parts: { text: string; line: number }[] = []
  let from = 0
  let line = 1
  for (const mark of text.matchAll(/^---(?=\s|$).*$/gm)) {
    parts.push({ text: text.slice(from, mark.index), line })
    line += countLines(text, from, mark.index)
    from = mark.index + 3
  }
  parts.push({ text: text.slice(from), line })
  return parts
}

function countLines(text: string, from: number, to: number): number {
  let count = 0
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) count++
  return count
}

type LineAt = (path: (string | number)[]) => number

function take(set: RuleSet, source: Plain, file: string, lineAt: LineAt): void {
  const name = textIn(source, 'title') ?? textIn(source, 'name') ?? textIn(source, 'id') ?? ''
  const place = { path: [] as string[] }
  try {
    if (textIn(source, 'title') === undefined) throw new Error('title is missing')
    const facts = documentFacts(source, file, lineAt([]))
    if ('correlation' in source) {
      place.path = ['correlation']
      set.correlations.push(parseCorrelation(facts, source['correlation']))
    } else if ('filter' in source) set.filters.push(parseFilter(facts, source, place))
    else set.rules.push(parseRule(facts, source, place))
  } catch (error) {
    set.errors.push({ file, line: lineAt(place.path), rule: name, message: messageOf(error) })
  }
}

function parseRule(facts: ReturnType<typeof documentFacts>, source: Plain, place: { path: string[] }): SigmaRule {
  place.path = ['logsource']
  const logsource = parseLogSource(source['logsource'])
  place.path = ['detection']
  const detection = source['detection']
  if (!isPlain(detection)) throw new Error('detection is missing')
  const { condition, timeframe: _, ...selections } = detection
  return { kind: 'rule', ...facts, logsource, ...parseDetection(selections, condition, place) }
}

function parseFilter(facts: ReturnType<typeof documentFacts>, source: Plain, place: { path: string[] }): FilterRule {
  place.path = ['logsource']
  const logsource = parseLogSource(source['logsource'])
  place.path = ['filter']
  const filter = source['filter']
  if (!isPlain(filter)) throw new Error('filter is not a map')
  const { condition, rules, ...selections } = filter
  const all = rules === undefined || rules === 'any'
  if (!all && !(Array.isArray(rules) && rules.every((rule) => typeof rule === 'string')))
    throw new Error('filter.rules must be a list of rule ids or names, or "any"')
  const parsed = parseDetection(selections, condition, place)
  return { kind: 'filter', ...facts, logsource, rules: all ? undefined : (rules as string[]), ...parsed }
}

function parseDetection(source: Plain, condition: unknown, place: { path: string[] }) {
  const section = place.path[0]!
  const selections = new Map<string, Selection>()
  for (const [name, selection] of Object.entries(source)) {
    place.path = [section, name]
    selections.set(name, parseSelection(selection))
  }
  place.path = [section, 'condition']
  if (selections.size === 0) throw new Error(`${section} has no selection`)
  const texts = Array.isArray(condition) ? condition : [condition]
  const conditions: Condition[] = texts.map((text: unknown) => {
    if (typeof text !== 'string' || text.trim() === '') throw new Error('condition is missing')
    return parseCondition(text, [...selections.keys()])
  })
  return { selections, conditions }
}

function parseLogSource(source: unknown): LogSource {
  if (!isPlain(source)) throw new Error('logsource is missing')
  const logsource: LogSource = {}
  for (const part of ['product', 'category', 'service'] as const) {
    const value = source[part]
    if (value === undefined || value === null) continue
    if (typeof value !== 'string') throw new Error(`logsource.${part} is not text`)
    logsource[part] = value.toLowerCase()
  }
  if (Object.keys(logsource).length === 0) throw new Error('logsource names no product, category or service')
  return logsource
}

function documentFacts(source: Plain, file: string, line: number) {
  const title = textIn(source, 'title') ?? ''
  const id = textIn(source, 'id')
  const name = textIn(source, 'name')
  return {
    key: name ?? id ?? title,
    title,
    id,
    name,
    description: textIn(source, 'description') ?? '',
    status: textIn(source, 'status'),
    level: textIn(source, 'level'),
    tags: texts(source['tags']),
    references: texts(source['references']),
    falsePositives: texts(source['falsepositives']),
    author: textIn(source, 'author'),
    file,
    line,
    document: source,
  }
}

function plainDocument(document: Document): Plain {
  if (document.errors.length > 0) throw new Error(`not valid YAML: ${document.errors[0]!.message}`)
  // Aliases can blow up exponentially ("billion laughs"); the count bounds them.
  const value: unknown = document.toJS({ maxAliasCount: 100 })
  if (value === null || value === undefined) return {}
  if (!isPlain(value)) throw new Error('document is not a map')
  return value
}

function mergeShared(shared: Plain, own: Plain): Plain {
  const merged: Plain = { ...shared, ...own }
  for (const section of ['logsource', 'detection']) {
    const [a, b] = [shared[section], own[section]]
    if (isPlain(a) && isPlain(b)) merged[section] = { ...a, ...b }
  }
  return merged
}

function lineFinder(document: Document, lines: LineCounter, firstLine: number): LineAt {
  const start = document.contents?.range?.[0] ?? document.range?.[0] ?? 0
  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const node = document.getIn(path.slice(0, length), true) as { range?: [number, number, number] } | undefined
      if (node?.range) return lines.linePos(node.range[0]).line + firstLine - 1
    }
    return lines.linePos(start).line + firstLine - 1
  }
}

// The document may be too broken for the parser to tell its title.
function nameIn(text: string): string {
  return /^title:[ \t]*(.{1,200})$/m.exec(text)?.[1]?.trim() ?? ''
}

function texts(value: unknown): string[] {
  const list = Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]
  return list.filter((member): member is string => typeof member === 'string')
}

function textIn(source: Plain, member: string): string | undefined {
  const value = source[member]
  return typeof value === 'string' && value !== '' ? value : undefined
}

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
