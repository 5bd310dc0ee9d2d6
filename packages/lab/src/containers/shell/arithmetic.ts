/** Shell integer arithmetic, 64-bit, C operators. Variables come and go through the two functions. */
export interface ArithmeticVariables {
  get(name: string): string
  set(name: string, value: string): void
}

const levels: string[][] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<=', '>=', '<', '>'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
  ['**'],
]
const assignOperators = ['=', '+=', '-=', '*=', '/=', '%=', '<<=', '>>=', '&=', '^=', '|=']

/** Value of the expression. Throws Error with bash's wording on bad input or division by zero. */
export function evaluateArithmetic(text: string, variables: ArithmeticVariables): bigint {
  const tokens =
    text.match(/\s+|0[xX][0-9a-fA-F]+|\d+|[A-Za-z_]\w*|<<=|>>=|\*\*|\+\+|--|[-+*/%&^|<>=!]=|&&|\|\||<<|>>|./gs) ?? []
  const evaluator = new Evaluator(
    tokens.filter((token) => token.trim() !== ''),
    variables,
  )
  return evaluator.whole(text)
}

class Evaluator {
  readonly #tokens: string[]
  readonly #variables: ArithmeticVariables
  #at = 0
  #depth = 0

  constructor(tokens: string[], variables: ArithmeticVariables) {
    this.#tokens = tokens
    this.#variables = variables
  }

  whole(text: string): bigint {
    if (this.#tokens.length === 0) return 0n
    let value = this.#assignment()
    while (this.#take(',')) value = this.#assignment()
    if (this.#at < this.#tokens.length)
      throw new Error(`${text.trim()}: syntax error in expression (error token is "${this.#tokens[this.#at]}")`)
    return value
  }

  #assignment(): bigint {
    const name = this.#tokens[this.#at] ?? ''
    const operator = this.#tokens[this.#at + 1] ?? ''
    if (!/^[A-Za-z_]/.test(name) || !assignOperators.includes(operator)) return this.#conditional()
    this.#at += 2
    const right = this.#assignment()
    const value = operator === '=' ? right : apply(operator.slice(0, -1), this.#variable(name), right)
    this.#variables.set(name, String(value))
    return value
  }

  #conditional(): bigint {
    if (++this.#depth > 100) throw new Error('expression recursion level exceeded')
    const condition = this.#binary(0)
    let value = condition
    if (this.#take('?')) {
      const yes = this.#assignment()
      if (!this.#take(':')) throw new Error('expected `:` in conditional expression')
      const no = this.#assignment()
      value = condition !== 0n ? yes : no
    }
    this.#depth--
    return value
  }

  #binary(level: number): bigint {
    const operators = levels[level]
    if (operators === undefined) return this.#unary()
    let left = this.#binary(level + 1)
    for (;;) {
      const operator = this.#tokens[this.#at]
      if (operator === undefined || !operators.includes(operator)) return left
      this.#at++
      left = apply(operator, left, this.#binary(level + 1))
    }
  }

  #unary(): bigint {
    if (++this.#depth > 200) throw new Error('expression recursion level exceeded')
    try {
      const token = this.#tokens[this.#at++]
      if (token === '-') return BigInt.asIntN(64, -this.#unary())
      if (token === '+') return this.#unary()
      if (token === '!') return this.#unary() === 0n ? 1n : 0n
      if (token === '~') return ~this.#unary()
      if (token === '++' || token === '--') return this.#step(this.#tokens[this.#at++] ?? '', token, true)
      if (token === '(') {
        const value = this.#assignment()
        if (!this.#take(')')) throw new Error("missing `)'")
        return value
      }
      if (token !== undefined && /^\d/.test(token)) return number(token)
      if (token !== undefined && /^[A-Za-z_]/.test(token)) {
        const next = this.#tokens[this.#at]
        if (next === '++' || next === '--') return (this.#at++, this.#step(token, next, false))
        return this.#variable(token)
      }
      throw new Error(`syntax error: operand expected (error token is "${token ?? ''}")`)
    } finally {
      this.#depth--
    }
  }

  #step(name: string, operator: string, before: boolean): bigint {
    const old = this.#variable(name)
    const value = BigInt.asIntN(64, operator === '++' ? old + 1n : old - 1n)
    this.#variables.set(name, String(value))
    return before ? value : old
  }

  #variable(name: string): bigint {
    const value = this.#variables.get(name).trim()
    if (value === '') return 0n
    return /^-?\d/.test(value) ? (value.startsWith('-') ? -number(value.slice(1)) : number(value)) : 0n
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false
    this.#at++
    return true
  }
}

function number(text: string): bigint {
  if (text.length > 24) throw new Error(`${text.slice(0, 24)}…: value too great for base`)
  if (/^0[xX][0-9a-fA-F]+$/.test(text)) return BigInt.asIntN(64, BigInt(text))
  if (/^0[0-7]+$/.test(text)) return BigInt.asIntN(64, BigInt(`0o${text.slice(1)}`))
  if (/^\d+$/.test(text)) return BigInt.asIntN(64, BigInt(text))
  throw new Error(`${text}: value too great for base`)
}

function apply(operator: string, a: bigint, b: bigint): bigint {
  if ((operator === '/' || operator === '%') && b === 0n) throw new Error('division by 0')
  if (operator === '**' && (b < 0n || b > 1000n)) throw new Error('exponent out of range')
  const truth = (value: boolean) => (value ? 1n : 0n)
  const results: Record<string, () => bigint> = {
    '||': () => truth(a !== 0n || b !== 0n),
    '&&': () => truth(a !== 0n && b !== 0n),
    '|': () => a | b,
    '^': () => a ^ b,
    '&': () => a & b,
    '==': () => truth(a === b),
    '!=': () => truth(a !== b),
    '<=': () => truth(a <= b),
    '>=': () => truth(a >= b),
    '<': () => truth(a < b),
    '>': () => truth(a > b),
    '<<': () => a << (b & 63n),
    '>>': () => a >> (b & 63n),
    '+': () => a + b,
    '-': () => a - b,
    '*': () => a * b,
    '/': () => a / b,
    '%': () => a % b,
    '**': () => a ** b,
  }
  return BigInt.asIntN(64, results[operator]!()) // every operator of `levels` is in the table
}
