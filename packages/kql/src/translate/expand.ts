import { type Column, columnSql, idsOf, kept, quoted, type Relation } from '../algebra/relation.ts'
import { list, maybe, part, type ScalarType, type Syntax } from '../service/syntax.ts'
import { cast, readMember } from './casts.ts'
import { type Context, refuse, Row } from './context.ts'
import { countSql } from './expression.ts'
import { freshId } from './make-columns.ts'
import { nameOf, parametersOf } from './names.ts'
import { type Scalar, sqlType } from './scalar.ts'

interface Expansion {
  /** Column that receives the elements. */
  name: string
  type: ScalarType
  value: Scalar
}

/** `mv-expand`: a row per element; null keeps its row, an empty array has none; several columns go side by side. */
export function mvExpand(context: Context, node: Syntax, input: Relation): Relation {
  const row = new Row(input, context.query)
  const parameters = parametersOf(list(node, 'Parameters'))
  const appended = (node.columns ?? []).slice(input.columns.length).map((column) => column.name)
  const expansions = expansionsOf({ ...context, row }, list(node, 'Expressions'), appended)
  const limit = maybe(node, 'RowLimitClause')
  const expanded = expand(context, {
    input,
    row,
    expansions,
    pairs: (parameters['kind'] ?? parameters['bagexpansion']) === 'array',
    index: parameters['with_itemindex'],
    limit: limit ? countSql(context, part(limit, 'RowLimit')) : undefined,
  })
  return expanded
}

function expansionsOf(context: Context, expressions: readonly Syntax[], appended: string[]): Expansion[] {
  return expressions.map((each): Expansion => {
    const inner = part(each, 'Expression')
    const named = inner.kind === 'SimpleNamedExpression'
    const value = context.query.evaluate(context, named ? part(inner, 'Expression') : inner)
    if (value.type !== 'dynamic')
      return refuse(inner, `Only dynamic values can be expanded, and this is ${value.type}`, 'todynamic(…)')
    const name = named || inner.kind === 'NameReference' ? nameOf(inner) : (appended.shift() ?? firstName(inner))
    return { name, type: castType(maybe(each, 'ToTypeOf')), value }
  })
}

/** `d.a.b` gives its last part, a call the name of its first column. */
function firstName(node: Syntax): string {
  if (node.kind === 'PathExpression') return nameOf(part(node, 'Selector'))
  const first = node.kind === 'FunctionCallExpression' ? list(part(node, 'ArgumentList'), 'Expressions')[0] : undefined
  return first?.kind === 'NameReference' ? nameOf(first) : 'Column1'
}

function castType(clause: Syntax | undefined): ScalarType {
  const type = clause ? list(part(clause, 'TypeOf'), 'Types')[0] : undefined
  const text = type?.parts['Type']
  if (typeof text !== 'string') return 'dynamic'
  return ({ double: 'real', boolean: 'bool', date: 'datetime', time: 'timespan' }[text] ?? text) as ScalarType // checked by the binder
}

interface Expanding {
  input: Relation
  row: Row
  expansions: readonly Expansion[]
  /** Members of bags as [key, value] instead of bags with one member. */
  pairs: boolean
  index: string | undefined
  limit: string | undefined
}

const strings = 'Array(Nullable(String))'

function arrayOf(sql: string, pairs: boolean): string {
  const member = pairs
    ? `concat('[', toJSONString(p.1), ',', p.2, ']')`
    : `concat('{', toJSONString(p.1), ':', p.2, '}')`
  const bags = `arrayMap(p -> ${member}, JSONExtractKeysAndValuesRaw(ifNull(${sql}, '')))`
  return `multiIf(isNull(${sql}), CAST([NULL], '${strings}'), startsWith(${sql}, '['), CAST(arrayMap(x -> nullIf(x, 'null'), JSONExtractArrayRaw(ifNull(${sql}, ''))), '${strings}'), startsWith(${sql}, '{'), CAST(${bags}, '${strings}'), CAST([${sql}], '${strings}'))`
}

/** A member that is an array with elements, as mostly, is read where it stands: what it else may be is not computed then. */
function elementsOf(value: Scalar, row: Row, pairs: boolean): string {
  const any = arrayOf(row.reuse(value.sql), pairs)
  // As a constant an array may hold a million elements only.
  if (!value.member || value.member.promoted || value.member.number) return `materialize(${any})`
  const elements = readMember(value, 'JSONExtractArrayRaw')
  return `if(notEmpty(${elements}), CAST(arrayMap(x -> nullIf(x, 'null'), ${elements}), '${strings}'), ${any})`
}

function expand(context: Context, { input, row, expansions, pairs, index, limit }: Expanding): Relation {
  const arrays = expansions.map((each) => row.setAside(elementsOf(each.value, row, pairs), context.query.next()))
  const alone = arrays.length === 1 && index === undefined
  const all = alone ? (arrays[0] ?? '[]') : zipped(arrays)
  const array = limit ? `arraySlice(${all}, 1, ${limit})` : all
  const element = `$e${context.query.next()}`
  const used = new Set(idsOf(input))
  const columns: Column[] = input.columns.map((column) => column)
  const items: { id: string; sql: string }[] = []
  const put = (name: string, value: Scalar): void => {
    const id = freshId(context.query, name, used)
    used.add(id)
    const column: Column = { name, type: value.type, nullable: value.nullable, id }
    const at = columns.findIndex((existing) => existing.name === name)
    if (at < 0) columns.push(column)
    else columns[at] = column
    items.push({ id, sql: value.sql })
  }
  for (const [place, each] of expansions.entries()) {
    const sql = alone ? quoted(element) : `tupleElement(${quoted(element)}, ${place + 1})`
    const raw: Scalar = { sql, type: 'dynamic', nullable: true }
    put(each.name, elementAs({ ...context, row: undefined }, raw, each.type))
  }
  if (index !== undefined)
    put(index, {
      sql: `toInt64(tupleElement(${quoted(element)}, ${expansions.length + 1}))`,
      type: 'long',
      nullable: false,
    })
  const ids = [...columns.map((column) => column.id), ...input.hidden]
  const keep = ids.filter((id) => !items.some((item) => item.id === id))
  return {
    ...input,
    plan: { op: 'expand', input: row.plan(), keep, array, element, items },
    columns,
  }
}

/** The arrays side by side, the shorter ones filled with nulls, and the place of each element. */
function zipped(arrays: readonly string[]): string {
  const size =
    arrays.length === 1 ? `length(${arrays[0]})` : `greatest(${arrays.map((array) => `length(${array})`).join(', ')})`
  const padded = arrays.map((array) => (arrays.length === 1 ? array : `arrayResize(${array}, ${size}, NULL)`))
  return `arrayZip(${[...padded, `range(toUInt64(${size}))`].join(', ')})`
}

/** An element as its type: values are converted, texts are not read as numbers. */
function elementAs(context: Context, element: Scalar, type: ScalarType): Scalar {
  if (type === 'dynamic') return element
  const value = cast(context, element, type)
  if (type === 'long' || type === 'int' || type === 'real' || type === 'bool')
    return {
      ...value,
      sql: `if(startsWith(ifNull(${element.sql}, ''), '"'), CAST(NULL, '${sqlType(type)}'), ${value.sql})`,
      nullable: true,
    }
  return value
}

/** `mv-apply`: the pipeline runs over the elements of each row, and the row's columns stand beside its result. */
export function mvApply(context: Context, node: Syntax, input: Relation): Relation {
  if (maybe(node, 'ContextIdClause')) return refuse(part(node, 'ContextIdClause'), 'mv-apply with id is not supported')
  const limit = maybe(node, 'RowLimitClause')
  const number = `$n${context.query.next()}`
  const carried = input.columns.map((column) => ({ column, id: `$c${context.query.next()}` }))
  const numbered: Relation = {
    ...input,
    plan: {
      op: 'project',
      input: input.plan,
      items: [
        ...kept(idsOf(input)),
        { id: number, sql: 'rowNumberInAllBlocks()' },
        ...carried.map(({ column, id }) => ({ id, sql: columnSql(column.id) })),
      ],
    },
    hidden: [...input.hidden, number, ...carried.map(({ id }) => id)],
    // Within another mv-apply or a partition, what those carry goes on beside.
    partition: [number, ...carried.map(({ id }) => id), ...(input.partition ?? [])],
  }
  const row = new Row(numbered, context.query)
  const expansions = expansionsOf({ ...context, row }, list(node, 'Expressions'), [])
  const parameters = parametersOf(list(node, 'Parameters'))
  const expanded = expand(context, {
    input: numbered,
    row,
    expansions,
    pairs: false,
    index: parameters['with_itemindex'],
    limit: limit ? countSql(context, part(limit, 'RowLimit')) : undefined,
  })
  const subquery = part(part(node, 'Subquery'), 'Expression')
  const applied = context.query.pipe(context, subquery, expanded)
  // A fold over the rows of each element forgets which row they came from.
  if (!applied.partition) return refuse(subquery, 'scan is not supported within mv-apply', 'mv-expand, then scan')
  return besides(context, node, { applied, carried, partition: applied.partition })
}

interface Beside {
  applied: Relation
  carried: readonly { column: Column; id: string }[]
  /** Where the carried columns are after the pipeline, the row number first. */
  partition: readonly string[]
}

function besides(context: Context, node: Syntax, { applied, carried, partition }: Beside): Relation {
  const used = new Set<string>()
  const bound = node.columns ?? []
  // The binder takes three inputs of a union for one type where two of them agree.
  const known = new Set([...carried.map(({ column }) => column.name), ...applied.columns.map((column) => column.name)])
  const names =
    bound.length > 0 && !node.open && bound.every((column) => known.has(column.name))
      ? bound.map((column) => column.name)
      : [...known]
  const items: { id: string; sql: string }[] = []
  const columns = names.map((name): Column => {
    const own = applied.columns.find((column) => column.name === name)
    const place = carried.findIndex(({ column }) => column.name === name)
    const outer = carried[place]?.column
    const source = own ?? outer
    if (!source) return refuse(node, `mv-apply loses the column ${name}`)
    const id = freshId(context.query, name, used)
    used.add(id)
    items.push({ id, sql: columnSql(own ? own.id : (partition[place + 1] ?? '')) })
    return { name, type: source.type, nullable: source.nullable || (own === undefined && source.type !== 'string'), id }
  })
  const outer = partition.slice(1 + carried.length)
  for (const id of outer) items.push({ id, sql: columnSql(id) })
  return {
    plan: { op: 'project', input: applied.plan, items },
    columns,
    hidden: outer,
    order: [],
    ...(outer.length > 0 ? { partition: outer } : {}),
  }
}
