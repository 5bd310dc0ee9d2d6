import { type Relation } from '../algebra/relation.ts'
import { children, list, maybe, part, type Syntax, token } from '../service/syntax.ts'
import { cast, constant } from './casts.ts'
import { columnScalar } from './columns.ts'
import { type Context, refuse, Row, Scope } from './context.ts'
import { viewRows } from './declared.ts'
import { stringLiteral } from './literals.ts'
import { type Cell, withCells } from './make-columns.ts'
import { nameOf, parametersOf } from './names.ts'
import { binary } from './operators.ts'
import { escapeRegex, matchText } from './text-match.ts'
import { missing } from './scalar.ts'
import { inputsOf, unite } from './union.ts'

/** `search` without a source: every table, or those of `in (…)`. */
export function searchTables(context: Context, node: Syntax): Relation {
  const named = list(maybe(node, 'InClause'), 'Expressions')
  const inputs =
    named.length > 0
      ? named.flatMap((each) => inputsOf({ ...context, row: undefined }, each))
      : [
          ...context.query.tableNames().flatMap((name) => context.query.table(name) ?? []),
          ...viewRows(context, () => true),
        ]
  if (inputs.length === 0) return refuse(node, 'There is no table to search')
  return unite(
    context,
    inputs.map((input) => searched(context, node, input)),
    {},
  )
}

/** `| search …`. */
export function searchRows(context: Context, node: Syntax, input: Relation): Relation {
  return searched(context, node, input)
}

function searched(context: Context, node: Syntax, input: Relation): Relation {
  const row = new Row(input, context.query)
  const caseSensitive = parametersOf(list(node, 'Parameters'))['kind'] === 'case_sensitive'
  const condition = part(node, 'Condition')
  const scope = withMissing(context, condition, input)
  const where = predicate({ ...context, scope, row, filtering: true }, condition, caseSensitive)
  const source = constant(context, input.source ?? 'search_arg0', 'string')
  const cells: Cell[] = [
    { name: '$table', value: source },
    ...input.columns.filter((column) => column.name !== '$table').map((column) => ({ name: column.name, column })),
  ]
  return withCells(context.query, input, cells, { op: 'filter', input: row.plan(), where })
}

/** Columns of other tables have no value in this one. */
export function withMissing(context: Context, condition: Syntax, input: Relation): Scope {
  const scope = new Scope(context.scope)
  const visit = (node: Syntax): void => {
    if (node.kind === 'NameReference' && node.ref?.kind === 'column') {
      const { name } = node.ref
      const own = input.columns.some((column) => column.name === name)
      if (!own) scope.set(name, { kind: 'scalar', scalar: missing(node.type ?? 'string') })
    }
    children(node).forEach(visit)
  }
  visit(condition)
  return scope
}

/** A predicate in which a text alone stands for any column that has it. */
export function predicate(context: Context, node: Syntax, caseSensitive: boolean): string {
  if (node.kind === 'StarExpression') return 'true'
  if (node.kind === 'ParenthesizedExpression') return predicate(context, part(node, 'Expression'), caseSensitive)
  if (node.kind === 'LiteralExpression' && /^[@h]?["'`~]/.test(token(node, 'Token')))
    return anyColumn(context, stringLiteral(token(node, 'Token')), caseSensitive)
  if (node.kind === 'LiteralExpression' && node.type === 'real')
    return refuse(node, 'search does not look for numbers with a fraction', 'where Column == …')
  if (node.kind === 'LiteralExpression' && node.type !== 'bool')
    return anyColumn(context, token(node, 'Token'), caseSensitive)
  if (node.kind === 'FunctionCallExpression' && nameOf(part(node, 'Name')) === 'not') {
    const inner = list(part(node, 'ArgumentList'), 'Expressions')[0]
    return inner ? `NOT (${predicate(context, inner, caseSensitive)})` : 'true'
  }
  if (node.kind === 'BinaryExpression') {
    const operator = token(node, 'Operator')
    if (operator === 'and' || operator === 'or')
      return `(${predicate(context, part(node, 'Left'), caseSensitive)} ${operator.toUpperCase()} ${predicate(context, part(node, 'Right'), caseSensitive)})`
    if (operator === ':') return inColumn(context, node, caseSensitive)
  }
  return cast(context, context.query.evaluate(context, node), 'bool').sql
}

function inColumn(context: Context, node: Syntax, caseSensitive: boolean): string {
  const left = part(node, 'Left')
  const right = part(node, 'Right')
  const needle = context.query.evaluate(context, right)
  const value = left.kind === 'StarExpression' ? undefined : context.query.evaluate(context, left)
  if (typeof needle.constant !== 'string') {
    if (!value) return refuse(node, '* is compared with texts only')
    return binary(context, node, '==', [value, needle]).sql
  }
  return value
    ? termTest(context, cast(context, value, 'string'), needle.constant, caseSensitive)
    : anyColumn(context, needle.constant, caseSensitive)
}

function anyColumn(context: Context, term: string, caseSensitive: boolean): string {
  const columns = (context.row?.relation.columns ?? []).filter((column) => column.name !== '$table')
  const tests = columns.map((column) =>
    termTest(context, cast(context, columnScalar(column), 'string'), term, caseSensitive),
  )
  return `(${tests.join(' OR ') || 'false'})`
}

/** A term as `has`; with `*` at its ends as prefix, suffix or part, in the middle as pattern. */
function termTest(
  context: Context,
  text: Parameters<typeof matchText>[2]['text'],
  term: string,
  caseSensitive: boolean,
): string {
  const inner = term.replace(/^\*/, '').replace(/\*$/, '')
  const needle = constant(context, inner, 'string')
  if (inner === '') return 'true'
  if (inner.includes('*')) {
    const pattern = `(?s${caseSensitive ? '' : 'i'})${term.split('*').map(escapeRegex).join('.*?')}`
    return `match(${text.sql}, ${context.query.parameters.text(pattern)})`
  }
  const [open, close] = [term.startsWith('*'), term.endsWith('*') && term.length > 1]
  const within = open && close ? 'contains' : open ? 'hassuffix' : close ? 'hasprefix' : 'has'
  return matchText(context, within, { text, needle, caseSensitive })
}
