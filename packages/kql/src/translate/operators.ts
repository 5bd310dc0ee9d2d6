import type { ScalarType, Syntax } from '../service/syntax.ts'
import { cast } from './casts.ts'
import { type Context, refuse, reuse } from './context.ts'
import { patternSql } from './regex.ts'
import { datetimeOf, isNumeric, missing, type Scalar, ticksOf } from './scalar.ts'
import { equalIgnoringCase, matchText, type TextPredicate } from './text-match.ts'

export function bool(sql: string, nullable = false): Scalar {
  return { sql, type: 'bool', nullable }
}

const predicates: Readonly<Record<string, { predicate: TextPredicate; caseSensitive: boolean }>> = {
  has: { predicate: 'has', caseSensitive: false },
  has_cs: { predicate: 'has', caseSensitive: true },
  hasprefix: { predicate: 'hasprefix', caseSensitive: false },
  hasprefix_cs: { predicate: 'hasprefix', caseSensitive: true },
  hassuffix: { predicate: 'hassuffix', caseSensitive: false },
  hassuffix_cs: { predicate: 'hassuffix', caseSensitive: true },
  contains: { predicate: 'contains', caseSensitive: false },
  contains_cs: { predicate: 'contains', caseSensitive: true },
  startswith: { predicate: 'startswith', caseSensitive: false },
  startswith_cs: { predicate: 'startswith', caseSensitive: true },
  endswith: { predicate: 'endswith', caseSensitive: false },
  endswith_cs: { predicate: 'endswith', caseSensitive: true },
}

/** Operators between two expressions, `and` and `or` aside; for the list of what is supported. */
export const binaryOperators: readonly string[] = [
  ...Object.keys(predicates).flatMap((name) => [name, `!${name}`]),
  '==', '!=', '<>', '=~', '!~', '<', '<=', '>', '>=', '+', '-', '*', '/', '%', 'matches regex',
] // prettier-ignore

/** `left operator right` for everything but `and`, `or` and lists. */
export function binary(context: Context, node: Syntax, operator: string, [left, right]: [Scalar, Scalar]): Scalar {
  const plain = operator.replace(/^(!|not)(?=[a-z])/, '')
  const text = predicates[plain]
  if (text) {
    const sql = matchText(context, text.predicate, { text: left, needle: right, caseSensitive: text.caseSensitive })
    return bool(plain === operator ? sql : `NOT (${sql})`)
  }
  const stored = storedNumber(context, operator, [left, right])
  if (stored !== undefined) return bool(`${stored} ${operator === '==' ? '=' : operator} ${right.sql}`)
  switch (operator) {
    case '==':
    case '!=':
    case '<>':
      return equality(context, [left, right], operator === '==')
    case '=~':
      return bool(equalIgnoringCase(context, left, right))
    case '!~':
      return bool(`NOT (${equalIgnoringCase(context, left, right)})`)
    case '<':
    case '<=':
    case '>':
    case '>=': {
      const [a, b] = comparable(context, left, right)
      return bool(`${a.sql} ${operator} ${b.sql}`, a.nullable || b.nullable)
    }
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return arithmetic(context, node, operator, [left, right])
    case 'matches regex':
      return bool(`match(${cast(context, left, 'string').sql}, ${patternSql(context, cast(context, right, 'string'))})`)
    default:
      return refuse(node, `The operator ${operator} is not supported`)
  }
}

/** Whether 0 meets a condition with a number. */
const metByZero: Readonly<Record<string, (number: bigint) => boolean>> = {
  '==': (number) => number === 0n,
  '<': (number) => number > 0n,
  '<=': (number) => number >= 0n,
  '>': (number) => number < 0n,
  '>=': (number) => number <= 0n,
}

/**
 * The stored copy of a member that is compared with a constant in a filter: as it is where 0, which stands for absent
 * there, does not meet the condition. Ten million conversions take as long as the rest of such a hunt.
 */
export function storedNumber(
  context: Context,
  operator: string,
  [left, right]: readonly [Scalar, Scalar],
): string | undefined {
  const number = right.type === 'long' || right.type === 'int' ? right.constant : undefined
  if (!context.filtering || typeof number !== 'bigint' || metByZero[operator]?.(number) !== false) return undefined
  return left.member?.number
}

/** Both sides as one type: a dynamic value becomes what it is compared with. */
export function comparable(context: Context, left: Scalar, right: Scalar): [Scalar, Scalar] {
  const type = commonType(left.type, right.type)
  if (type === undefined) return [left, right]
  return [cast(context, left, type), cast(context, right, type)]
}

/** The type that two values are compared or joined in; undefined where SQL compares them as they are. */
export function commonType(left: ScalarType, right: ScalarType): ScalarType | undefined {
  if (left === right) return undefined
  if (left === 'dynamic' || left === 'unknown') return right
  if (right === 'dynamic' || right === 'unknown') return left
  if (left === 'guid' || right === 'guid') return 'string'
  if (left === 'bool' && isNumeric(right)) return right
  if (right === 'bool' && isNumeric(left)) return left
  if (left === 'real' || right === 'real') return 'real'
  if (left === 'decimal' || right === 'decimal') return 'decimal'
  if (left === 'string' || right === 'string') return 'string'
  return undefined
}

/** `==` and `!=`: null is unequal to every value, and null against null is null. */
export function equality(context: Context, sides: [Scalar, Scalar], equal: boolean): Scalar {
  const [a, b] = comparable(context, ...sides)
  const sql = `${a.sql} ${equal ? '=' : '!='} ${b.sql}`
  if (!a.nullable && !b.nullable) return bool(sql)
  if (a.nullable && b.nullable) {
    const [x, y] = [reuse(context, a).sql, reuse(context, b).sql]
    return bool(
      `if(isNull(${x}) AND isNull(${y}), NULL, ifNull(${x} ${equal ? '=' : '!='} ${y}, ${equal ? 'false' : 'true'}))`,
      true,
    )
  }
  // In a filter null and false are the same, and indexes see through the plain form only.
  if (context.filtering && equal) return bool(sql, true)
  return bool(`ifNull(${sql}, ${equal ? 'false' : 'true'})`)
}

function arithmetic(context: Context, node: Syntax, operator: string, [left, right]: [Scalar, Scalar]): Scalar {
  const times = [left.type, right.type].filter((type) => type === 'datetime' || type === 'timespan')
  if (times.length > 0) return timeArithmetic(context, node, operator, [left, right])
  const type = resultType(node, left, right)
  if (type === 'bool' || type === 'string')
    return refuse(node, `${operator} between ${left.type} and ${right.type} is not supported`)
  const a = cast(context, left, type === 'int' ? left.type : type)
  const b = cast(context, right, type === 'int' ? right.type : type)
  const nullable = a.nullable || b.nullable
  const wrap = (sql: string, none = nullable): Scalar => ({ sql, type, nullable: none })
  const narrow = type === 'int' ? 'toInt32' : 'toInt64'
  if (type === 'real' || type === 'decimal') {
    if (operator !== '%') return wrap(`(${a.sql} ${operator} ${b.sql})`)
    const [x, y] = [reuse(context, a).sql, reuse(context, b).sql]
    return wrap(`(${x} - floor(${x} / abs(${y})) * abs(${y}))`)
  }
  if (operator === '/') return wrap(`if(${b.sql} = 0, NULL, ${narrow}(intDiv(${a.sql}, nullIf(${b.sql}, 0))))`, true)
  if (operator === '%') {
    const y = reuse(context, b).sql
    return wrap(`if(${y} = 0, NULL, ${narrow}(positiveModulo(${a.sql}, nullIf(if(${y} < 0, -${y}, ${y}), 0))))`, true)
  }
  return wrap(`${narrow}(${a.sql} ${operator} ${b.sql})`)
}

function resultType(node: Syntax, left: Scalar, right: Scalar): ScalarType {
  if (node.type && isNumeric(node.type)) return node.type
  if (isNumeric(left.type) && left.type !== 'int') return left.type
  if (isNumeric(right.type) && right.type !== 'int') return right.type
  return left.type === 'dynamic' && right.type === 'dynamic' ? 'real' : 'long'
}

/** Sums and differences beyond the years 1 to 9999 are null. */
function timeArithmetic(context: Context, node: Syntax, operator: string, [left, right]: [Scalar, Scalar]): Scalar {
  const both = `${left.type} ${operator} ${right.type}`
  const nullable = left.nullable || right.nullable
  const ticks = (sql: string, none = nullable): Scalar => ({ sql, type: 'timespan', nullable: none })
  const moment = (sql: string): Scalar => ({
    sql: datetimeOf(reuse(context, { sql, type: 'long', nullable }).sql),
    type: 'datetime',
    nullable: true,
  })
  switch (both) {
    case 'datetime - datetime':
      return ticks(`(${ticksOf(left.sql)} - ${ticksOf(right.sql)})`)
    case 'datetime + timespan':
    case 'datetime - timespan':
      return moment(`(${ticksOf(left.sql)} ${operator} ${right.sql})`)
    case 'timespan + datetime':
      return moment(`(${left.sql} + ${ticksOf(right.sql)})`)
    case 'timespan + timespan':
    case 'timespan - timespan':
      return ticks(`(${left.sql} ${operator} ${right.sql})`)
    case 'timespan / timespan':
      return { sql: `(toFloat64(${left.sql}) / toFloat64(${right.sql}))`, type: 'real', nullable }
    case 'timespan % timespan':
      return ticks(`positiveModulo(${left.sql}, nullIf(abs(${right.sql}), 0))`, true)
  }
  if (operator === '*' || (operator === '/' && left.type === 'timespan')) {
    const [a, b] = left.type === 'timespan' ? [left, right] : [right, left]
    const factor = cast(context, b, 'real')
    if (operator === '*' && (b.type === 'long' || b.type === 'int')) return ticks(`toInt64(${a.sql} * ${b.sql})`)
    return ticks(`toInt64(round(${a.sql} ${operator} nullIf(${factor.sql}, 0)))`, true)
  }
  if (left.type === 'dynamic' || right.type === 'dynamic') {
    const known = left.type === 'dynamic' ? right.type : left.type
    const wanted: ScalarType =
      operator === '-' || known === 'timespan' ? (known === 'datetime' ? 'datetime' : 'timespan') : 'timespan'
    return timeArithmetic(context, node, operator, [
      left.type === 'dynamic' ? cast(context, left, wanted) : left,
      right.type === 'dynamic' ? cast(context, right, wanted) : right,
    ])
  }
  return refuse(node, `${both} is not supported`)
}

/** `-x`, `+x`. */
export function negated(context: Context, value: Scalar): Scalar {
  const number =
    value.type === 'dynamic'
      ? cast(context, value, 'real')
      : value.type === 'int'
        ? cast(context, value, 'long')
        : value
  if (number.constant === null) return missing(number.type)
  const cast_ = number.type === 'real' || number.type === 'decimal' ? '' : 'toInt64'
  return { sql: `${cast_}(-${number.sql})`, type: number.type, nullable: number.nullable }
}
