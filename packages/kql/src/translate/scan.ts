import { type Column, columnSql, type Item, kept, type Plan, type Relation } from '../algebra/relation.ts'
import { orderKeys } from '../algebra/render.ts'
import { list, maybe, part, type Syntax, token } from '../service/syntax.ts'
import { cast, constant, typedNull } from './casts.ts'
import { type Context, type Query, refuse, Row, Scope } from './context.ts'
import { literalValue } from './literals.ts'
import { freshId } from './make-columns.ts'
import { nameOf, parametersOf } from './names.ts'
import { type Scalar, sqlType } from './scalar.ts'

/** A fold holds all rows of a partition in memory, and copies what it has found with every row. */
const maxRows = 20_000

interface Field {
  name: string
  type: Column['type']
}

interface Step {
  name: string
  condition: Syntax
  assignments: ReadonlyMap<string, Syntax>
  output: boolean
}

/** A state machine over the ordered rows. `fields` are the input's columns, then the declared ones. */
interface Machine {
  context: Context
  fields: readonly Field[]
  inputs: number
  defaults: readonly string[]
  steps: readonly Step[]
}

/** Expressions stay where they are written: within the fold nothing can be computed aside. */
class FoldRow extends Row {
  override reuse(sql: string): string {
    return sql
  }
}

/** `scan`: goes over the rows in their order; each step keeps the last row that matched it. */
export function scan(context: Context, node: Syntax, input: Relation): Relation {
  if (input.order.length === 0)
    return refuse(node, 'scan needs ordered rows', 'put `| sort by …` or `| serialize` before it')
  const declared = list(maybe(node, 'DeclareClause'), 'Declarations')
  const fields = [...input.columns.map(({ name, type }) => ({ name, type })), ...declared.map((each) => fieldOf(each))]
  const machine: Machine = {
    context,
    fields,
    inputs: input.columns.length,
    defaults: [
      ...input.columns.map((column) => typedNull(column.type)),
      ...declared.map((each) => defaultOf(context, each)),
    ],
    steps: list(node, 'Steps').map((each) => stepOf(each)),
  }
  const row = new Row(input, context.query)
  const keys = [
    ...(input.partition ?? []).map((each) => columnSql(each)),
    ...list(maybe(node, 'PartitionByClause'), 'Expressions').map(
      (each) => context.query.evaluate({ ...context, row }, each).sql,
    ),
  ]
  const rows = gathered(row, input, keys)
  const id = parametersOf(list(node, 'Parameters'))['with_match_id']
  return unfolded(context.query, machine, { rows, array: foldSql(machine), id })
}

function fieldOf(node: Syntax): Field {
  const name = part(part(node, 'NameAndType'), 'Name')
  return { name: nameOf(name), type: name.type ?? 'string' }
}

function defaultOf(context: Context, node: Syntax): string {
  const { type } = fieldOf(node)
  const given = maybe(node, 'DefaultValue')
  if (!given) return typedNull(type)
  const value = part(given, 'Value')
  // The binder gives bare literals no type here.
  const literal =
    value.kind === 'LiteralExpression' && !value.type ? literalValue(token(value, 'Token'), type) : undefined
  const scalar =
    literal === undefined
      ? context.query.evaluate({ ...context, row: undefined }, value)
      : constant(context, literal, type)
  return cast({ ...context, row: undefined }, scalar, type).sql
}

function stepOf(node: Syntax): Step {
  const kind = maybe(node, 'ScanStepOutput')
  const output = kind ? token(kind, 'OutputKind') : 'all'
  if (output === 'last')
    return refuse(node, 'A step with output=last is not supported', 'output=all, then summarize arg_max()')
  return {
    name: nameOf(part(node, 'Name')),
    condition: part(node, 'Condition'),
    assignments: new Map(
      list(maybe(node, 'ComputationClause'), 'Assignments').map((each) => [
        nameOf(part(each, 'Name')),
        part(each, 'Expression'),
      ]),
    ),
    output: output !== 'none',
  }
}

/** One row per partition, with the rows of the partition in their order as array. */
function gathered(row: Row, input: Relation, keys: readonly string[]): Plan {
  const values = input.columns.map((column) => `CAST(${columnSql(column.id)}, ${quoted(sqlType(column.type))})`)
  const place = `row_number() OVER (ORDER BY ${orderKeys(input.order)})`
  const items: Item[] = [
    { id: '$place', sql: place },
    { id: '$row', sql: `tuple(${values.join(', ')})` },
    ...keys.map((sql, index) => ({ id: `$k${index}`, sql })),
  ]
  const numbered: Plan = { op: 'project', input: row.plan(), items }
  const rows = `arraySort(p -> p.1, groupArray((${columnSql('$place')}, ${columnSql('$row')})))`
  const limited = `if(throwIf(count() > ${maxRows}, 'scan goes over at most ${maxRows} rows') = 0, ${rows}, [])`
  return {
    op: 'aggregate',
    input: numbered,
    keys: kept(keys.map((_, index) => `$k${index}`)),
    items: [{ id: '$rows', sql: limited }],
  }
}

function quoted(type: string): string {
  return `'${type.replaceAll("'", "\\'")}'`
}

function recordType({ fields }: Machine): string {
  return `Tuple(${fields.map((field) => sqlType(field.type)).join(', ')})`
}

/** State of step n: whether it is active, its match number, and the records of steps 1 to n. */
function stateType(machine: Machine, step: number): string {
  return `Tuple(UInt8, Int64, ${Array.from({ length: step + 1 }, () => recordType(machine)).join(', ')})`
}

/**
 * The fold over `$rows`. Every row is held against the steps from the last to the first; all of it reads the state
 * before the row, as a later step never changes what an earlier one reads, save that it takes its state away.
 */
function foldSql(machine: Machine): string {
  const { steps } = machine
  const outType = `Array(Tuple(Int64, Int64, Int64, ${recordType(machine)}))`
  const state = (step: number): string => `acc.${step + 1}`
  const recordOf = (holder: string, step: number): string => `tupleElement(${holder}, ${step + 3})`
  const blank = `CAST(tuple(${machine.defaults.join(', ')}), ${quoted(recordType(machine))})`
  const tests = steps.map((each, step) => {
    const through = (holder: string, own: string, parents: number): Scope =>
      scopeOf(machine, [...Array.from({ length: parents }, (_, index) => recordOf(holder, index)), own])
    const after = step === 0 ? undefined : through(state(step - 1), blank, step)
    const again = through(state(step), recordOf(state(step), step), step)
    return { each, after, again }
  })
  const taken: string[] = []
  const updates: string[] = []
  const outputs: string[] = []
  for (let step = steps.length - 1; step >= 0; step -= 1) {
    const test = tests[step]
    if (!test) continue
    const promoted = taken[step + 1]
    const first = test.after ? `(${state(step - 1)}.1 = 1 AND ${conditionSql(machine, test.each, test.after)})` : '0'
    taken[step] = first
    const active = step === 0 ? '1' : `${state(step)}.1 = 1`
    const held = promoted === undefined ? active : step === 0 ? '1' : `(${active} AND NOT ${promoted})`
    // A state that has moved on is empty again.
    const left =
      promoted === undefined || step > 0
        ? test.again
        : scopeOf(machine, [`if(${promoted}, ${blank}, ${recordOf(state(step), step)})`])
    const second = `(NOT ${first} AND ${held} AND ${conditionSql(machine, test.each, left)})`
    const number = `acc.${steps.length + 1}`
    // A match of the first step goes on with its sequence, where there is one.
    const goesOn = `(${state(0)}.1 = 1 AND NOT ${promoted ?? '0'})`
    const begins = `(${second} AND NOT ${goesOn})`
    const match1 = step > 0 ? `${state(step - 1)}.2` : '0'
    const match2 = step > 0 ? `${state(step)}.2` : `if(${goesOn}, ${state(0)}.2, ${number})`
    const [record1, record2] = [
      test.after ? recordSql(machine, test.each, test.after) : blank,
      recordSql(machine, test.each, left),
    ]
    const parents = (holder: string): string[] => Array.from({ length: step }, (_, index) => recordOf(holder, index))
    const make = (flag: string, match: string, records: readonly string[]): string =>
      `CAST(tuple(${[flag, match, ...records].join(', ')}), ${quoted(stateType(machine, step))})`
    const empty = make(
      '0',
      '0',
      Array.from({ length: step + 1 }, () => blank),
    )
    updates[step] =
      `multiIf(${first}, ${step === 0 ? empty : make('1', match1, [...parents(state(step - 1)), record1])}, ${second}, ${make('1', match2, [...parents(state(step)), record2])}, ${promoted ?? '0'}, ${empty}, ${state(step)})`
    if (step === 0) updates[steps.length] = `toInt64(${number} + ${begins})`
    if (test.each.output)
      outputs.push(
        `if(${first} OR ${second}, CAST([tuple(x.1, ${steps.length - step}, if(${first}, ${match1}, ${match2}), if(${first}, ${record1}, ${record2}))], ${quoted(outType)}), [])`,
      )
  }
  const all =
    outputs.length === 0 ? `acc.${steps.length + 2}` : `arrayConcat(acc.${steps.length + 2}, ${outputs.join(', ')})`
  const start = [
    ...steps.map(
      (_, step) =>
        `CAST(tuple(0, 0, ${Array.from({ length: step + 1 }, () => blank).join(', ')}), ${quoted(stateType(machine, step))})`,
    ),
    'toInt64(0)',
    `CAST([], ${quoted(outType)})`,
  ]
  const accType = `Tuple(${[...steps.map((_, step) => stateType(machine, step)), 'Int64', outType].join(', ')})`
  return `tupleElement(arrayFold((acc, x) -> CAST(tuple(${[...updates, all].join(', ')}), ${quoted(accType)}), ${columnSql('$rows')}, CAST(tuple(${start.join(', ')}), ${quoted(accType)})), ${steps.length + 2})`
}

/** Names within a step: the steps as records of their last rows. */
function scopeOf({ context, fields, steps }: Machine, records: readonly string[]): Scope {
  const scope = new Scope(context.scope)
  for (const [index, record] of records.entries()) {
    const step = steps[index]
    if (!step) continue
    const values = new Map(
      fields.map((field, place): [string, Scalar] => [field.name, elementOf(record, field, place)]),
    )
    scope.set(step.name, { kind: 'record', values })
  }
  return scope
}

function elementOf(record: string, field: Field, place: number): Scalar {
  return { sql: `tupleElement(${record}, ${place + 1})`, type: field.type, nullable: field.type !== 'string' }
}

/** The row at hand is `x.2`; declared columns have their defaults there. */
function evaluated(machine: Machine, node: Syntax, scope: Scope): Scalar {
  const { context, fields, inputs, defaults } = machine
  const columns = fields.map((field, index): Column => ({
    ...field,
    nullable: field.type !== 'string',
    id: `$x${index}`,
  }))
  const row = new FoldRow({ plan: { op: 'text', sql: '' }, columns, hidden: [], order: [] }, context.query)
  const value = context.query.evaluate({ ...context, row, scope, filtering: false }, node)
  const sql = columns.reduce((text, column, index) => {
    const own =
      index < inputs ? `tupleElement(x.2, ${index + 1})` : `CAST(${defaults[index]}, ${quoted(sqlType(column.type))})`
    return text.replaceAll(columnSql(column.id), own)
  }, value.sql)
  return { sql, type: value.type, nullable: value.nullable }
}

function conditionSql(machine: Machine, step: Step, scope: Scope): string {
  const value = evaluated(machine, step.condition, scope)
  return `ifNull(toUInt8(${value.sql}), 0)`
}

function recordSql(machine: Machine, step: Step, scope: Scope): string {
  const { context, fields, inputs, defaults } = machine
  const values = fields.map((field, index) => {
    if (index < inputs) return `tupleElement(x.2, ${index + 1})`
    const assigned = step.assignments.get(field.name)
    if (!assigned) return defaults[index] ?? 'NULL'
    return cast({ ...context, row: undefined }, evaluated(machine, assigned, scope), field.type).sql
  })
  return `CAST(tuple(${values.join(', ')}), ${quoted(recordType(machine))})`
}

interface Folded {
  rows: Plan
  array: string
  /** Name of the column of match numbers. */
  id: string | undefined
}

function unfolded(query: Query, { fields }: Machine, { rows, array, id }: Folded): Relation {
  const used = new Set<string>()
  const element = `$e${query.next()}`
  const at = (place: number): string => `tupleElement(\`${element}\`, ${place})`
  const columns: Column[] = fields.map((field) => {
    const own = freshId(query, field.name, used)
    used.add(own)
    return { ...field, nullable: field.type !== 'string', id: own }
  })
  const items: Item[] = columns.map((column, index) => ({ id: column.id, sql: `tupleElement(${at(4)}, ${index + 1})` }))
  if (id !== undefined) {
    const own = freshId(query, id, used)
    columns.push({ name: id, type: 'long', nullable: false, id: own })
    items.push({ id: own, sql: at(3) })
  }
  const places = [`$s${query.next()}`, `$s${query.next()}`]
  places.forEach((place, index) => items.push({ id: place, sql: at(index + 1) }))
  return {
    plan: { op: 'expand', input: rows, keep: [], array, element, items },
    columns,
    hidden: places,
    order: places.map((place) => ({ id: place, descending: false, nullsFirst: true })),
  }
}
