import { cellText, kqlName, kqlText, kqlValue } from './hunt-text.ts'

/** What a person points at in the results: a column, or a member of one that holds JSON. */
export interface Pointed {
  column: { name: string; type: string }
  /** Members and indexes below the column. */
  path?: readonly (string | number)[]
  value: unknown
}

export type Refinement = 'equals' | 'not-equals' | 'contains' | 'not-contains' | 'extend'

interface Stage {
  /** Where its text begins; a stage after the first begins with its pipe. */
  start: number
  /** Its operator, such as `where`. */
  operator: string
}

/** Stages that neither add nor remove columns: a condition before them means the same rows and lets through more of them. */
const passive = new Set(['take', 'limit', 'top', 'sort', 'order', 'sample', 'render', 'serialize'])

/**
 * The query narrowed to (or away from) a value of its results, or with a member as a column of its own. The condition goes
 * before closing `sort`, `take`, `top` and `render`, so that it is asked of all rows, not of those that were cut.
 */
export function refined(query: string, pointed: Pointed, how: Refinement): string {
  const line = how === 'extend' ? extension(query, pointed) : `| where ${conditionOf(pointed, how)}`
  const trimmed = query.trimEnd()
  const { stages, end } = lastStatement(trimmed)
  let at = end
  for (const stage of stages.slice(1).toReversed()) {
    if (!passive.has(stage.operator)) break
    at = stage.start
  }
  const before = trimmed.slice(0, at).trimEnd()
  const after = trimmed.slice(at)
  return `${before}\n${line}${after === '' || after.startsWith(';') ? after : `\n${after.trimStart()}`}`
}

function conditionOf({ column, path = [], value }: Pointed, how: Exclude<Refinement, 'extend'>): string {
  const not = how.startsWith('not-')
  const isDynamic = column.type === 'dynamic'
  // A text column that holds JSON is read before its members are.
  const root = path.length > 0 && !isDynamic ? `parse_json(${kqlName(column.name)})` : kqlName(column.name)
  const place = root + path.map(member).join('')
  const isText = column.type === 'string' && path.length === 0
  const nothing = value === null || value === undefined || cellText(value) === ''
  if (how === 'contains' || how === 'not-contains')
    return `${isText ? place : `tostring(${place})`} ${not ? '!' : ''}contains ${kqlText(cellText(value))}`
  if (nothing) {
    const isEmpty = isText || isDynamic || path.length > 0
    return `${isEmpty ? (not ? 'isnotempty' : 'isempty') : not ? 'isnotnull' : 'isnull'}(${place})`
  }
  if (isDynamic || path.length > 0) return `tostring(${place}) ${not ? '!=' : '=='} ${kqlText(cellText(value))}`
  if (column.type === 'real' && typeof value === 'string' && /nan|inf/i.test(value))
    return /nan/i.test(value)
      ? `${not ? 'not(' : ''}isnan(${place})${not ? ')' : ''}`
      : `${not ? 'not(' : ''}isinf(${place})${not ? ')' : ''}`
  return `${place} ${not ? '!=' : '=='} ${kqlValue(value, column.type)}`
}

function extension(query: string, { column, path = [], value }: Pointed): string {
  const isDynamic = column.type === 'dynamic'
  const root = isDynamic ? kqlName(column.name) : `parse_json(${kqlName(column.name)})`
  const last = path.findLast((part) => typeof part === 'string') ?? column.name
  const wanted =
    String(last)
      .replaceAll(/\W+/g, '_')
      .replace(/^(?=\d)/, '_') || 'Value'
  const name = wanted.charAt(0).toUpperCase() + wanted.slice(1)
  const taken = new RegExp(`\\b${name}\\b`).test(query)
  const place = root + path.map(member).join('')
  const typed =
    typeof value === 'number'
      ? Number.isInteger(value)
        ? 'tolong'
        : 'toreal'
      : typeof value === 'boolean'
        ? 'tobool'
        : 'tostring'
  return `| extend ${taken ? `${name}_` : name} = ${typeof value === 'object' && value !== null ? place : `${typed}(${place})`}`
}

function member(part: string | number): string {
  if (typeof part === 'number') return `[${part}]`
  return /^[A-Za-z_]\w*$/.test(part) ? `.${part}` : `[${kqlText(part)}]`
}

/**
 * Pipes and the end of the last statement that says something. Looks past strings, comments and brackets, so that a pipe
 * in a text is never taken for an operator.
 */
function lastStatement(query: string): { stages: Stage[]; end: number } {
  let stages: Stage[] = [{ start: 0, operator: '' }]
  let pending: Stage[] | undefined
  let depth = 0
  let end = query.length
  let code = 0
  for (let at = 0; at < query.length;) {
    const skipped = skipText(query, at)
    if (skipped > at) {
      if (!query.startsWith('//', at)) code = skipped
      at = skipped
      continue
    }
    const char = query[at] ?? ''
    if (/\S/.test(char)) {
      if (pending && char !== ';') {
        stages = pending
        pending = undefined
        end = query.length
      }
      if (char !== ';') code = at + 1
    }
    if ('([{'.includes(char)) depth += 1
    else if (')]}'.includes(char)) depth = Math.max(0, depth - 1)
    else if (char === '|' && depth === 0)
      stages.push({ start: at, operator: /^\|\s*([a-z-]+)/.exec(query.slice(at, at + 60))?.[1] ?? '' })
    else if (char === ';' && depth === 0 && !pending) {
      pending = [{ start: at + 1, operator: '' }]
      end = at
    }
    at += 1
  }
  return { stages, end: pending ? end : Math.max(code, Math.min(end, trailing(query, code))) }
}

// A comment at the end keeps its line; what is added goes below it.
function trailing(query: string, code: number): number {
  return /\S/.test(query.slice(code)) ? query.length : code
}

/** The position after the string or comment that begins here; the same position when none does. */
function skipText(query: string, at: number): number {
  if (query.startsWith('//', at)) {
    const end = query.indexOf('\n', at)
    return end < 0 ? query.length : end
  }
  for (const fence of ['```', '~~~'])
    if (query.startsWith(fence, at)) {
      const end = query.indexOf(fence, at + 3)
      return end < 0 ? query.length : end + 3
    }
  const verbatim = query[at] === '@' && /["']/.test(query[at + 1] ?? '')
  const open = verbatim ? at + 1 : at
  const quote = query[open]
  if (quote !== '"' && quote !== "'") return at
  for (let next = open + 1; next < query.length; next += 1) {
    const char = query[next]
    if (char === '\n' && !verbatim) return next
    if (!verbatim && char === '\\') next += 1
    else if (char === quote) {
      if (verbatim && query[next + 1] === quote) next += 1
      else return next + 1
    }
  }
  return query.length
}
