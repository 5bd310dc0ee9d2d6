import type { Part, Word } from './syntax.ts'
import { IncompleteInput, SyntaxError } from './syntax.ts'

/** A position in the text of a script. */
export interface Cursor {
  readonly text: string
  at: number
  depth: number
}

const maxDepth = 100

/**
 * Reads one word at the cursor: up to an unquoted blank, newline or operator, or up to a character of `until` inside
 * `${…}`. POSIX Shell Command Language, sections 2.2 and 2.6.
 */
export function parseWord(cursor: Cursor, until = ' \t\n;&|<>()'): Word {
  const parts: Part[] = []
  let literal = ''
  const flush = () => {
    if (literal !== '') parts.push({ kind: 'text', text: literal, quoted: false })
    literal = ''
  }
  while (cursor.at < cursor.text.length) {
    const char = cursor.text[cursor.at]!
    if (until.includes(char)) break
    if (char === '\\') {
      const next = cursor.text[cursor.at + 1]
      if (next === undefined) throw new IncompleteInput('unexpected end of file after backslash')
      cursor.at += 2
      if (next === '\n') continue
      flush()
      parts.push({ kind: 'text', text: next, quoted: true })
    } else if (char === "'") {
      flush()
      parts.push({ kind: 'text', text: quotedText(cursor), quoted: true })
    } else if (char === '"') {
      flush()
      parts.push(...doubleQuoted(cursor))
    } else if (char === '$' && cursor.text[cursor.at + 1] === "'") {
      flush()
      cursor.at++
      parts.push({ kind: 'text', text: unescape(ansiQuoted(cursor)), quoted: true })
    } else if (char === '$' || char === '`') {
      const part = parseDollar(cursor, false)
      if (part === undefined) literal += cursor.text[cursor.at++]!
      else {
        flush()
        parts.push(part)
      }
    } else {
      literal += char
      cursor.at++
    }
  }
  flush()
  return parts
}

/** The word of a here-document: everything expands as within double quotes, quotes themselves are plain. */
export function parseHereText(text: string): Word {
  return dollarParts({ text, at: 0, depth: 0 }, '')
}

function quotedText(cursor: Cursor): string {
  const end = cursor.text.indexOf("'", cursor.at + 1)
  if (end < 0) throw new IncompleteInput("unexpected EOF while looking for matching `''")
  const text = cursor.text.slice(cursor.at + 1, end)
  cursor.at = end + 1
  return text
}

function ansiQuoted(cursor: Cursor): string {
  let end = cursor.at + 1
  while (end < cursor.text.length && cursor.text[end] !== "'") end += cursor.text[end] === '\\' ? 2 : 1
  if (end >= cursor.text.length) throw new IncompleteInput("unexpected EOF while looking for matching `''")
  const text = cursor.text.slice(cursor.at + 1, end)
  cursor.at = end + 1
  return text
}

function doubleQuoted(cursor: Cursor): Part[] {
  cursor.at++
  const parts = dollarParts(cursor, '"')
  if (cursor.text[cursor.at] !== '"') throw new IncompleteInput('unexpected EOF while looking for matching `"\'')
  cursor.at++
  return parts.length === 0 ? [{ kind: 'text', text: '', quoted: true }] : parts
}

function dollarParts(cursor: Cursor, end: string): Part[] {
  const parts: Part[] = []
  let literal = ''
  const flush = () => {
    if (literal !== '') parts.push({ kind: 'text', text: literal, quoted: true })
    literal = ''
  }
  while (cursor.at < cursor.text.length) {
    const char = cursor.text[cursor.at]!
    if (char === end) break
    if (char === '\\' && cursor.at + 1 < cursor.text.length) {
      const next = cursor.text[cursor.at + 1]!
      if (next !== '\n') literal += '$`\\'.includes(next) || next === end ? next : `\\${next}`
      cursor.at += 2
    } else if (char === '$' || char === '`') {
      const part = parseDollar(cursor, true)
      if (part === undefined) literal += cursor.text[cursor.at++]!
      else {
        flush()
        parts.push(part)
      }
    } else {
      literal += char
      cursor.at++
    }
  }
  flush()
  return parts
}

/** `$name`, `${…}`, `$(…)`, `$((…))` or backticks at the cursor; undefined when the dollar sign stands for itself. */
function parseDollar(cursor: Cursor, quoted: boolean): Part | undefined {
  if (++cursor.depth > maxDepth) throw new SyntaxError('expression nested too deep')
  try {
    const { text, at } = cursor
    if (text[at] === '`') return backticks(cursor, quoted)
    const next = text[at + 1] ?? ''
    if (next === '(') {
      const close = matchingParenthesis(text, at + 1)
      if (text[at + 2] === '(' && text[close - 1] === ')' && isArithmetic(text.slice(at + 3, close - 1))) {
        cursor.at = close + 1
        const expression = dollarParts({ text: text.slice(at + 3, close - 1), at: 0, depth: cursor.depth }, '')
        return { kind: 'arithmetic', expression, quoted }
      }
      cursor.at = close + 1
      return { kind: 'command', source: text.slice(at + 2, close), quoted }
    }
    if (next === '{') return braced(cursor, quoted)
    const name = /^(?:[A-Za-z_]\w*|[0-9@*#?$!-])/.exec(text.slice(at + 1, at + 257))?.[0]
    if (name === undefined) return undefined
    cursor.at = at + 1 + name.length
    return { kind: 'parameter', name, quoted }
  } finally {
    cursor.depth--
  }
}

function isArithmetic(text: string): boolean {
  let open = 0
  for (const char of text) {
    if (char === '(') open++
    if (char === ')' && --open < 0) return false
  }
  return open === 0
}

function backticks(cursor: Cursor, quoted: boolean): Part {
  let source = ''
  let at = cursor.at + 1
  for (; at < cursor.text.length && cursor.text[at] !== '`'; at++) {
    if (cursor.text[at] === '\\' && '`\\$'.includes(cursor.text[at + 1] ?? ' ')) at++
    source += cursor.text[at]
  }
  if (at >= cursor.text.length) throw new IncompleteInput("unexpected EOF while looking for matching ``'")
  cursor.at = at + 1
  return { kind: 'command', source, quoted }
}

function braced(cursor: Cursor, quoted: boolean): Part {
  const { text } = cursor
  const head = /^\$\{(#?)([A-Za-z_]\w*|\d+|[@*#?$!-])/.exec(text.slice(cursor.at, cursor.at + 257))
  if (head === null) {
    if (cursor.at + 2 >= text.length) throw new IncompleteInput("unexpected EOF while looking for matching `}'")
    throw new SyntaxError('bad substitution')
  }
  cursor.at += head[0].length
  const name = head[2]!
  if (head[1] === '#') return closeBrace(cursor, { kind: 'parameter', name, operator: 'length', quoted })
  if (text[cursor.at] === '}') return closeBrace(cursor, { kind: 'parameter', name, quoted })
  const operator = /^(?::[-=?+]|[-=?+]|##|#|%%|%|\/\/|\/|\^\^|,,|:)/.exec(text.slice(cursor.at, cursor.at + 2))?.[0]
  if (operator === undefined) {
    if (cursor.at >= text.length) throw new IncompleteInput("unexpected EOF while looking for matching `}'")
    throw new SyntaxError('bad substitution')
  }
  cursor.at += operator.length
  const argument = parseWord(cursor, '}')
  return closeBrace(cursor, { kind: 'parameter', name, operator, argument, quoted })
}

function closeBrace(cursor: Cursor, part: Part): Part {
  if (cursor.at >= cursor.text.length) throw new IncompleteInput("unexpected EOF while looking for matching `}'")
  if (cursor.text[cursor.at] !== '}') throw new SyntaxError('bad substitution')
  cursor.at++
  return part
}

/** Index of the parenthesis that closes the one at `open`, past quotes and nested substitutions. */
export function matchingParenthesis(text: string, open: number): number {
  let depth = 0
  let inCase = 0
  for (let at = open; at < text.length; at++) {
    const char = text[at]!
    if (char === '\\') at++
    else if (char === "'") at = skipTo(text, "'", at + 1)
    else if (char === '"') at = endOfDoubleQuote(text, at + 1)
    else if (char === '#' && /[\s;(]/.test(text[at - 1] ?? ' ') && depth > 0 && text[at - 1] !== '$') {
      const end = text.indexOf('\n', at)
      if (end < 0) break
      at = end
    } else if (char === '(') depth++
    else if (char === ')') {
      if (inCase > 0 && depth === 1) continue
      if (--depth === 0) return at
    } else if ((char === 'c' || char === 'e') && /[\s;(]/.test(text[at - 1] ?? ' ')) {
      const keyword = /^(case|esac)(?=[\s;)])/.exec(text.slice(at, at + 5))?.[1]
      if (keyword === 'case') inCase++
      if (keyword === 'esac') inCase = Math.max(0, inCase - 1)
    }
  }
  throw new IncompleteInput("unexpected EOF while looking for matching `)'")
}

function skipTo(text: string, char: string, from: number): number {
  const end = text.indexOf(char, from)
  if (end < 0) throw new IncompleteInput(`unexpected EOF while looking for matching \`${char}'`)
  return end
}

function endOfDoubleQuote(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') return at
    else if (text[at] === '$' && text[at + 1] === '(') at = matchingParenthesis(text, at + 1)
  }
  throw new IncompleteInput('unexpected EOF while looking for matching `"\'')
}

const escapes: Record<string, string> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  e: '\x1b',
  f: '\f',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
}

/** Backslash sequences as `$'…'`, `echo -e` and `printf` read them. */
export function unescape(text: string): string {
  return text.replace(/\\(x[0-9a-fA-F]{1,2}|0?[0-7]{1,3}|u[0-9a-fA-F]{1,4}|.)/gs, (whole, code: string) => {
    if (code[0] === 'x' && code.length > 1) return String.fromCharCode(parseInt(code.slice(1), 16))
    if (/^[0-7]/.test(code)) return String.fromCharCode(parseInt(code, 8) & 255)
    if (code[0] === 'u' && code.length > 1)
      return Buffer.from(String.fromCharCode(parseInt(code.slice(1), 16)), 'utf8').toString('latin1')
    return escapes[code] ?? whole
  })
}
