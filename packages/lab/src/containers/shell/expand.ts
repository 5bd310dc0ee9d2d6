import { LimitExceeded } from '../kernel/limits.ts'
import { absolute } from '../kernel/file-tree.ts'
import { evaluateArithmetic } from './arithmetic.ts'
import { escapeGlob, hasGlob, matchesGlob } from './glob.ts'
import type { ShellState } from './shell-state.ts'
import type { Part, Word } from './syntax.ts'

/** Runs a command substitution and gives its output without the trailing newlines. */
export type Substitute = (source: string) => Promise<string>

interface Piece {
  text: string
  quoted: boolean
  /** Starts a new field: between the elements of "$@". */
  breakBefore?: boolean
}

/** `${x?}` or an unset variable under `set -u`: ends a shell that is not interactive. */
export class ExpansionError extends Error {}

/** Word expansion of one shell: POSIX 2.6, in the order the standard gives. */
export class Expander {
  readonly #shell: ShellState
  readonly #substitute: Substitute

  constructor(shell: ShellState, substitute: Substitute) {
    this.#shell = shell
    this.#substitute = substitute
  }

  /** Fields of a command line: braces, tilde, parameters, substitution, splitting, path names. */
  async fields(words: Word[]): Promise<string[]> {
    const fields: string[] = []
    for (const word of words) {
      for (const variant of this.#shell.flavor === 'bash' ? expandBraces(word) : [word]) {
        for (const field of this.#split(await this.#pieces(tilde(variant, this.#shell), false))) {
          for (const name of this.#paths(field)) fields.push(name)
          this.#check(fields.length)
        }
      }
    }
    return fields
  }

  /** One string: no splitting, no path names (assignments, redirections, here-documents). */
  async text(word: Word): Promise<string> {
    const pieces = await this.#pieces(tilde(word, this.#shell), true)
    return this.#bounded(pieces.map((piece) => (piece.breakBefore ? ` ${piece.text}` : piece.text)).join(''))
  }

  /** A pattern for `case`, `[[ = ]]` and `${x#…}`: quoted parts match only themselves. */
  async pattern(word: Word): Promise<string> {
    const pieces = await this.#pieces(word, true)
    return this.#bounded(pieces.map((piece) => (piece.quoted ? escapeGlob(piece.text) : piece.text)).join(''))
  }

  async arithmetic(expression: Word): Promise<bigint> {
    const text = await this.text(expression)
    return evaluateArithmetic(text.replace(/\$([A-Za-z_]\w*)/g, '$1'), {
      get: (name) => this.#shell.get(name) ?? '',
      set: (name, value) => this.#shell.set(name, value),
    })
  }

  async #pieces(word: Word, single: boolean): Promise<Piece[]> {
    const pieces: Piece[] = []
    let length = 0
    for (const part of word) {
      for (const piece of await this.#part(part, single)) {
        length += piece.text.length
        if (length > this.#shell.process.budget.limits.word) throw new LimitExceeded('lab limit reached: word too long')
        pieces.push(piece)
      }
    }
    return pieces
  }

  async #part(part: Part, single: boolean): Promise<Piece[]> {
    switch (part.kind) {
      case 'text':
        return [{ text: part.text, quoted: part.quoted }]
      case 'command':
        return [{ text: await this.#substitute(part.source), quoted: part.quoted }]
      case 'arithmetic':
        return [{ text: String(await this.arithmetic(part.expression)), quoted: true }]
      case 'parameter':
        return this.#parameter(part, single)
    }
  }

  async #parameter(part: Part & { kind: 'parameter' }, single: boolean): Promise<Piece[]> {
    const shell = this.#shell
    if (part.operator === undefined && (part.name === '@' || (part.name === '*' && !part.quoted)) && !single) {
      return shell.positional.map((text, index) => ({ text, quoted: part.quoted, breakBefore: index > 0 }))
    }
    const value = shell.get(part.name)
    if (value === undefined && part.operator === undefined && shell.options.has('u') && !'@*'.includes(part.name)) {
      throw new ExpansionError(`${part.name}: unbound variable`)
    }
    const piece = (text: string): Piece[] => [{ text, quoted: part.quoted }]
    const argument = part.argument ?? []
    switch (part.operator) {
      case undefined:
        return piece(value ?? '')
      case 'length':
        return piece(String(part.name === '@' || part.name === '*' ? shell.positional.length : (value ?? '').length))
      case '-':
      case ':-':
        return value === undefined || (part.operator === ':-' && value === '')
          ? this.#argument(argument, part.quoted)
          : piece(value)
      case '+':
      case ':+':
        return value === undefined || (part.operator === ':+' && value === '')
          ? piece('')
          : this.#argument(argument, part.quoted)
      case '=':
      case ':=':
        if (value === undefined || (part.operator === ':=' && value === ''))
          shell.set(part.name, await this.text(argument))
        return piece(shell.get(part.name) ?? '')
      case '?':
      case ':?':
        if (value === undefined || (part.operator === ':?' && value === '')) {
          throw new ExpansionError(`${part.name}: ${(await this.text(argument)) || 'parameter null or not set'}`)
        }
        return piece(value)
      case ':':
        return piece(await this.#substring(value ?? '', argument))
      case '/':
      case '//':
        return piece(await this.#replace(value ?? '', argument, part.operator === '//'))
      case '^^':
        return piece((value ?? '').toUpperCase())
      case ',,':
        return piece((value ?? '').toLowerCase())
      default:
        return piece(trimMatch(value ?? '', await this.pattern(argument), part.operator))
    }
  }

  async #argument(word: Word, quoted: boolean): Promise<Piece[]> {
    const pieces = await this.#pieces(word, quoted)
    return pieces.map((piece) => ({ ...piece, quoted: piece.quoted || quoted }))
  }

  async #substring(value: string, argument: Word): Promise<string> {
    const [from = '0', length] = (await this.text(argument)).split(':')
    const variables = { get: (name: string) => this.#shell.get(name) ?? '', set: () => {} }
    const start = Number(evaluateArithmetic(from, variables))
    const begin = start < 0 ? Math.max(0, value.length + start) : start
    if (length === undefined) return value.slice(begin)
    const count = Number(evaluateArithmetic(length, variables))
    return count < 0 ? value.slice(begin, value.length + count) : value.slice(begin, begin + count)
  }

  async #replace(value: string, argument: Word, all: boolean): Promise<string> {
    const whole = await this.pattern(argument)
    const cut = unescapedSlash(whole)
    const pattern = cut < 0 ? whole : whole.slice(0, cut)
    const replacement = cut < 0 ? '' : whole.slice(cut + 1).replace(/\\(.)/gs, '$1')
    const literal = pattern.replace(/\\(.)/gs, '$1')
    if (!hasGlob(pattern))
      return literal === ''
        ? value
        : this.#bounded(all ? value.split(literal).join(replacement) : value.replace(literal, () => replacement))
    // Longest match at each place; bounded because values with patterns are cut to 4 KiB.
    let result = ''
    const text = value.slice(0, 4096)
    for (let at = 0; at < text.length;) {
      let end = text.length
      while (end > at && !matchesGlob(pattern, text.slice(at, end))) end--
      this.#shell.process.budget.spend('steps', text.length - end + 1)
      if (end > at) {
        result += replacement
        at = end
        if (!all) return this.#bounded(result + value.slice(at))
      } else result += text[at++]
    }
    return this.#bounded(result + value.slice(4096))
  }

  /** Field splitting by IFS and quote removal. A field is its text and its pattern. */
  #split(pieces: Piece[]): { text: string; pattern: string }[] {
    const separators = this.#shell.get('IFS') ?? ' \t\n'
    const fields: { text: string; pattern: string }[] = []
    let current: { text: string; pattern: string } | undefined
    const close = () => {
      if (current !== undefined) fields.push(current)
      current = undefined
    }
    for (const piece of pieces) {
      if (piece.breakBefore) close()
      if (piece.quoted) {
        current ??= { text: '', pattern: '' }
        current.text += piece.text
        current.pattern += escapeGlob(piece.text)
        continue
      }
      for (const chunk of chunks(piece.text, separators)) {
        if (chunk.separator) {
          if (chunk.hard) current ??= { text: '', pattern: '' }
          close()
          continue
        }
        current ??= { text: '', pattern: '' }
        current.text += chunk.text
        current.pattern += chunk.text.replaceAll('\\', '\\\\')
      }
      this.#check(fields.length)
    }
    close()
    return fields
  }

  #paths(field: { text: string; pattern: string }): string[] {
    if (this.#shell.options.has('f') || !hasGlob(field.pattern)) return [field.text]
    const { fs, cwd, who } = this.#shell.process
    let found = [field.pattern.startsWith('/') ? '/' : '']
    for (const part of field.pattern.split('/').filter((part) => part !== '')) {
      const next: string[] = []
      for (const base of found) {
        const plain = part.replace(/\\(.)/gs, '$1')
        if (!hasGlob(part)) {
          if (fs.find(absolute(cwd, base + plain), who) !== undefined) next.push(`${base}${plain}/`)
          continue
        }
        for (const name of this.#names(absolute(cwd, base === '' ? '.' : base))) {
          this.#shell.process.budget.spend('steps')
          if ((!name.startsWith('.') || part.startsWith('.')) && matchesGlob(part, name)) next.push(`${base}${name}/`)
        }
      }
      found = next
      this.#check(found.length)
    }
    return found.length === 0 ? [field.text] : found.map((path) => (path.length > 1 ? path.replace(/\/$/, '') : path))
  }

  #names(directory: string): string[] {
    try {
      return this.#shell.process.fs.list(directory, this.#shell.process.who).map(([name]) => name)
    } catch {
      return [] // a directory that may not be read matches nothing
    }
  }

  #check(count: number): void {
    if (count > 20_000) throw new LimitExceeded('lab limit reached: too many words')
  }

  #bounded(text: string): string {
    if (text.length > this.#shell.process.budget.limits.word)
      throw new LimitExceeded('lab limit reached: word too long')
    return text
  }
}

/** Runs of field text and separators. White space separators melt together; others (`:`) also close empty fields. */
function chunks(text: string, separators: string): { text: string; separator: boolean; hard: boolean }[] {
  if (separators === '') return [{ text, separator: false, hard: false }]
  const result: { text: string; separator: boolean; hard: boolean }[] = []
  let start = 0
  for (let at = 0; at <= text.length; at++) {
    const char = text[at]
    if (char !== undefined && !separators.includes(char)) continue
    if (at > start) result.push({ text: text.slice(start, at), separator: false, hard: false })
    if (char !== undefined) result.push({ text: char, separator: true, hard: !' \t\n'.includes(char) })
    start = at + 1
  }
  return result
}

function tilde(word: Word, shell: ShellState): Word {
  const first = word[0]
  if (first?.kind !== 'text' || first.quoted || !/^~(?:\/|$)/.test(first.text)) return word
  if (first.text === '~' && word.length > 1) return word
  const home = shell.get('HOME') ?? shell.process.who.home
  return [{ kind: 'text', text: home, quoted: true }, { ...first, text: first.text.slice(1) }, ...word.slice(1)]
}

/** `${x#p}`, `##`, `%`, `%%`. Patterns see only the first or last 1024 characters, so that no value makes them slow. */
function trimMatch(value: string, pattern: string, operator: string): string {
  const front = operator[0] === '#'
  if (!hasGlob(pattern)) {
    const literal = pattern.replace(/\\(.)/gs, '$1')
    if (front) return value.startsWith(literal) ? value.slice(literal.length) : value
    return value.endsWith(literal) ? value.slice(0, value.length - literal.length) : value
  }
  const text = front ? value.slice(0, 1024) : value.slice(-1024)
  const short = pattern.slice(0, 256)
  const lengths = Array.from({ length: text.length + 1 }, (_, index) => index)
  for (const length of operator.length === 2 ? lengths.toReversed() : lengths) {
    if (matchesGlob(short, front ? text.slice(0, length) : text.slice(text.length - length))) {
      return front ? value.slice(length) : value.slice(0, value.length - length)
    }
  }
  return value
}

function unescapedSlash(pattern: string): number {
  for (let at = 0; at < pattern.length; at++) {
    if (pattern[at] === '\\') at++
    else if (pattern[at] === '/') return at
  }
  return -1
}

/** `{a,b}` and `{1..3}` within one unquoted piece of text; up to 1000 results, as more is never meant well here. */
function expandBraces(word: Word): Word[] {
  for (const [index, part] of word.entries()) {
    if (part.kind !== 'text' || part.quoted) continue
    const match = /\{([^{}]*)\}/.exec(part.text)
    if (match === null) continue
    const inner = match[1]!
    const range = /^(-?\d{1,6})\.\.(-?\d{1,6})$/.exec(inner)
    let items = inner.split(',')
    if (range !== null) {
      const from = Number(range[1])
      const to = Number(range[2])
      items = Array.from({ length: Math.min(Math.abs(to - from) + 1, 1000) }, (_, step) =>
        String(from + (to < from ? -step : step)),
      )
    } else if (items.length < 2) continue
    const before = part.text.slice(0, match.index)
    const after = part.text.slice(match.index + match[0].length)
    const variants: Word[] = []
    for (const item of items) {
      const text = before + item + after
      variants.push(...expandBraces([...word.slice(0, index), { ...part, text }, ...word.slice(index + 1)]))
      if (variants.length > 1000) throw new LimitExceeded('lab limit reached: brace expansion too large')
    }
    return variants
  }
  return [word]
}
