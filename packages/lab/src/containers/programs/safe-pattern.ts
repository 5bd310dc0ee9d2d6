import type { Budget } from '../kernel/limits.ts'
import { LimitExceeded } from '../kernel/limits.ts'
import type { ParsedPattern, PatternNode } from './pattern-syntax.ts'
import { parsePattern } from './pattern-syntax.ts'

/**
 * Regular expressions of commands in containers come from attackers. The engine of JavaScript backtracks without end and
 * cannot be stopped reliably, so patterns run on this small matcher, which counts what it does.
 */
export interface Pattern {
  test(line: string): boolean
  /** Matches of a line, at most 1000; each is its text and its groups. */
  matches(line: string): string[]
  replace(line: string, replacement: (groups: string[]) => string, all: boolean): string
}

export interface PatternOptions {
  ignoreCase?: boolean
  /** Syntax of plain grep and sed, where operators are escaped. */
  basic?: boolean
  fixed?: boolean
  /** Pays for the work. */
  budget: Budget
}

const maxLine = 65_536
/** Work for one line, beyond which it is given up. */
const maxWork = 400_000
/** So many units of a matcher's work cost as much as one step of a program. */
const workPerStep = 20

interface Match {
  start: number
  end: number
  groups: string[]
}

/** Compiles a pattern. Throws Error when it is malformed. */
export function toPattern(source: string, options: PatternOptions): Pattern {
  if (source.length > 10_000) throw new Error('Regular expression too big')
  const parsed = parsePattern(translate(source, options), options.ignoreCase ?? false)
  const all = (line: string, most: number) => new Matcher(parsed, line.slice(0, maxLine), options.budget).all(most)
  return {
    test: (line) => all(line, 1).length > 0,
    matches: (line) => all(line, 1000).map((match) => match.groups[0]!),
    replace: (line, replacement, global) => {
      let result = ''
      let at = 0
      for (const match of all(line, global ? 1000 : 1)) {
        result += line.slice(at, match.start) + replacement(match.groups)
        at = match.end
      }
      return result + line.slice(at)
    },
  }
}

/** Backtracking by continuations: `next` says whether the rest matches from a place. */
class Matcher {
  readonly #pattern: ParsedPattern
  readonly #text: string
  readonly #budget: Budget
  #work = 0
  #groups: [number, number][] = []
  #keptFrom: number | undefined

  constructor(pattern: ParsedPattern, text: string, budget: Budget) {
    this.#pattern = pattern
    this.#text = text
    this.#budget = budget
  }

  all(most: number): Match[] {
    const found: Match[] = []
    try {
      for (let from = 0; from <= this.#text.length && found.length < most;) {
        const match = this.#at(from)
        if (match !== undefined) found.push(match)
        from = match === undefined ? from + 1 : Math.max(match.end, from + (match.end === from ? 1 : 0))
      }
    } catch (error) {
      if (error instanceof RangeError) throw new Error("exceeded the lab's backtracking limit", { cause: error })
      throw error
    } finally {
      this.#budget.spend('steps', Math.ceil(this.#work / workPerStep))
    }
    return found
  }

  #at(from: number): Match | undefined {
    this.#groups = []
    this.#keptFrom = undefined
    let end = -1
    if (!this.#match(this.#pattern.root, from, (at) => ((end = at), true))) return undefined
    const start = this.#keptFrom ?? from
    const groups = Array.from({ length: this.#pattern.groups }, (_, index) =>
      this.#text.slice(...(this.#groups[index + 1] ?? [0, 0])),
    )
    return { start, end, groups: [this.#text.slice(start, end), ...groups] }
  }

  #match(node: PatternNode, at: number, next: (at: number) => boolean): boolean {
    if (++this.#work > maxWork) throw new LimitExceeded("lab limit reached: exceeded the pattern's backtracking limit")
    switch (node.kind) {
      case 'set':
        return at < this.#text.length && node.matches(this.#text[at]!) && next(at + 1)
      case 'sequence':
        return this.#sequence(node.items, 0, at, next)
      case 'choice':
        return node.options.some((option) => this.#match(option, at, next))
      case 'repeat':
        return node.item.kind === 'set'
          ? this.#run(node, node.item, at, next)
          : this.#repeat(node, at, { count: 0, last: -1 }, next)
      case 'group': {
        const before = this.#groups[node.index]
        const matched = this.#match(node.item, at, (end) => {
          const inner = this.#groups[node.index]
          this.#groups[node.index] = [at, end]
          if (next(end)) return true
          this.#groups[node.index] = inner!
          return false
        })
        if (!matched) this.#groups[node.index] = before!
        return matched
      }
      case 'look':
        return this.#match(node.item, at, () => true) !== node.negated && next(at)
      case 'reference': {
        const text = this.#text.slice(...(this.#groups[node.index] ?? [0, 0]))
        this.#work += text.length
        return this.#text.startsWith(text, at) && next(at + text.length)
      }
      case 'assertion':
        return this.#holds(node.test, at) && next(at)
      case 'keep': {
        const before = this.#keptFrom
        this.#keptFrom = at
        if (next(at)) return true
        this.#keptFrom = before
        return false
      }
    }
  }

  #sequence(items: PatternNode[], index: number, at: number, next: (at: number) => boolean): boolean {
    const item = items[index]
    return item === undefined ? next(at) : this.#match(item, at, (end) => this.#sequence(items, index + 1, end, next))
  }

  /** A repeated single character needs no recursion per character. */
  #run(
    node: PatternNode & { kind: 'repeat' },
    set: PatternNode & { kind: 'set' },
    at: number,
    next: (at: number) => boolean,
  ): boolean {
    const limit = Math.min(this.#text.length, at + node.most)
    let end = at
    if (node.lazy) {
      for (;;) {
        if (end - at >= node.least && next(end)) return true
        if (end >= limit || !set.matches(this.#text[end]!)) return false
        end++
        this.#work++
      }
    }
    while (end < limit && set.matches(this.#text[end]!)) end++
    this.#work += end - at
    for (; end - at >= node.least; end--) if (next(end)) return true
    return false
  }

  #repeat(
    node: PatternNode & { kind: 'repeat' },
    at: number,
    done: { count: number; last: number },
    next: (at: number) => boolean,
  ): boolean {
    const again = () =>
      done.count < node.most &&
      (at !== done.last || done.count < node.least) &&
      this.#match(node.item, at, (end) => this.#repeat(node, end, { count: done.count + 1, last: at }, next))
    const enough = done.count >= node.least
    if (node.lazy) return (enough && next(at)) || again()
    return again() || (enough && next(at))
  }

  #holds(test: 'start' | 'end' | 'word' | 'no-word', at: number): boolean {
    if (test === 'start') return at === 0
    if (test === 'end') return at === this.#text.length
    const isWord = (index: number) => /\w/.test(this.#text[index] ?? ' ')
    return (isWord(at - 1) !== isWord(at)) === (test === 'word')
  }
}

function translate(source: string, options: PatternOptions): string {
  if (options.fixed) return source.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  if (!options.basic) return source
  // In basic expressions the bare characters are plain and the escaped ones are operators; brackets stay as they are.
  return source.replace(
    /\[\^?\]?(?:\[:\w+:\]|[^\]])*\]|\\(.)|([+?(){}|])|^\*/gs,
    (whole, escaped: string | undefined, plain: string | undefined) => {
      if (plain !== undefined || whole === '*') return `\\${whole}`
      if (escaped === undefined) return whole
      return '+?(){}|'.includes(escaped) ? escaped : whole
    },
  )
}
