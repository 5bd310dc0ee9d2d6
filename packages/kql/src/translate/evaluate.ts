import { columnSql, type Relation } from '../algebra/relation.ts'
import { render } from '../algebra/render.ts'
import { list, maybe, part, type Syntax } from '../service/syntax.ts'
import { cast } from './casts.ts'
import { columnScalar } from './columns.ts'
import { Aggregates, type Context, refuse, Row } from './context.ts'
import { KqlDiscovery } from './discovery.ts'
import { type Cell, withCells } from './make-columns.ts'
import { member } from './members.ts'
import { nameOf } from './names.ts'
import { aggregateValues, grouped } from './summarize.ts'

const maxDiscovered = 200

/** `evaluate`: the plugins whose columns depend on data ask the data first, unless the query says its columns. */
export function evaluateOperator(context: Context, node: Syntax, input: Relation): Relation {
  const call = part(node, 'FunctionCall')
  const name = nameOf(part(call, 'Name'))
  if (name === 'bag_unpack') return bagUnpack(context, node, input)
  if (name === 'pivot') return pivot(context, node, input)
  if (name === 'narrow') return refuse(node, 'The plugin narrow is not supported', 'pack_all() and mv-expand')
  return refuse(node, `The plugin ${name} is not supported`)
}

function bagUnpack(context: Context, node: Syntax, input: Relation): Relation {
  const args = list(part(part(node, 'FunctionCall'), 'ArgumentList'), 'Expressions')
  const first = args[0]
  const column = first?.kind === 'NameReference' ? input.columns.find((each) => each.name === nameOf(first)) : undefined
  if (!column || column.type !== 'dynamic') return refuse(node, 'bag_unpack takes a dynamic column', 'extend it before')
  const prefixArgument = args[1]
  const prefix = prefixArgument ? context.query.evaluate(context, prefixArgument).constant : ''
  if (args.length > 2 || typeof prefix !== 'string')
    return refuse(node, 'bag_unpack with more than a prefix is not supported')
  const schema = declaredColumns(node)
  if (!schema) throw unpackDiscovery(node, input, column.id, prefix)
  const row = new Row(input, context.query)
  const inner = { ...context, row }
  const others = input.columns.filter((each) => each !== column)
  const cells: Cell[] = schema.map(({ name, type }) => {
    const existing = others.find((each) => each.name === name)
    if (existing) return { name, column: existing }
    const key = context.query.parameters.text(name.startsWith(prefix) ? name.slice(prefix.length) : name)
    return { name, value: cast(inner, member(inner, columnScalar(column), [{ sql: key }]), type) }
  })
  return withCells(context.query, input, cells, row.plan())
}

function declaredColumns(node: Syntax): Relation['columns'] | undefined {
  const clause = maybe(node, 'Schema')
  if (!clause) return undefined
  return (node.columns ?? []).map((column) => ({ ...column, nullable: true, id: '' }))
}

/** Keys of the bags with the one type all their values have; text where they differ. */
function unpackDiscovery(node: Syntax, input: Relation, id: string, prefix: string): KqlDiscovery {
  const bag = columnSql(id)
  const rows = render(input.plan)
  const kinds = `arraySort(groupUniqArray(multiIf(startsWith(p.2, '"'), 'string', startsWith(p.2, '[') OR startsWith(p.2, '{'), 'dynamic', p.2 IN ('true', 'false'), 'bool', match(p.2, '[.eE]'), 'real', 'long')))`
  const sql = `SELECT p.1 AS name, ${kinds} AS kinds FROM (SELECT arrayJoin(JSONExtractKeysAndValuesRaw(ifNull(${bag}, ''))) AS p FROM (${rows}) AS \`$\`) WHERE p.2 != 'null' GROUP BY name ORDER BY name LIMIT ${maxDiscovered + 1}`
  return new KqlDiscovery(sql, node.end, (found) => {
    if (found.length > maxDiscovered)
      return refuse(
        node,
        `The bags have more than ${maxDiscovered} different keys`,
        'name the columns: evaluate bag_unpack(d) : (*, a: string)',
      )
    const existing = new Set(input.columns.filter((column) => column.id !== id).map((column) => column.name))
    const columns = found
      .filter((each) => !existing.has(prefix + each.name))
      .map(
        (each) =>
          `${quotedName(prefix + each.name)}: ${each.kinds.length === 1 ? each.kinds[0] : each.kinds.every((kind) => kind === 'long' || kind === 'real') ? 'real' : 'dynamic'}`,
      )
    const own = input.columns
      .filter((column) => column.id !== id)
      .map((column) => `${quotedName(column.name)}: ${column.type}`)
    return ` : (${[...own, ...columns].join(', ')})`
  })
}

/** A column name as KQL spells it anywhere. */
function quotedName(name: string): string {
  return `['${name.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}']`
}

/** `pivot(column, aggregate, keys…)`: a column per value. */
function pivot(context: Context, node: Syntax, input: Relation): Relation {
  const args = list(part(part(node, 'FunctionCall'), 'ArgumentList'), 'Expressions')
  const first = args[0]
  const column = first?.kind === 'NameReference' ? input.columns.find((each) => each.name === nameOf(first)) : undefined
  if (!column) return refuse(node, 'pivot takes a column')
  const named = args.slice(2).map((each) => nameOf(each))
  const aggregated = new Set(names(args[1]))
  const keys =
    named.length > 0
      ? input.columns.filter((each) => named.includes(each.name))
      : input.columns.filter((each) => each !== column && !aggregated.has(each.name))
  const schema = declaredColumns(node)
  if (!schema) throw pivotDiscovery(context, node, { input, column, keys, aggregate: args[1] })
  const row = new Row(input, context.query)
  const sink = new Aggregates(row, context.query)
  const pivoted = schema.slice(keys.length)
  const text = cast({ ...context, row: undefined }, columnScalar(column), 'string').sql
  const values = pivoted.map((each) => {
    const only = `${text} = ${context.query.parameters.text(each.name)}`
    const own = new Aggregates(row, context.query)
    const value = args[1] ? aggregateValues({ ...context, row, aggregates: own }, args[1])[0] : undefined
    if (args[1] && (!value || own.items.length !== 1)) return refuse(node, 'pivot takes one plain aggregate')
    const sql = value ? conditionalSql(own.items[0]?.sql ?? '', only, node) : `toInt64(countIf(${only}))`
    return { sql: sink.add(sql), type: value?.type ?? ('long' as const), nullable: value?.nullable ?? false }
  })
  return grouped(context, {
    input,
    row,
    sink,
    keys: keys.map((key) => columnScalar(key)),
    values,
    names: schema.map((each) => each.name),
  })
}

/** The aggregate over those rows only. */
function conditionalSql(sql: string, only: string, node: Syntax): string {
  const match = /^((?:toInt64\(|ifNull\()?)([a-zA-Z0-9]+)\(([\s\S]*)$/.exec(sql)
  const wrapped =
    match && match[1] !== ''
      ? /^([\s\S]*)\)((?:, [^()]*)?\))$/.exec(match[3] ?? '')
      : /^([\s\S]*)\)()$/.exec(match?.[3] ?? '')
  if (!match || !wrapped)
    return refuse(
      node,
      'This aggregate is not supported within pivot',
      'summarize by the column, then pivot with take_any()',
    )
  const inner = wrapped[1] ?? ''
  return `${match[1]}${match[2]}If(${inner === '' ? only : `${inner}, ${only}`})${wrapped[2]}`
}

function names(node: Syntax | undefined): string[] {
  if (!node) return []
  if (node.kind === 'NameReference' && node.ref?.kind === 'column') return [node.ref.name]
  return Object.values(node.parts).flatMap((child) =>
    Array.isArray(child)
      ? child.flatMap((each: Syntax) => names(each))
      : typeof child === 'object'
        ? names(child as Syntax)
        : [],
  )
}

interface Pivoting {
  input: Relation
  column: Relation['columns'][number]
  keys: Relation['columns']
  aggregate: Syntax | undefined
}

function pivotDiscovery(context: Context, node: Syntax, { input, column, keys, aggregate }: Pivoting): KqlDiscovery {
  const row = new Row(input, context.query)
  const value = aggregate
    ? aggregateValues({ ...context, row, aggregates: new Aggregates(row, context.query) }, aggregate)[0]
    : undefined
  const text = cast({ ...context, row: undefined }, columnScalar(column), 'string').sql
  const sql = `SELECT ${text} AS name, [''] AS kinds FROM (${render(input.plan)}) AS \`$\` GROUP BY name ORDER BY name LIMIT ${maxDiscovered + 1}`
  return new KqlDiscovery(sql, node.end, (found) => {
    if (found.length > maxDiscovered) return refuse(node, `The column has more than ${maxDiscovered} different values`)
    const own = keys.map((key) => `${quotedName(key.name)}: ${key.type}`)
    return ` : (${[...own, ...found.map((each) => `${quotedName(each.name)}: ${value?.type ?? 'long'}`)].join(', ')})`
  })
}
