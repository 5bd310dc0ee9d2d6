import { list, maybe, part, type Syntax } from '../service/syntax.ts'
import type { Column, Relation } from '../algebra/relation.ts'
import { type Context, refuse, Scope } from './context.ts'
import { callDeclared } from './declared.ts'
import { expression } from './expression.ts'
import { findRows } from './find.ts'
import { filteredJoin } from './join-filter.ts'
import { nameOf } from './names.ts'
import { operator } from './operator.ts'
import { declarePattern, patternRows } from './pattern.ts'
import { datatable, printed, rangeOf } from './sources.ts'
import { unionOf } from './union.ts'
import { searchTables } from './search.ts'

/** A tabular expression as relation. */
export function relate(context: Context, node: Syntax): Relation {
  switch (node.kind) {
    case 'PipeExpression':
      return (
        filteredJoin(context, node) ??
        operator(
          { ...context, row: undefined, aggregates: undefined },
          part(node, 'Operator'),
          relate(context, part(node, 'Expression')),
        )
      )
    case 'ParenthesizedExpression':
      return relate(context, part(node, 'Expression'))
    case 'NameReference':
      return named(context, node)
    case 'FunctionCallExpression':
      return called(context, node)
    case 'MaterializeExpression':
      return shared(context, relate(context, part(node, 'Expression')))
    case 'DataTableExpression':
      return datatable(context, node)
    case 'PrintOperator':
      return printed(context, node)
    case 'RangeOperator':
      return rangeOf(context, node)
    case 'UnionOperator':
      return unionOf(context, node, undefined)
    case 'SearchOperator':
      return searchTables(context, node)
    case 'FindOperator':
      return findRows(context, node)
    case 'ToTableExpression':
      return relate(context, part(node, 'Expression'))
    case 'DataScopeExpression':
      return relate(context, part(node, 'Expression'))
    case 'ExternalDataExpression':
      return refuse(
        node,
        'externaldata reads from outside and is not possible here',
        'keep the list in the query: let hosts = dynamic(["…"]);',
      )
    case 'InlineExternalTableExpression':
    case 'InlineExternalTableOperator':
      return refuse(node, 'inline_external_table reads from outside and is not possible here')
    case 'PathExpression':
      return (
        patternRows(context, node) ??
        refuse(node, 'Other databases and clusters are not possible here', 'the name of the table alone')
      )
    case 'EvaluateOperator':
      return refuse(node, `The plugin ${nameOf(part(part(node, 'FunctionCall'), 'Name'))} is not supported`)
    default:
      return refuse(node, `${node.kind.replace(/(Operator|Expression)$/, '')} is not supported as a source of rows`)
  }
}

function shared(context: Context, relation: Relation): Relation {
  if (relation.plan.op === 'shared') return relation
  return { ...relation, plan: { op: 'shared', name: `$m${context.query.next()}`, plan: relation.plan } }
}

function named(context: Context, node: Syntax): Relation {
  const name = nameOf(node)
  const binding = context.scope.get(name)
  if (binding?.kind === 'table') return binding.relation
  if (binding?.kind === 'function') return { ...callDeclared(context, node, name, relate), source: name }
  const table = context.query.table(name)
  if (table) return table
  if (/[*]/.test(name)) return refuse(node, 'Names with * are possible within union only', `union ${name}`)
  return refuse(node, `The table ${name} is not known`)
}

function called(context: Context, node: Syntax): Relation {
  const name = nameOf(part(node, 'Name'))
  if (node.body) return callDeclared(context, node, name, relate)
  const matched = patternRows(context, node)
  if (matched) return matched
  if (name === 'materialize')
    return shared(context, relate(context, list(part(node, 'ArgumentList'), 'Expressions')[0] ?? node))
  if (name === 'table') {
    const argument = list(part(node, 'ArgumentList'), 'Expressions')[0]
    const text = argument ? context.query.evaluate(context, argument).constant : undefined
    const table = typeof text === 'string' ? context.query.table(text) : undefined
    if (table) return table
    if (typeof text === 'string') return refuse(argument ?? node, `The table ${text} is not known`)
  }
  return refuse(node, `The function ${name}() gives no rows here`)
}

/** `let` and the other statements before the query. */
export function declare(context: Context, statement: Syntax): void {
  if (statement.kind === 'SetOptionStatement') return setOption(context, statement)
  if (statement.kind === 'PatternStatement') return declarePattern(context, statement)
  if (statement.kind !== 'LetStatement') {
    refuse(statement, `${statement.kind.replace(/Statement$/, '')} statements are not supported`)
    return
  }
  const name = nameOf(part(statement, 'Name'))
  const value = part(statement, 'Expression')
  const { scope } = context
  if (value.kind === 'FunctionDeclaration') {
    scope.set(name, { kind: 'function', declaration: value, scope })
    return
  }
  if (value.columns || isGraph(value)) {
    scope.set(name, { kind: 'table', relation: { ...relate(context, value), source: undefined } })
    return
  }
  scope.set(name, { kind: 'scalar', scalar: context.query.evaluate({ ...context, row: undefined }, value) })
}

/** What `bin_auto` reads is kept; other options are about how the engine runs a query. */
function setOption(context: Context, statement: Syntax): void {
  const clause = maybe(statement, 'ValueClause')
  const value = clause && maybe(clause, 'Expression')
  const name = nameOf(part(statement, 'Name')).toLowerCase()
  if (value && name.startsWith('query_bin_auto_'))
    context.query.options.set(name, context.query.evaluate({ ...context, row: undefined }, value))
}

/** The statements of a whole query; the last tabular one is its answer. */
export function queryOf(context: Context, block: Syntax): Relation {
  let answer: Relation | undefined
  const scope = new Scope(context.scope)
  const inner = { ...context, scope }
  for (const statement of list(block, 'Statements')) {
    if (statement.kind !== 'ExpressionStatement') {
      declare(inner, statement)
      continue
    }
    if (answer) refuse(statement, 'Only one query can run at a time')
    const body = part(statement, 'Expression')
    if (body.kind === 'FindOperator') answer = findRows(inner, body, true)
    else answer = body.columns || isGraph(body) ? relate(inner, body) : scalarAnswer(inner, body)
    if (answer.graph) refuse(body, 'A graph is no table', '… | graph-match (a)-[e]->(b) project a.Name')
  }
  return answer ?? refuse(block, 'There is no query here')
}

function isGraph(node: Syntax): boolean {
  return node.kind === 'PipeExpression' && part(node, 'Operator').kind === 'MakeGraphOperator'
}

function scalarAnswer(context: Context, node: Syntax): Relation {
  const value = expression(context, node)
  const column: Column = { name: 'print_0', type: value.type, nullable: value.nullable, id: 'print_0' }
  return { plan: { op: 'text', sql: `SELECT ${value.sql} AS \`print_0\`` }, columns: [column], hidden: [], order: [] }
}
