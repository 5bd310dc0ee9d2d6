/** A Sigma string value: literal runs and wildcards. */
export type Token = { kind: 'text'; text: string } | { kind: 'any' } | { kind: 'one' } | { kind: 'dash' }
export type Pattern = Token[]

const dashes = new Set(['-', '/', '–', '—', '―'])

/**
 * Reads wildcards and escapes of a Sigma value: `*`, `?`, and a backslash in front of `*`, `?` or another backslash
 * makes it plain; a backslash before anything else is itself plain.
 */
export function parsePattern(value: string): Pattern {
  const tokens: Pattern = []
  let text = ''
  const flush = () => {
    if (text !== '') tokens.push({ kind: 'text', text })
    text = ''
  }
  for (let i = 0; i < value.length; i++) {
    const char = value[i]!
    const next = value[i + 1]
    if (char === '\\' && (next === '*' || next === '?' || next === '\\')) {
      text += next
      i++
    } else if (char === '*' || char === '?') {
      flush()
      if (char === '?') tokens.push({ kind: 'one' })
      else if (tokens.at(-1)?.kind !== 'any') tokens.push({ kind: 'any' })
    } else text += char
  }
  flush()
  return tokens
}

/** The text of a pattern without wildcards; undefined when it has any. */
export function plainText(pattern: Pattern): string | undefined {
  let text = ''
  for (const token of pattern) {
    if (token.kind !== 'text') return undefined
    text += token.text
  }
  return text
}

/** Each dash-like character that can begin an option becomes any of them (`-s`, `/s`, `–s`). */
export function withDashes(pattern: Pattern): Pattern {
  return pattern.flatMap((token) => (token.kind === 'text' ? splitDashes(token.text) : [token]))
}

function splitDashes(text: string): Token[] {
  const tokens: Token[] = []
  let run = ''
  for (let i = 0; i < text.length; i++) {
    const wordBefore = i > 0 && /\w/.test(text[i - 1]!)
    const wordAfter = i + 1 < text.length && /\w/.test(text[i + 1]!)
    if (dashes.has(text[i]!) && !wordBefore && wordAfter) {
      if (run !== '') tokens.push({ kind: 'text', text: run })
      run = ''
      tokens.push({ kind: 'dash' })
    } else run += text[i]
  }
  if (run !== '') tokens.push({ kind: 'text', text: run })
  return tokens
}

/** What a value must be, for matching and for the index. */
export interface TextTest {
  /** @param lower the same text in lower case */
  test(text: string, lower: string): boolean
  /** A text that every match equals or contains, in lower case; `present` promises no more than some text. */
  witness?: { kind: 'equals' | 'contains' | 'present'; literal: string }
}

/** A matcher for a pattern; linear in text times pattern, without backtracking over several `*`. */
export function patternTest(pattern: Pattern, cased: boolean): TextTest {
  const folded = cased ? pattern : pattern.map((t) => (t.kind === 'text' ? { ...t, text: t.text.toLowerCase() } : t))
  const plain = plainText(folded)
  const pick = (text: string, lower: string) => (cased ? text : lower)
  const longest = longestText(folded)
  const witness = longest ? { kind: 'contains' as const, literal: longest.toLowerCase() } : undefined
  if (plain !== undefined) {
    return {
      test: (text, lower) => pick(text, lower) === plain,
      witness: { kind: 'equals', literal: plain.toLowerCase() },
    }
  }
  const [first, middle] = folded
  const last = folded.at(-1)
  if (folded.length === 1 && first?.kind === 'any')
    return { test: () => true, witness: { kind: 'present', literal: '' } }
  if (folded.length === 2 && first?.kind === 'any' && last?.kind === 'text')
    return { test: (text, lower) => pick(text, lower).endsWith(last.text), witness }
  if (folded.length === 2 && first?.kind === 'text' && last?.kind === 'any')
    return { test: (text, lower) => pick(text, lower).startsWith(first.text), witness }
  if (folded.length === 3 && first?.kind === 'any' && middle?.kind === 'text' && last?.kind === 'any')
    return { test: (text, lower) => pick(text, lower).includes(middle.text), witness }
  const glob = compileGlob(folded)
  return { test: (text, lower) => glob(pick(text, lower)), witness }
}

function longestText(pattern: Pattern): string {
  let longest = ''
  for (const token of pattern) if (token.kind === 'text' && token.text.length > longest.length) longest = token.text
  return longest
}

// A cell is one position of a segment: a plain character, any character (true) or a dash-like one (false).
type Cell = string | boolean

function compileGlob(pattern: Pattern): (text: string) => boolean {
  const segments: Cell[][] = [[]]
  for (const token of pattern) {
    if (token.kind === 'any') segments.push([])
    else if (token.kind === 'text') segments.at(-1)!.push(...token.text.split(''))
    else segments.at(-1)!.push(token.kind === 'one')
  }
  const head = segments[0]!
  const tail = segments.length > 1 ? segments.at(-1)! : undefined
  const inner = segments.slice(1, -1)
  return (text) => {
    if (!fits(text, 0, head)) return false
    if (!tail) return text.length === head.length
    const end = text.length - tail.length
    let from = head.length
    if (end < from || !fits(text, end, tail)) return false
    for (const segment of inner) {
      const found = find(text, from, end - segment.length, segment)
      if (found < 0) return false
      from = found + segment.length
    }
    return true
  }
}

function fits(text: string, at: number, cells: Cell[]): boolean {
  if (at + cells.length > text.length) return false
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i]!
    const char = text[at + i]!
    if (cell === true) continue
    if (cell === false ? !dashes.has(char) : cell !== char) return false
  }
  return true
}

function find(text: string, from: number, last: number, cells: Cell[]): number {
  for (let at = from; at <= last; at++) if (fits(text, at, cells)) return at
  return -1
}
