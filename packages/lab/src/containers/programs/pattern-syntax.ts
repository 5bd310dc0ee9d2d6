/** Regular expressions as grep -E, grep -P, sed -E, awk and bash read them, as a tree. */
export type PatternNode =
  | { kind: 'set'; matches: (char: string) => boolean }
  | { kind: 'sequence'; items: PatternNode[] }
  | { kind: 'choice'; options: PatternNode[] }
  | { kind: 'repeat'; item: PatternNode; least: number; most: number; lazy: boolean }
  | { kind: 'group'; item: PatternNode; index: number }
  | { kind: 'look'; item: PatternNode; negated: boolean }
  | { kind: 'reference'; index: number }
  | { kind: 'assertion'; test: 'start' | 'end' | 'word' | 'no-word' }
  | { kind: 'keep' }

const maxRepeat = 1000
const maxDepth = 100

const posixClasses: Record<string, RegExp> = {
  alpha: /[A-Za-z]/,
  digit: /\d/,
  alnum: /[A-Za-z0-9]/,
  upper: /[A-Z]/,
  lower: /[a-z]/,
  space: /\s/,
  blank: /[ \t]/,
  punct: /[!-/:-@[-`{-~]/,
  xdigit: /[0-9A-Fa-f]/,
  print: /[ -~]/,
}
const escapeClasses: Record<string, RegExp> = { d: /\d/, D: /\D/, w: /\w/, W: /\W/, s: /\s/, S: /\S/ }
const controls: Record<string, string> = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v', e: '\x1b', 0: '\0' }

export interface ParsedPattern {
  root: PatternNode
  groups: number
}

/** Parses an extended or Perl pattern. Throws Error on what is malformed or not supported. */
export function parsePattern(source: string, ignoreCase: boolean): ParsedPattern {
  const parser = new PatternParser(source, ignoreCase)
  const root = parser.choice(0)
  if (parser.at < source.length) throw new Error('Unmatched ) or \\)')
  return { root, groups: parser.groups }
}

class PatternParser {
  readonly #source: string
  readonly #ignoreCase: boolean
  at = 0
  groups = 0

  constructor(source: string, ignoreCase: boolean) {
    this.#source = source
    this.#ignoreCase = ignoreCase
  }

  choice(depth: number): PatternNode {
    if (depth > maxDepth) throw new Error('Regular expression too deep')
    const options = [this.#sequence(depth)]
    while (this.#source[this.at] === '|') {
      this.at++
      options.push(this.#sequence(depth))
    }
    return options.length === 1 ? options[0]! : { kind: 'choice', options }
  }

  #sequence(depth: number): PatternNode {
    const items: PatternNode[] = []
    while (this.at < this.#source.length && !'|)'.includes(this.#source[this.at]!))
      items.push(this.#quantified(this.#atom(depth)))
    return items.length === 1 ? items[0]! : { kind: 'sequence', items }
  }

  #quantified(atom: PatternNode): PatternNode {
    let item = atom
    for (;;) {
      const match = /^(?:[*+?]|\{(\d*)(,?)(\d*)\})/.exec(this.#source.slice(this.at, this.at + 16))
      if (match === null || (match[0].startsWith('{') && match[1] === '' && match[3] === '')) return item
      this.at += match[0].length
      const bounds: Record<string, [number, number]> = { '*': [0, Infinity], '+': [1, Infinity], '?': [0, 1] }
      const least = Number(match[1] || 0)
      const most = match[2] === '' ? least : match[3] === '' ? Infinity : Number(match[3])
      const [from, to] = bounds[match[0]] ?? [least, most]
      if (from > maxRepeat || (to !== Infinity && to > maxRepeat)) throw new Error('Regular expression too big')
      const lazy = this.#source[this.at] === '?'
      if (lazy || this.#source[this.at] === '+') this.at++
      item = { kind: 'repeat', item, least: from, most: to, lazy }
    }
  }

  #atom(depth: number): PatternNode {
    const char = this.#source[this.at++]!
    if (char === '(') return this.#group(depth)
    if (char === '[') return this.#bracket()
    if (char === '.') return { kind: 'set', matches: (each) => each !== '\n' }
    if (char === '^') return { kind: 'assertion', test: 'start' }
    if (char === '$') return { kind: 'assertion', test: 'end' }
    if (char === '\\') return this.#escape()
    return this.#literal(char)
  }

  #group(depth: number): PatternNode {
    const rest = this.#source.slice(this.at, this.at + 3)
    const look = /^\?([=!])/.exec(rest)
    const plain = rest.startsWith('?:')
    if (look === null && !plain && rest.startsWith('?')) throw new Error('unrecognized character after (?')
    if (look !== null || plain) this.at += 2
    const index = look === null && !plain ? ++this.groups : 0
    const item = this.choice(depth + 1)
    if (this.#source[this.at] !== ')') throw new Error('Unmatched ( or \\(')
    this.at++
    if (look !== null) return { kind: 'look', item, negated: look[1] === '!' }
    return index === 0 ? item : { kind: 'group', item, index }
  }

  #escape(): PatternNode {
    const char = this.#source[this.at++]
    if (char === undefined) throw new Error('Trailing backslash')
    const known = escapeClasses[char]
    if (known !== undefined) return { kind: 'set', matches: (each) => known.test(each) }
    if (char === 'b' || char === '<' || char === '>') return { kind: 'assertion', test: 'word' }
    if (char === 'B') return { kind: 'assertion', test: 'no-word' }
    if (char === 'K') return { kind: 'keep' }
    if (/[1-9]/.test(char)) return { kind: 'reference', index: Number(char) }
    if (char === 'x') {
      const code = /^[0-9a-fA-F]{1,2}/.exec(this.#source.slice(this.at, this.at + 2))?.[0] ?? '0'
      this.at += code.length
      return this.#literal(String.fromCharCode(Number.parseInt(code, 16)))
    }
    return this.#literal(controls[char] ?? char)
  }

  #bracket(): PatternNode {
    const negated = this.#source[this.at] === '^'
    if (negated) this.at++
    const tests: ((char: string) => boolean)[] = []
    for (let first = true; first || this.#source[this.at] !== ']'; first = false) {
      if (this.at >= this.#source.length) throw new Error('Unmatched [, [^, [:, [., or [=')
      const named = /^\[:(\w+):\]/.exec(this.#source.slice(this.at, this.at + 16))
      if (named !== null) {
        const known = posixClasses[named[1]!]
        if (known === undefined) throw new Error('Invalid character class name')
        this.at += named[0].length
        tests.push((char) => known.test(char))
        continue
      }
      const escaped = this.#source[this.at] === '\\' ? escapeClasses[this.#source[this.at + 1] ?? ''] : undefined
      if (escaped !== undefined) {
        this.at += 2
        tests.push((char) => escaped.test(char))
        continue
      }
      const from = this.#bracketChar()
      const isRange =
        this.#source[this.at] === '-' && this.#source[this.at + 1] !== ']' && this.at + 1 < this.#source.length
      if (isRange) this.at++
      const to = isRange ? this.#bracketChar() : from
      tests.push(this.#folded((char) => char >= from && char <= to))
    }
    this.at++
    return { kind: 'set', matches: (char) => tests.some((test) => test(char)) !== negated }
  }

  #bracketChar(): string {
    const char = this.#source[this.at++]!
    if (char !== '\\' || this.at >= this.#source.length) return char
    const next = this.#source[this.at++]!
    return controls[next] ?? next
  }

  #literal(char: string): PatternNode {
    return { kind: 'set', matches: this.#folded((each) => each === char) }
  }

  #folded(test: (char: string) => boolean): (char: string) => boolean {
    return this.#ignoreCase ? (char) => test(char.toLowerCase()) || test(char.toUpperCase()) : test
  }
}
