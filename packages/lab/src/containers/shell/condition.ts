import { absolute, allows } from '../kernel/file-tree.ts'
import { toPattern } from '../programs/safe-pattern.ts'
import type { Process } from '../kernel/process.ts'
import { matchesGlob } from './glob.ts'
import type { Interpreter } from './interpreter.ts'
import type { Word } from './syntax.ts'

/** `test` and `[`. Status 0 true, 1 false; throws Error on a bad expression (status 2). */
export function evaluateTest(args: string[], process: Process): boolean {
  const tokens = [...args]
  const value = either()
  if (tokens.length > 0) throw new Error('too many arguments')
  return value

  function either(): boolean {
    let value = both()
    while (tokens[0] === '-o') {
      tokens.shift()
      const right = both()
      value = value || right
    }
    return value
  }
  function both(): boolean {
    let value = single()
    while (tokens[0] === '-a') {
      tokens.shift()
      const right = single()
      value = value && right
    }
    return value
  }
  function single(): boolean {
    if (tokens.length === 0) return false
    if (tokens.length >= 3 && isBinary(tokens[1]!)) {
      const [left, operator, right] = tokens.splice(0, 3) as [string, string, string] // length was checked
      return compare(left, operator, right)
    }
    const first = tokens.shift()!
    if (first === '!') return !single()
    if (first === '(' && tokens.includes(')')) {
      const value = either()
      if (tokens.shift() !== ')') throw new Error("missing `)'")
      return value
    }
    if (/^-[a-zA-Z]$/.test(first) && tokens.length > 0 && tokens[0] !== '-a' && tokens[0] !== '-o')
      return unary(first, tokens.shift()!, process)
    return first !== ''
  }
}

function isBinary(operator: string): boolean {
  return ['=', '==', '!=', '<', '>', '-eq', '-ne', '-lt', '-le', '-gt', '-ge', '-nt', '-ot', '-ef'].includes(operator)
}

function compare(left: string, operator: string, right: string): boolean {
  if (operator === '=' || operator === '==') return left === right
  if (operator === '!=') return left !== right
  if (operator === '<') return left < right
  if (operator === '>') return left > right
  const [a, b] = [left, right].map((text) => {
    if (!/^\s*[-+]?\d+\s*$/.test(text)) throw new Error(`${text}: integer expression expected`)
    return Number(text)
  }) as [number, number] // both of two were mapped
  const results: Record<string, boolean> = {
    '-eq': a === b,
    '-ne': a !== b,
    '-lt': a < b,
    '-le': a <= b,
    '-gt': a > b,
    '-ge': a >= b,
  }
  return results[operator] ?? false
}

function unary(operator: string, operand: string, process: Process): boolean {
  if (operator === '-n') return operand !== ''
  if (operator === '-z') return operand === ''
  if (operator === '-t') return process.fds.get(Number(operand))?.isTty ?? false
  const path = absolute(process.cwd, operand)
  if (path === '/dev/null') return 'ecrw'.includes(operator[1]!)
  const node = process.fs.find(path, process.who, operator !== '-L' && operator !== '-h')
  if (operand === '' || node === undefined) return false
  switch (operator) {
    case '-e':
      return true
    case '-f':
      return node.kind === 'file'
    case '-d':
      return node.kind === 'directory'
    case '-L':
    case '-h':
      return node.kind === 'link'
    case '-s':
      return node.kind !== 'file' || node.content !== ''
    case '-r':
      return allows(node, process.who, 4)
    case '-w':
      return allows(node, process.who, 2)
    case '-x':
      return allows(node, process.who, 1)
    case '-O':
      return node.uid === process.who.uid
    default:
      return false
  }
}

/** `[[ … ]]`: words are not split, `==` takes patterns, `=~` regular expressions. */
export async function evaluateCondition(
  shell: Interpreter,
  words: { word: Word; operator: boolean }[],
): Promise<number> {
  let at = 0
  const peek = () => (words[at]?.operator ? plainText(words[at]!.word) : undefined)
  const value = await either(0)
  if (at < words.length) throw new Error('syntax error in conditional expression')
  return value ? 0 : 1

  async function either(depth: number): Promise<boolean> {
    if (depth > 50) throw new Error('conditional expression nested too deep')
    let value = await both(depth)
    while (peek() === '||') {
      at++
      const right = await both(depth)
      value = value || right
    }
    return value
  }
  async function both(depth: number): Promise<boolean> {
    let value = await single(depth)
    while (peek() === '&&') {
      at++
      const right = await single(depth)
      value = value && right
    }
    return value
  }
  async function single(depth: number): Promise<boolean> {
    if (peek() === '(') {
      at++
      const value = await either(depth + 1)
      if (peek() !== ')') throw new Error('syntax error in conditional expression')
      at++
      return value
    }
    if (words[at] === undefined || words[at]!.operator) throw new Error('syntax error in conditional expression')
    const first = words[at++]!.word
    const text = await shell.expander.text(first)
    if (text === '!' && first[0]?.kind === 'text' && !first[0].quoted) return !(await single(depth + 1))
    if (/^-[a-zA-Z]$/.test(text) && words[at] !== undefined && !words[at]!.operator) {
      return unary(text, await shell.expander.text(words[at++]!.word), shell.process)
    }
    const operator = words[at] === undefined ? undefined : plainText(words[at]!.word)
    if (operator === undefined || (operator !== '=~' && !isBinary(operator))) return text !== ''
    at++
    const right = words[at++]?.word
    if (right === undefined) throw new Error('syntax error in conditional expression')
    if (operator === '=~')
      return toPattern(await shell.expander.text(right), { budget: shell.process.budget }).test(text)
    if (['=', '==', '!='].includes(operator))
      return matchesGlob(await shell.expander.pattern(right), text) === (operator !== '!=')
    return compare(text, operator, await shell.expander.text(right))
  }
}

/** The plain text of a word that is one unquoted piece. */
function plainText(word: Word): string | undefined {
  const part = word[0]
  return word.length === 1 && part?.kind === 'text' && !part.quoted ? part.text : undefined
}
