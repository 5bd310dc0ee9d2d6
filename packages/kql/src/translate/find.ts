import type { Column, Relation } from '../algebra/relation.ts'
import { children, list, maybe, part, type ScalarType, type Syntax, token } from '../service/syntax.ts'
import { bagOfColumns } from './bag-of-columns.ts'
import { cast, constant } from './casts.ts'
import { columnScalar } from './columns.ts'
import { type Context, refuse, Row } from './context.ts'
import { viewRows } from './declared.ts'
import { stringLiteral } from './literals.ts'
import { type Cell, withCells } from './make-columns.ts'
import { nameOf, parametersOf } from './names.ts'
import { missing } from './scalar.ts'
import { predicate, withMissing } from './search.ts'
import { inputsOf, unite } from './union.ts'

/** A column of the answer beside the source and the bag. */
interface Shown {
  name: string
  type: ScalarType
  /** Its name in the tables. */
  from: string
  /** Only of the tables that have it as this type; else it is converted. */
  exact?: boolean
}

/**
 * `find`: the rows of several tables that meet a predicate, in one shape. Kusto's documentation gives the rules: a table
 * without any column of the predicate is left out; the answer has the table's name, then the projected columns, or
 * (`project-smart`) those that all tables left have and those of the predicate; what is left goes into the bag `pack_`.
 * The order of columns, and that there is no bag where nothing is left, are the binder's. Where neither says what
 * happens (a predicate over a column of several types, rows without a table's name), the query is refused.
 *
 * A common column of several types gives one for each, by the documentation; the binder has the first only, so that
 * nothing may follow then: `isAnswer` says that the whole query ends here.
 */
export function findRows(context: Context, node: Syntax, isAnswer = false): Relation {
  const away = maybe(node, 'ProjectAway')
  if (away) return refuse(away, 'project-away within find is not supported', 'find … | project-away …')
  const condition = part(node, 'Condition')
  const read = readsOf(condition)
  const tables = tablesOf(context, node).filter(
    (table) => read.everything || table.columns.some(({ name }) => read.columns.has(name)),
  )
  if (tables.length === 0) return refuse(condition, 'find needs a column or a term in its predicate')
  for (const name of read.columns) oneType(condition, tables, name)
  const source = parametersOf(list(node, 'Parameters'))['withsource'] ?? 'source_'
  const { shown, packed } = shapeOf(node, tables, read.columns)
  const given = [source, ...shown.map(({ name }) => name), ...(packed ? ['pack_'] : [])]
  const twice = given.find((name, index) => given.indexOf(name) !== index)
  if (twice !== undefined) refuse(node, `find would give two columns named ${twice}`)
  if (!isAnswer && node.columns?.some(({ name }, index) => name !== given[index]))
    refuse(node, 'A find whose columns have several types can only end the query', 'find … project … names them')
  const names = new Set(shown.map(({ from }) => from))
  const found = tables.map((table): Relation => {
    const row = new Row(table, context.query)
    const inner: Context = { ...context, row, filtering: true, scope: withMissing(context, condition, table) }
    const where = predicate(inner, condition, false)
    const values = { ...inner, filtering: false }
    const cells: Cell[] = [
      { name: source, value: constant(context, table.source ?? '', 'string') },
      ...shown.map((column) => cellOf(values, table, column)),
    ]
    if (packed) cells.push({ name: 'pack_', value: rest(values, node, table, names) })
    return withCells(context.query, { ...table, order: [] }, cells, { op: 'filter', input: row.plan(), where })
  })
  return unite(context, found, {})
}

/** The tables that are looked through, each by a name. */
function tablesOf(context: Context, node: Syntax): Relation[] {
  const plain = { ...context, row: undefined }
  const clause = maybe(node, 'InClause')
  const tables = clause
    ? list(clause, 'Expressions').flatMap((each) => inputsOf(plain, each))
    : [...context.query.tableNames().flatMap((name) => context.query.table(name) ?? []), ...viewRows(plain, () => true)]
  const names = tables.map(({ source }) => source)
  if (names.includes(undefined))
    return refuse(clause ?? node, 'find takes tables and views', 'let Name = view () { … };')
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) return refuse(clause ?? node, `find looks through ${twice} twice`)
  return tables
}

/** The columns that the predicate names; `everything` where a term or `*` stands for all. */
function readsOf(condition: Syntax): { columns: ReadonlySet<string>; everything: boolean } {
  const columns = new Set<string>()
  let everything = hasTerm(condition)
  const visit = (node: Syntax): void => {
    if (node.kind === 'StarExpression') everything = true
    if (node.kind === 'NameReference' && node.ref?.kind === 'column') columns.add(node.ref.name)
    if (node.columns && node.kind !== 'NameReference')
      refuse(node, 'A query within the predicate of find is not supported', 'let it before: let Names = … | project …;')
    children(node).forEach(visit)
  }
  visit(condition)
  return { columns, everything }
}

/** Whether a text stands alone, as term. Other forms of `search` are none of `find`. */
function hasTerm(node: Syntax): boolean {
  if (node.kind === 'ParenthesizedExpression') return hasTerm(part(node, 'Expression'))
  if (node.kind === 'LiteralExpression') {
    const text = token(node, 'Token')
    if (/^(true|false|bool)/i.test(text)) return false
    // The binder lets no other literal stand alone.
    const term = stringLiteral(text)
    if (term === '' || term.includes('*')) refuse(node, 'A term of find is a text without *', 'search takes such terms')
    return true
  }
  if (node.kind === 'FunctionCallExpression' && nameOf(part(node, 'Name')) === 'not')
    return list(part(node, 'ArgumentList'), 'Expressions').some(hasTerm)
  if (node.kind !== 'BinaryExpression') return false
  const operator = token(node, 'Operator')
  if (operator === ':') return refuse(node, 'The operator : within find is not supported', 'has, or search')
  if (operator !== 'and' && operator !== 'or') return false
  return [part(node, 'Left'), part(node, 'Right')].map(hasTerm).some(Boolean)
}

/** The columns of the answer, and whether the others are packed. */
function shapeOf(
  node: Syntax,
  tables: readonly Relation[],
  read: ReadonlySet<string>,
): { shown: Shown[]; packed: boolean } {
  const project = maybe(node, 'Project')
  if (project && token(project, 'ProjectKeyword') !== 'project-smart') return projected(node, project, tables)
  const [first] = tables
  const common = (first?.columns ?? []).filter(({ name }) =>
    tables.every((table) => table.columns.some((column) => column.name === name)),
  )
  const names = [...new Set([...common.map(({ name }) => name), ...read])]
  const shown = names.flatMap((name): Shown[] => {
    const types = typesOf(tables, name)
    // As with union. What the predicate reads has one type.
    if (types.length > 1) return types.map((type) => ({ name: `${name}_${type}`, type, from: name, exact: true }))
    return [{ name, type: types[0] ?? 'string', from: name }]
  })
  const packed = tables.some((table) => table.columns.some(({ name }) => !names.includes(name)))
  return { shown, packed }
}

function projected(node: Syntax, project: Syntax, tables: readonly Relation[]): { shown: Shown[]; packed: boolean } {
  const items = list(project, 'Columns')
  const shown = items.flatMap((item): Shown[] => {
    if (item.kind === 'PackExpression') return []
    const typed = item.kind === 'TypedColumnReference'
    const name = nameOf(typed ? part(item, 'Column') : item)
    const bound = node.columns?.find((column) => column.name === name)?.type ?? 'string'
    return [{ name, type: typed ? bound : (oneType(item, tables, name) ?? bound), from: name }]
  })
  return { shown, packed: items.some((item) => item.kind === 'PackExpression') }
}

function typesOf(tables: readonly Relation[], name: string): ScalarType[] {
  return [...new Set(tables.flatMap((table) => columnOf(table, name)?.type ?? []))]
}

/** The one type of the column; undefined where none of the tables has it. */
function oneType(node: Syntax, tables: readonly Relation[], name: string): ScalarType | undefined {
  const types = typesOf(tables, name)
  if (types.length > 1)
    refuse(node, `${name} has several types in these tables: ${types.join(', ')}`, 'one find for the tables of each')
  return types[0]
}

function columnOf(table: Relation, name: string): Column | undefined {
  return table.columns.find((column) => column.name === name)
}

/** A column as the answer's type; null where the table has none. */
function cellOf(context: Context, table: Relation, { name, type, from, exact }: Shown): Cell {
  const column = columnOf(table, from)
  if (!column || (exact && column.type !== type)) return { name, value: missing(type) }
  return column.type === type ? { name, column } : { name, value: cast(context, columnScalar(column), type) }
}

function rest(context: Context, node: Syntax, table: Relation, shown: ReadonlySet<string>): ReturnType<typeof missing> {
  const columns = table.columns.filter(({ name }) => !shown.has(name))
  if (columns.length === 0)
    return refuse(node, `Nothing of ${table.source ?? 'a table'} is left for pack_`, 'find … project …')
  return bagOfColumns(context, columns)
}
