import { both, either, MAYBE, opposite, sure, YES } from './certainty.ts'
import type { Certainty } from './certainty.ts'
import { selectorOf } from './label-selector.ts'
import type { Complain, Requirement, Selector } from './label-selector.ts'

type Labels = Record<string, string>
type Match = (labels: Labels) => Certainty

/** A parsed part: how it matches, and itself as a conjunction where it is one. */
interface Part {
  match: Match
  requirements: Requirement[] | null
}

interface Token {
  kind: 'text' | 'word' | 'sign' | 'end'
  value: string
}

const MAX_LENGTH = 20_000
const MAX_DEPTH = 60

/**
 * Reads a selector of Calico's expression language: `all()`, `global()`, `has(k)`, `k == 'v'`, `!=`, `in {…}`,
 * `not in {…}`, `contains`, `starts with`, `ends with`, `!`, `&&`, `||` and brackets. Empty text takes everything.
 * What cannot be read makes every match doubtful and is complained about. `isUnknown` names labels a World lacks.
 */
export function parseCalicoSelector(text: string, complain: Complain, isUnknown: (key: string) => boolean): Selector {
  try {
    if (text.length > MAX_LENGTH) throw new SyntaxError('too long')
    const reader = new Reader(tokenize(text), isUnknown)
    const part = text.trim() === '' ? EVERYTHING : reader.read()
    const canonical = text.trim() === '' || text.trim() === 'all()' ? 'any' : text.trim()
    return { text: canonical, requirements: part.requirements, doubtful: false, match: part.match }
  } catch (error) {
    complain(`selector "${text.slice(0, 60)}": ${error instanceof SyntaxError ? error.message : 'unreadable'}`)
    return selectorOf([], true)
  }
}

const EVERYTHING: Part = { match: () => YES, requirements: [] }

function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  const pattern = /\s*(?:'([^']*)'|"([^"]*)"|(&&|\|\||==|!=|[!(){},])|([A-Za-z0-9_./-]+)|$)/y
  while (pattern.lastIndex < text.length) {
    const found = pattern.exec(text)
    if (!found) throw new SyntaxError('unexpected character')
    const literal = found[1] ?? found[2]
    if (literal !== undefined) tokens.push({ kind: 'text', value: literal })
    else if (found[3] !== undefined) tokens.push({ kind: 'sign', value: found[3] })
    else if (found[4] !== undefined) tokens.push({ kind: 'word', value: found[4] })
    else break
  }
  return tokens
}

/** Recursive descent over tokens; depth is bounded because policies are written by strangers. */
class Reader {
  #tokens: Token[]
  #at = 0
  #depth = 0
  #isUnknown: (key: string) => boolean

  constructor(tokens: Token[], isUnknown: (key: string) => boolean) {
    this.#tokens = tokens
    this.#isUnknown = isUnknown
  }

  read(): Part {
    const part = this.#or()
    if (this.#peek().kind !== 'end') throw new SyntaxError(`unexpected ${this.#peek().value}`)
    return part
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', value: '' }
  }

  #take(sign: string): boolean {
    const token = this.#peek()
    if (token.kind === 'text' || token.value !== sign) return false
    this.#at += 1
    return true
  }

  #need(sign: string): void {
    if (!this.#take(sign)) throw new SyntaxError(`expected ${sign}`)
  }

  #word(kind: 'word' | 'text'): string {
    const token = this.#peek()
    if (token.kind !== kind) throw new SyntaxError(`expected a ${kind === 'word' ? 'label' : 'quoted value'}`)
    this.#at += 1
    return token.value
  }

  #or(): Part {
    const parts = [this.#and()]
    while (this.#take('||')) parts.push(this.#and())
    const first = parts[0] ?? EVERYTHING
    if (parts.length === 1) return first
    return {
      match: (labels) => parts.reduce<Certainty>((sum, part) => either(sum, part.match(labels)), 0),
      requirements: null,
    }
  }

  #and(): Part {
    const parts = [this.#not()]
    while (this.#take('&&')) parts.push(this.#not())
    const conjunction = parts.every((part) => part.requirements !== null)
    return {
      match: (labels) => parts.reduce<Certainty>((sum, part) => both(sum, part.match(labels)), YES),
      requirements: conjunction ? parts.flatMap((part) => part.requirements ?? []) : null,
    }
  }

  #not(): Part {
    this.#depth += 1
    if (this.#depth > MAX_DEPTH) throw new SyntaxError('nested too deep')
    let part: Part
    if (this.#take('!')) part = negate(this.#not())
    else if (this.#take('(')) {
      part = this.#or()
      this.#need(')')
    } else part = this.#comparison()
    this.#depth -= 1
    return part
  }

  #comparison(): Part {
    const key = this.#word('word')
    if (this.#take('(')) {
      if (key === 'all') return this.#closed(EVERYTHING)
      if (key === 'global') return this.#closed({ match: () => MAYBE, requirements: null })
      if (key !== 'has') throw new SyntaxError(`unknown function ${key}`)
      return this.#closed(this.#leaf({ key: this.#word('word'), operator: 'Exists', values: [] }))
    }
    if (this.#take('==')) return this.#leaf({ key, operator: 'In', values: [this.#word('text')] })
    if (this.#take('!=')) return this.#leaf({ key, operator: 'NotIn', values: [this.#word('text')] })
    if (this.#take('in')) return this.#leaf({ key, operator: 'In', values: this.#values() })
    if (this.#take('not')) {
      this.#need('in')
      return this.#leaf({ key, operator: 'NotIn', values: this.#values() })
    }
    if (this.#take('contains')) return this.#textual(key, (value, wanted) => value.includes(wanted))
    if (this.#take('starts')) return this.#with(key, (value, wanted) => value.startsWith(wanted))
    if (this.#take('ends')) return this.#with(key, (value, wanted) => value.endsWith(wanted))
    throw new SyntaxError(`expected a comparison after ${key}`)
  }

  #closed(part: Part): Part {
    this.#need(')')
    return part
  }

  #values(): string[] {
    this.#need('{')
    const values: string[] = []
    while (!this.#take('}')) {
      values.push(this.#word('text'))
      if (!this.#take(',')) {
        this.#need('}')
        break
      }
    }
    return values
  }

  #with(key: string, test: (value: string, wanted: string) => boolean): Part {
    this.#need('with')
    return this.#textual(key, test)
  }

  #textual(key: string, test: (value: string, wanted: string) => boolean): Part {
    const wanted = this.#word('text')
    const unknown = this.#isUnknown(key)
    return {
      match: (labels) => (unknown ? MAYBE : sure(Object.hasOwn(labels, key) && test(labels[key] ?? '', wanted))),
      requirements: null,
    }
  }

  #leaf(requirement: Requirement): Part {
    const full = { ...requirement, unknown: this.#isUnknown(requirement.key) }
    const selector = selectorOf([full])
    return { match: selector.match, requirements: [full] }
  }
}

const NEGATED = { In: 'NotIn', NotIn: 'In', Exists: 'DoesNotExist', DoesNotExist: 'Exists' } as const

function negate(part: Part): Part {
  const only = part.requirements?.length === 1 ? part.requirements[0] : undefined
  const match: Match = (labels) => opposite(part.match(labels))
  return { match, requirements: only ? [{ ...only, operator: NEGATED[only.operator] }] : null }
}
