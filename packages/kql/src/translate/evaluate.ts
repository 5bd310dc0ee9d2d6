import { columnSql, type Relation } from '../algebra/relation.ts'
import { render } from '../algebra/render.ts'
import { children, list, maybe, part, type Syntax } from '../service/syntax.ts'
import { addressLookup } from './address-lookup.ts'
import { activityCounts } from './activity-counts.ts'
import { cast } from './casts.ts'
import { columnScalar } from './columns.ts'
import { Aggregates, type Context, refuse, Row } from './context.ts'
import { KqlDiscovery } from './discovery.ts'
import { type Cell, withCells } from './make-columns.ts'
import { rowsNear } from './rows-near.ts'
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
  if (name === 'activity_counts_metrics') return activityCounts(context, node, input)
  if (name === 'ipv4_lookup' || name === 'ipv6_lookup') return addressLookup(context, node, input)
  if (name === 'rows_near') return rowsNear(context, node, input)
  if (name === 'narrow') return refuse(node, 'The plugin narrow is not supported', 'pack_all() and mv-expand')
  return refuse(node, `The plugin ${name} is not supported`)
}

interface Unpacking {
  column: Relation['columns'][number]
  prefix: string
  conflict: 'error' | 'replace_source' | 'keep_source'
  ignored: ReadonlySet<string>
}

function unpackingOf(context: Context, node: Syntax, input: Relation): Unpacking {
  const args = list(part(part(node, 'FunctionCall'), 'ArgumentList'), 'Expressions')
  const [first, ...rest] = args
  const column = first?.kind === 'NameReference' ? input.columns.find((each) => each.name === nameOf(first)) : undefined
  if (!column || column.type !== 'dynamic') return refuse(node, 'bag_unpack takes a dynamic column', 'extend it before')
  const options: Unpacking = { column, prefix: '', conflict: 'error', ignored: new Set() }
  const names = ['OutputColumnPrefix', 'columnsConflict', 'ignoredProperties']
  for (const [index, each] of rest.entries()) {
    const named = each.kind === 'SimpleNamedExpression'
    const name = named ? nameOf(each) : names[index]
    const value = context.query.evaluate(
      { ...context, row: undefined },
      named ? part(each, 'Expression') : each,
    ).constant
    if (typeof value !== 'string') return refuse(each, 'bag_unpack takes constants')
    if (name === 'OutputColumnPrefix') options.prefix = value
    else if (name === 'ignoredProperties') options.ignored = new Set(textsOf(each, value))
    else if (value === 'error' || value === 'replace_source' || value === 'keep_source') options.conflict = value
    else return refuse(each, `bag_unpack does not know ${value}`, "columnsConflict='keep_source'")
  }
  return options
}

function textsOf(node: Syntax, json: string): string[] {
  try {
    const values: unknown = JSON.parse(json)
    if (Array.isArray(values)) return values.map(String)
  } catch {
    // a text, not a dynamic literal
  }
  return refuse(node, 'ignoredProperties is a list of names', "ignoredProperties=dynamic(['a', 'b'])")
}

function bagUnpack(context: Context, node: Syntax, input: Relation): Relation {
  const unpacking = unpackingOf(context, node, input)
  const { column, prefix, conflict } = unpacking
  const schema = declaredColumns(node)
  if (!schema) throw unpackDiscovery(node, input, unpacking)
  const row = new Row(input, context.query)
  const inner = { ...context, row }
  const others = input.columns.filter((each) => each !== column)
  const cells: Cell[] = schema.map(({ name, type }) => {
    const existing = others.find((each) => each.name === name)
    const key = context.query.parameters.text(name.startsWith(prefix) ? name.slice(prefix.length) : name)
    const value = cast(inner, member(inner, columnScalar(column), [{ sql: key }]), type)
    if (!existing) return { name, value }
    if (conflict !== 'replace_source') return { name, column: existing }
    return { name, value }
  })
  return withCells(context.query, input, cells, row.plan())
}

function declaredColumns(node: Syntax): Relation['columns'] | undefined {
  const clause = maybe(node, 'Schema')
  if (!clause) return undefined
  return (node.columns ?? []).map((column) => ({ ...column, nullable: true, id: '' }))
}

/** Keys of the bags with the one type all their values have; text where they differ. */
function unpackDiscovery(
  node: Syntax,
  input: Relation,
  { column, prefix, conflict, ignored }: Unpacking,
): KqlDiscovery {
  const rows = render(input.plan)
  const kinds = `arraySort(groupUniqArray(multiIf(startsWith(p.2, '"'), 'string', startsWith(p.2, '[') OR startsWith(p.2, '{'), 'dynamic', p.2 IN ('true', 'false'), 'bool', match(p.2, '[.eE]'), 'real', 'long')))`
  const sql = `SELECT p.1 AS name, ${kinds} AS kinds FROM (SELECT arrayJoin(JSONExtractKeysAndValuesRaw(ifNull(${columnSql(column.id)}, ''))) AS p FROM (${rows}) AS \`$\`) WHERE p.2 != 'null' GROUP BY name ORDER BY name LIMIT ${maxDiscovered + 1}`
  return new KqlDiscovery(sql, node.end, (all) => {
    const found = all.filter((each) => !ignored.has(each.name))
    if (found.length > maxDiscovered)
      return refuse(
        node,
        `The bags have more than ${maxDiscovered} different keys`,
        'name the columns: evaluate bag_unpack(d) : (*, a: string)',
      )
    const typeOf = (kinds: readonly string[]): string =>
      kinds.length === 1
        ? (kinds[0] ?? 'dynamic')
        : kinds.every((kind) => kind === 'long' || kind === 'real')
          ? 'real'
          : 'dynamic'
    const types = new Map(found.map((each) => [prefix + each.name, typeOf(each.kinds)]))
    const clash = input.columns.find((each) => each !== column && types.has(each.name))
    if (clash && conflict === 'error')
      return refuse(
        node,
        `The bags have a key ${clash.name}, and there is a column of that name`,
        "a prefix, or columnsConflict='keep_source'",
      )
    // A key named as the bag itself takes its place.
    const own = input.columns
      .filter((each) => each !== column || types.has(each.name))
      .map((each) => {
        const type = each === column || conflict === 'replace_source' ? (types.get(each.name) ?? each.type) : each.type
        return `${quotedName(each.name)}: ${type}`
      })
    const existing = new Set(input.columns.map((each) => each.name))
    const added = [...types]
      .filter(([name]) => !existing.has(name))
      .map(([name, type]) => `${quotedName(name)}: ${type}`)
    return ` : (${[...own, ...added].join(', ')})`
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
    if (args[1] && (!value || own.items.length !== 1 || value.sql !== columnSql(own.items[0]?.id ?? '')))
      return refuse(node, 'pivot takes one plain aggregate')
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
  return children(node).flatMap(names)
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
