import { callFunction } from '../functions/call.ts'
import { list, part, type Syntax, token } from '../service/syntax.ts'
import { cast, constant } from './casts.ts'
import { callDeclared } from './declared.ts'
import { columnScalar } from './columns.ts'
import { type Context, refuse, reuse } from './context.ts'
import { dynamicLiteral } from './dynamic-literal.ts'
import { literalValue, stringLiteral } from './literals.ts'
import { memberOf } from './members.ts'
import { nameOf } from './names.ts'
import { binary, bool, negated } from './operators.ts'
import { betweenSql, listPredicate } from './list-predicates.ts'
import { missing, type Scalar } from './scalar.ts'
import { scalarSubquery } from './subquery.ts'

/** A scalar expression as SQL over the row of the context. Throws `KqlRefusal` for what is not supported. */
export function expression(context: Context, node: Syntax): Scalar {
  switch (node.kind) {
    case 'LiteralExpression':
      return literal(context, node)
    case 'CompoundStringLiteralExpression':
      return constant(
        context,
        list(node, 'Tokens')
          .map((each) => stringLiteral(token(each, 'Text')))
          .join(''),
        'string',
      )
    case 'DynamicExpression':
      return dynamicLiteral(context, part(node, 'Expression'))
    case 'ParenthesizedExpression':
      return expression(context, part(node, 'Expression'))
    case 'SimpleNamedExpression':
      return expression(context, part(node, 'Expression'))
    case 'NameReference':
      return named(context, node)
    case 'PathExpression':
    case 'ElementExpression':
      return memberOf(context, node)
    case 'BinaryExpression':
      return binaryExpression(context, node)
    case 'PrefixUnaryExpression':
      return unary(context, node)
    case 'InExpression':
    case 'HasAnyExpression':
    case 'HasAllExpression':
      return listPredicate(context, node)
    case 'BetweenExpression':
      return betweenSql(context, node)
    case 'FunctionCallExpression':
      return callFunction(context, node)
    case 'ToScalarExpression':
      return scalarSubquery(context, part(node, 'Expression'))
    case 'MaterializeExpression':
      return expression(context, part(node, 'Expression'))
    default:
      return refuse(node, `${describe(node.kind)} is not supported here`)
  }
}

function describe(kind: string): string {
  return kind
    .replace(/(Expression|Operator|Statement)$/, '')
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase()
}

/** Expressions that decide a filter: false and null are the same there. */
export function condition(context: Context, node: Syntax): string {
  const value = cast(context, expression({ ...context, filtering: true }, node), 'bool')
  return value.constant === null ? 'false' : value.sql
}

function literal(context: Context, node: Syntax): Scalar {
  const text = token(node, 'Token')
  const type = node.type ?? 'string'
  if (type === 'dynamic') return missing('dynamic')
  const value = literalValue(text, type)
  if (value === undefined) return refuse(node, `${text} is not a valid ${type}`)
  return constant(context, value, type)
}

function named(context: Context, node: Syntax): Scalar {
  const name = node.ref?.name ?? nameOf(node)
  if (node.ref?.kind === 'column' || node.ref === undefined) {
    const column = context.row?.column(name)
    if (column && context.row) return columnScalar(column)
  }
  const binding = context.scope.get(name)
  if (binding?.kind === 'scalar') return binding.scalar
  if (binding?.kind === 'function')
    return callDeclared(context, node, name, (inner, body) => inner.query.evaluate(inner, body))
  const column = context.row?.column(name)
  if (column && context.row) return columnScalar(column)
  if (binding?.kind === 'table')
    return refuse(node, `${name} is a table; a single value is needed here`, `toscalar(${name} | …)`)
  return refuse(node, `The name ${name} is not known here`)
}

function binaryExpression(context: Context, node: Syntax): Scalar {
  const operator = token(node, 'Operator')
  const [left, right] = [part(node, 'Left'), part(node, 'Right')]
  if (operator === 'and' || operator === 'or') {
    const [a, b] = [left, right].map((side) => cast(context, expression(context, side), 'bool')) as [Scalar, Scalar]
    return bool(`(${a.sql} ${operator.toUpperCase()} ${b.sql})`, a.nullable || b.nullable)
  }
  // Below a comparison null and false differ again.
  const inner = { ...context, filtering: false }
  if (left.kind === 'StarExpression') return anyColumn(context, node, operator, expression(inner, right))
  const result = binary(context, node, operator, [expression(inner, left), expression(inner, right)])
  return { ...result, sql: `(${result.sql})` }
}

/** `* has "x"`: any column, as text. */
function anyColumn(context: Context, node: Syntax, operator: string, needle: Scalar): Scalar {
  const { row } = context
  if (!row) return refuse(node, 'There are no columns here')
  const negative = operator.startsWith('!')
  const tests = row.relation.columns.map((column) => {
    const value = columnScalar(column)
    return binary(context, node, operator, [needle.type === 'string' ? cast(context, value, 'string') : value, needle])
      .sql
  })
  return bool(`(${tests.join(negative ? ' AND ' : ' OR ') || 'false'})`, true)
}

function unary(context: Context, node: Syntax): Scalar {
  const inner = part(node, 'Expression')
  const value = expression({ ...context, filtering: false }, inner)
  if (token(node, 'Operator') === '+') return value
  if (typeof value.constant === 'bigint' || typeof value.constant === 'number')
    return constant(context, -value.constant, value.type)
  return negated(context, reuse(context, value))
}

/** A whole number that SQL needs as constant: a literal, or a constant sub-query. */
export function countSql(context: Context, node: Syntax): string {
  const value = cast(context, expression({ ...context, row: undefined }, node), 'long')
  if (typeof value.constant === 'bigint') return (value.constant < 0n ? 0n : value.constant).toString()
  return `toUInt64(ifNull(${value.sql}, 0))`
}
