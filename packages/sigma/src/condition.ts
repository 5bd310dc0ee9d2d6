import type { Condition } from './rule.ts'

const maxTokens = 2000

/**
 * Parses a Sigma condition. Precedence as the specification has it: or, and, not, `x of`, parentheses.
 * @param names selections the condition may use; `them` leaves out those that begin with an underscore
 * @throws Error with the word that doesn't fit
 */
export function parseCondition(text: string, names: string[]): Condition {
  const tokens: string[] = text.match(/\(|\)|\||[^\s()|]+/g) ?? []
  if (tokens.length > maxTokens) throw new Error(`condition has more than ${maxTokens} words`)
  if (tokens.includes('|')) throw new Error('aggregation after "|" is not supported; write a correlation rule')
  let at = 0
  const peek = () => tokens[at]?.toLowerCase()
  const fail = (): never => {
    throw new Error(at < tokens.length ? `unexpected "${tokens[at]}" in condition` : 'condition ends too early')
  }

  function chain(word: 'or' | 'and', next: () => Condition): Condition {
    const of = [next()]
    while (peek() === word) {
      at++
      of.push(next())
    }
    return of.length === 1 ? of[0]! : { kind: word, of }
  }
  const or = (): Condition => chain('or', and)
  const and = (): Condition => chain('and', not)
  function not(): Condition {
    if (peek() !== 'not') return atom()
    at++
    return { kind: 'not', of: not() }
  }
  function atom(): Condition {
    const word = tokens[at]
    if (word === undefined || word === ')') return fail()
    if (word === '(') {
      at++
      const inner = or()
      if (tokens[at] !== ')') return fail()
      at++
      return inner
    }
    const quantity = /^(\d+|all|any)$/i.exec(word)
    if (quantity && tokens[at + 1]?.toLowerCase() === 'of') return counted(word.toLowerCase())
    if (!names.includes(word)) {
      if (['and', 'or', 'of', 'them'].includes(word.toLowerCase())) return fail()
      throw new Error(`condition uses "${word}", which is not a selection of this rule`)
    }
    at++
    return { kind: 'name', name: word }
  }
  function counted(word: string): Condition {
    const pattern = tokens[at + 2]
    if (pattern === undefined || pattern === '(' || pattern === ')') {
      at += 2
      return fail()
    }
    at += 3
    const matching = selectionsLike(pattern, names)
    if (matching.length === 0) throw new Error(`"${pattern}" in condition fits no selection of this rule`)
    const atLeast = word === 'all' ? 'all' : word === 'any' ? 1 : Number(word)
    if (atLeast === 0) throw new Error('"0 of" in condition; use "not 1 of"')
    return { kind: 'count', atLeast, names: matching }
  }

  const condition = or()
  if (at < tokens.length) fail()
  return condition
}

function selectionsLike(pattern: string, names: string[]): string[] {
  if (pattern.toLowerCase() === 'them') return names.filter((name) => !name.startsWith('_'))
  const parts = pattern.split('*')
  return names.filter((name) => {
    if (parts.length === 1) return name === pattern
    let from = parts[0]!.length
    if (!name.startsWith(parts[0]!)) return false
    for (const part of parts.slice(1, -1)) {
      const found = name.indexOf(part, from)
      if (found < 0) return false
      from = found + part.length
    }
    const last = parts.at(-1)!
    return name.length - last.length >= from && name.endsWith(last)
  })
}
