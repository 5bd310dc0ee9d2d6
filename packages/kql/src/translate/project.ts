import type { Column, Relation } from '../algebra/relation.ts'
import { severalValues } from '../functions/several-values.ts'
import { list, maybe, part, type Syntax, token } from '../service/syntax.ts'
import { type Context, refuse, Row } from './context.ts'
import { type Cell, withCells } from './make-columns.ts'
import { nameOf } from './names.ts'
import type { Scalar } from './scalar.ts'

/** `project`: exactly these columns, named as the binder names them. */
export function project(context: Context, node: Syntax, input: Relation): Relation {
  const row = new Row(input, context.query)
  const cells = valuesOf({ ...context, row }, node, list(node, 'Expressions'))
  return withCells(context.query, input, cells, row.plan())
}

/** The cells of expressions whose names stand in the operator's bound columns, mostly one each. */
export function valuesOf(context: Context, node: Syntax, expressions: readonly Syntax[]): Cell[] {
  const bound = node.columns ?? []
  const exact = bound.length === expressions.reduce((sum, each) => sum + (each.columns?.length ?? 1), 0)
  let place = 0
  return expressions.flatMap((each, index): Cell[] => {
    const names = bound.slice(place, place + (each.columns?.length ?? 1)).map((column) => column.name)
    place += each.columns?.length ?? 1
    const several = severalCells(context, each, names)
    if (several) return several
    const name = declaredName(each) ?? names[0] ?? fallbackName(each, index)
    return [cellOf(context, each, exact ? (names[0] ?? name) : name)]
  })
}

/** The columns of a call that gives several; `names` are those for all of them. One given name takes the first only. */
function severalCells(context: Context, node: Syntax, names: readonly string[]): Cell[] | undefined {
  const call = node.kind.endsWith('NamedExpression') ? part(node, 'Expression') : node
  const values = severalValues(context, call)
  if (!values) return undefined
  const given = node.kind === 'SimpleNamedExpression' ? 1 : values.length
  const wanted = names.length > 0 ? Math.min(given, names.length) : given
  return values.slice(0, wanted).map((value, index) => ({ name: names[index] ?? `Column${index + 1}`, value }))
}

function declaredName(node: Syntax): string | undefined {
  if (node.kind === 'SimpleNamedExpression' || node.kind === 'NameReference') return nameOf(node)
  return undefined
}

function fallbackName(node: Syntax, index: number): string {
  const first = node.kind === 'FunctionCallExpression' ? list(part(node, 'ArgumentList'), 'Expressions')[0] : undefined
  return first?.kind === 'NameReference' ? nameOf(first) : `Column${index + 1}`
}

function cellOf(context: Context, node: Syntax, name: string): Cell {
  const inner = node.kind === 'SimpleNamedExpression' ? part(node, 'Expression') : node
  if (inner.kind === 'StarExpression') return refuse(inner, '* is not possible here')
  if (inner.kind === 'CompoundNamedExpression') {
    // A function that is not supported is named first.
    context.query.evaluate(context, part(inner, 'Expression'))
    return refuse(inner, 'Naming several columns at once is not supported', 'one name = value each')
  }
  const column =
    inner.kind === 'NameReference' && inner.ref?.kind === 'column' ? context.row?.column(nameOf(inner)) : undefined
  if (column && !context.scope.get(column.name)) return { name, column }
  return { name, value: typed(context.query.evaluate(context, inner), inner) }
}

/** A null literal has the type that the binder gave it. */
function typed(value: Scalar, node: Syntax): Scalar {
  return value.type === 'unknown' && node.type ? { ...value, type: node.type } : value
}

/** `extend`: replaces columns of the same name where they stand, appends the others. */
export function extend(context: Context, node: Syntax, input: Relation): Relation {
  const row = new Row(input, context.query)
  const inner = { ...context, row }
  const cells: Cell[] = input.columns.map((column) => ({ name: column.name, column }))
  const expressions = list(node, 'Expressions')
  const named = new Set(expressions.map((each) => declaredName(each)))
  const appended = (node.columns ?? []).slice(input.columns.length).filter((column) => !named.has(column.name))
  const put = (cell: Cell): void => {
    const at = cells.findIndex((existing) => existing.name === cell.name)
    if (at < 0) cells.push(cell)
    else cells[at] = cell
  }
  for (const each of expressions) {
    const several = severalCells(inner, each, namesGiven(each))
    if (several) {
      several.forEach((cell) => put(cell))
      continue
    }
    const name = declaredName(each) ?? appended.shift()?.name ?? fallbackName(each, 0)
    put(cellOf(inner, each, name))
  }
  return withCells(context.query, input, cells, row.plan())
}

/** `extend (a, b) = f()` takes as many columns as it names. */
function namesGiven(node: Syntax): string[] {
  if (node.kind === 'SimpleNamedExpression') return [nameOf(node)]
  const given = list(maybe(node, 'Names'), 'Names').map((each) => nameOf(each))
  return given.length > 0 ? given : (node.columns ?? []).map((column) => column.name)
}

/** Which columns a name or pattern with `*` means. */
function matching(input: Relation, node: Syntax): Column[] {
  const name = nameOf(node)
  if (!name.includes('*')) return input.columns.filter((column) => column.name === name)
  const pattern = new RegExp(
    `^${name.replaceAll(/[.+?^${}()|[\]\\]/g, (character) => `\\${character}`).replaceAll('*', '.*')}$`,
  )
  return input.columns.filter((column) => pattern.test(column.name))
}

function only(context: Context, input: Relation, columns: readonly Column[]): Relation {
  return withCells(
    context.query,
    input,
    columns.map((column) => ({ name: column.name, column })),
    input.plan,
  )
}

export function projectAway(context: Context, node: Syntax, input: Relation): Relation {
  const gone = new Set(list(node, 'Expressions').flatMap((each) => matching(input, each)))
  return only(
    context,
    input,
    input.columns.filter((column) => !gone.has(column)),
  )
}

export function projectKeep(context: Context, node: Syntax, input: Relation): Relation {
  const wanted = new Set(list(node, 'Expressions').flatMap((each) => matching(input, each)))
  return only(
    context,
    input,
    input.columns.filter((column) => wanted.has(column)),
  )
}

export function projectRename(context: Context, node: Syntax, input: Relation): Relation {
  const names = new Map<string, string>()
  for (const each of list(node, 'Expressions')) {
    if (each.kind !== 'SimpleNamedExpression') return refuse(each, 'project-rename takes new = old')
    names.set(nameOf(part(each, 'Expression')), nameOf(each))
  }
  return withCells(
    context.query,
    input,
    input.columns.map((column) => ({ name: names.get(column.name) ?? column.name, column })),
    input.plan,
  )
}

/** `project-reorder`: the named columns first, a pattern's columns sorted where asked for. */
export function projectReorder(context: Context, node: Syntax, input: Relation): Relation {
  const first: Column[] = []
  for (const each of list(node, 'Expressions')) {
    const ordered = each.kind === 'OrderedExpression'
    const found = matching(input, ordered ? part(each, 'Expression') : each).filter((column) => !first.includes(column))
    if (ordered) {
      const direction = token(part(each, 'Ordering'), 'AscOrDescKeyword')
      if (!/^(asc|desc)$/.test(direction)) return refuse(each, `The order ${direction} of columns is not supported`)
      found.sort((a, b) => (a.name < b.name ? -1 : 1) * (direction === 'desc' ? -1 : 1))
    }
    first.push(...found)
  }
  return only(context, input, [...first, ...input.columns.filter((column) => !first.includes(column))])
}
