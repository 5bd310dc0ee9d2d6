import { list, part, type Syntax } from '../service/syntax.ts'
import { constant } from '../translate/casts.ts'
import { columnScalar } from '../translate/columns.ts'
import { type Context, refuse } from '../translate/context.ts'
import { nameOf } from '../translate/names.ts'
import type { Scalar } from '../translate/scalar.ts'
import { callDeclared } from '../translate/declared.ts'
import { aggregates, callAggregate } from './aggregates.ts'
import { Call, dynamic } from './function.ts'
import { functions } from './functions.ts'
import { pathFunction } from './path-functions.ts'

/** What to write instead of functions that are refused. */
const hints: Readonly<Record<string, string>> = {
  externaldata: 'keep lists in the query: `let hosts = dynamic(["…"]);`',
  series_decompose_anomalies: 'summarize by bin(Timestamp, 1h) and compare with avg() and stdev()',
  hash: "its value is the engine's own; hash_sha256() gives the same value everywhere",
  treepath: 'mv-expand over bag_keys() lists the members',
  series_fit_2lines: 'series_fit_line() fits one line',
  parse_user_agent: 'extract() reads the parts',
}

/** A function call: one of the language, or one that the query declares. */
export function callFunction(context: Context, node: Syntax): Scalar {
  const name = nameOf(part(node, 'Name'))
  const declared = context.scope.get(name)
  if (node.body || declared?.kind === 'function')
    return callDeclared(context, node, name, (inner, body) => inner.query.evaluate(inner, body))
  const overPath = pathFunction(context, node, name)
  if (overPath) return overPath
  if (Object.hasOwn(aggregates, name)) return callAggregate(context, node, name)
  if (name === 'column_names_of') return columnNames(context, node)
  const build = Object.hasOwn(functions, name) ? functions[name] : undefined
  if (!build) return refuse(node, `The function ${name}() is not supported`, hints[name])
  const inner = { ...context, filtering: false }
  const args = list(part(node, 'ArgumentList'), 'Expressions').flatMap((argument) => {
    if (argument.kind === 'TypeOfLiteralExpression') return [typeArgument(inner, argument)]
    if (argument.kind === 'StarExpression' && context.row) return context.row.relation.columns.map(columnScalar)
    return [inner.query.evaluate(inner, argument)]
  })
  const result = build(new Call(inner, node, args))
  return result
}

/** `column_names_of(table)`: the one function whose argument is a table. */
function columnNames(context: Context, node: Syntax): Scalar {
  const table = list(part(node, 'ArgumentList'), 'Expressions')[0]
  if (!table) return refuse(node, 'An argument is missing')
  const { columns } = context.query.relate({ ...context, row: undefined, aggregates: undefined }, table)
  const names = JSON.stringify(columns.map((column) => column.name))
  return dynamic(context.query.parameters.text(names), false)
}

function typeArgument(context: Context, node: Syntax): Scalar {
  const type = list(node, 'Types')[0]
  return constant(context, type ? typeName(type) : 'string', 'string')
}

function typeName(node: Syntax): string {
  const text = node.parts['Type']
  const name = typeof text === 'string' ? text : 'string'
  return (
    { double: 'real', boolean: 'bool', date: 'datetime', time: 'timespan', int64: 'long', int32: 'int' }[name] ?? name
  )
}
