import { list, maybe, part, type Syntax, token } from '../service/syntax.ts'
import { constant } from './casts.ts'
import { type Context, refuse } from './context.ts'
import { datetimeText, literalValue, stringLiteral, timespanText } from './literals.ts'
import { missing, type Scalar } from './scalar.ts'

/** `dynamic(…)`: the JSON text, written once at translation. */
export function dynamicLiteral(context: Context, node: Syntax): Scalar {
  const text = jsonText(context, node)
  return text === 'null' ? missing('dynamic') : constant(context, text, 'dynamic')
}

function jsonText(context: Context, node: Syntax): string {
  switch (node.kind) {
    case 'JsonObjectExpression':
      return `{${list(node, 'Pairs')
        .map(
          (pair) => `${JSON.stringify(stringLiteral(token(pair, 'Name')))}:${jsonText(context, part(pair, 'Value'))}`,
        )
        .join(',')}}`
    case 'JsonArrayExpression':
      return `[${list(node, 'Values')
        .map((value) => jsonText(context, value))
        .join(',')}]`
    case 'PrefixUnaryExpression':
      // The smallest number reads as itself, wrapped: its digits have no positive form.
      return `${token(node, 'Operator')}${jsonText(context, part(node, 'Expression'))}`.replace(/^(\+|-(?=-))/, '')
    case 'LiteralExpression':
      return jsonLiteral(node)
    case 'DynamicExpression':
    case 'ParenthesizedExpression':
      return jsonText(context, part(node, 'Expression'))
    case 'CompoundStringLiteralExpression':
      return JSON.stringify(
        list(node, 'Tokens')
          .map((each) => stringLiteral(token(each, 'Text')))
          .join(''),
      )
    default:
      return maybe(node, 'Expression')
        ? jsonText(context, part(node, 'Expression'))
        : refuse(node, 'A dynamic literal holds constants only')
  }
}

function jsonLiteral(node: Syntax): string {
  const text = token(node, 'Token')
  if (text === 'null') return 'null'
  const type = node.type ?? 'string'
  const value = literalValue(text, type)
  if (value === undefined) return refuse(node, `${text} is not valid in a dynamic literal`)
  if (value === null) return 'null'
  if (type === 'datetime') return JSON.stringify(datetimeText(BigInt(value as bigint))) // ticks
  if (type === 'timespan') return JSON.stringify(timespanText(BigInt(value as bigint))) // ticks
  if (typeof value === 'string') return type === 'decimal' ? value : JSON.stringify(value)
  if (typeof value === 'number' && !Number.isFinite(value))
    return JSON.stringify(Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity')
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 1e15) return `${value}.0`
  return String(value)
}
