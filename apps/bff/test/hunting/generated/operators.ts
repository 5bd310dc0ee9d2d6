import { type Expression, predicate, scalar } from './expressions.ts'
import type { Random } from './random.ts'
import { type Column, compareValues, grouped, type Relation, type Row, type Type, type Value } from './relation.ts'
import { summarize } from './summarize.ts'

/**
 * One operator of a pipeline with its meaning. `passes`: a predicate over these columns may as well stand before the
 * operator; undefined where none may.
 */
export interface Operator {
  kql: string
  apply(input: Relation): Relation
  passes?: readonly string[]
  condition?: Expression
}

const names = (columns: readonly Column[]): string[] => columns.map((column) => column.name)

/** An operator that fits these rows. `fresh` gives a new column name. */
export function operator(random: Random, input: Relation, fresh: () => string): Operator {
  const { columns } = input
  const choices: (() => Operator | undefined)[] = [
    () => where(predicate(random, columns)),
    () => where(predicate(random, columns, 3)),
    () => where(predicate(random, columns, 1)),
    () => extend(random, columns, fresh()),
    () => extend(random, columns, fresh()),
    () => project(random, columns, fresh),
    () => rename(random.one(columns), fresh()),
    () => (columns.length > 2 ? away(columns, random.one(columns)) : undefined),
    () => summarize(random, columns, fresh),
    () => distinct(random.some(columns.filter((column) => column.type !== 'dynamic'))),
    () => sorted(random, input),
    () => (input.ordered ? take(random.whole(0, 40)) : undefined),
    () => expand(random, columns),
    () => (input.ordered ? beside(random, columns, fresh()) : undefined),
    () => ({
      kql: 'count',
      apply: ({ rows }) => ({ ...plain([{ name: 'Count', type: 'long' }], [{ Count: rows.length }]) }),
    }),
  ]
  for (;;) {
    const chosen = random.one(choices)()
    if (chosen) return chosen
  }
}

/** Rows in no order, with no column known to be unique. */
export function plain(columns: readonly Column[], rows: readonly Row[]): Relation {
  return { columns, rows, ordered: false, unique: undefined }
}

export function where(condition: Expression): Operator {
  return {
    kql: `where ${condition.kql}`,
    condition,
    apply: (input) => ({ ...input, rows: input.rows.filter((row) => condition.of(row) === true) }),
  }
}

function extend(random: Random, columns: readonly Column[], name: string): Operator {
  const type = random.one<Type>(['string', 'long', 'long', 'bool', 'datetime'])
  const of = scalar(random, columns, type)
  return {
    kql: `extend ${name} = ${of.kql}`,
    passes: names(columns),
    apply: (input) => ({
      ...input,
      columns: [...input.columns, { name, type }],
      rows: input.rows.map((row) => ({ ...row, [name]: of.of(row) })),
    }),
  }
}

function project(random: Random, columns: readonly Column[], fresh: () => string): Operator {
  const kept = random.some(columns)
  const name = fresh()
  const type = random.one<Type>(['string', 'long'])
  const of = scalar(random, columns, type)
  return {
    kql: `project ${[...names(kept), `${name} = ${of.kql}`].join(', ')}`,
    passes: names(kept),
    apply: (input) => ({
      ...input,
      unique: names(kept).includes(input.unique ?? '') ? input.unique : undefined,
      columns: [...kept, { name, type }],
      rows: input.rows.map((row) => ({ ...picked(row, names(kept)), [name]: of.of(row) })),
    }),
  }
}

function rename(column: Column, name: string): Operator {
  return {
    kql: `project-rename ${name} = ${column.name}`,
    apply: (input) => ({
      ...input,
      unique: input.unique === column.name ? name : input.unique,
      columns: input.columns.map((each) => (each.name === column.name ? { ...each, name } : each)),
      rows: input.rows.map(({ [column.name]: value, ...rest }) => ({ ...rest, [name]: value ?? null })),
    }),
  }
}

function away(columns: readonly Column[], column: Column): Operator {
  const kept = columns.filter((each) => each !== column)
  return {
    kql: `project-away ${column.name}`,
    passes: names(kept),
    apply: (input) => ({
      ...input,
      unique: input.unique === column.name ? undefined : input.unique,
      columns: kept,
      rows: input.rows.map((row) => picked(row, names(kept))),
    }),
  }
}

function distinct(columns: readonly Column[]): Operator | undefined {
  if (columns.length === 0) return undefined
  return {
    kql: `distinct ${names(columns).join(', ')}`,
    passes: names(columns),
    apply: ({ rows, unique }) => ({
      ...plain(
        columns,
        [...grouped(rows, names(columns)).values()].map(([row]) => picked(row ?? {}, names(columns))),
      ),
      unique: columns.length === 1 ? columns[0]?.name : names(columns).includes(unique ?? '') ? unique : undefined,
    }),
  }
}

/** Sorts by columns of which the last is unique: only then is the order the same every time. */
function sorted(random: Random, input: Relation): Operator | undefined {
  const { unique, columns } = input
  if (unique === undefined) return undefined
  const top = random.chance(0.4) ? random.whole(0, 30) : undefined
  // `top` takes one key only.
  const others = columns.filter((column) => column.type !== 'dynamic' && column.name !== unique)
  const before = top === undefined ? random.some(others, 0).slice(0, 2) : []
  const keys = [...names(before), unique].map((name) => ({ name, way: random.one(['asc', 'desc', '']) }))
  const kql = keys.map(({ name, way }) => `${name} ${way}`.trim()).join(', ')
  return {
    kql: top === undefined ? `sort by ${kql}` : `top ${top} by ${kql}`,
    ...(top === undefined ? { passes: names(columns) } : {}),
    apply: (given) => ({
      ...given,
      ordered: true,
      rows: given.rows
        .toSorted((a, b) => {
          for (const { name, way } of keys) {
            const order = compareValues(a[name] ?? null, b[name] ?? null)
            if (order !== 0) return way === 'asc' ? order : -order
          }
          return 0
        })
        .slice(0, top),
    }),
  }
}

function take(count: number): Operator {
  return { kql: `take ${count}`, apply: (input) => ({ ...input, rows: input.rows.slice(0, count) }) }
}

/** What stands in the row before, or how many rows there are up to this one. */
function beside(random: Random, columns: readonly Column[], name: string): Operator {
  const { name: of, type } = random.one(columns.filter((column) => column.type !== 'dynamic'))
  const numbered = random.chance(0.5)
  return {
    kql: `extend ${name} = ${numbered ? 'row_number()' : `prev(${of})`}`,
    apply: (input) => ({
      ...input,
      columns: [...input.columns, { name, type: numbered ? 'long' : type }],
      rows: input.rows.map((row, at) => ({ ...row, [name]: numbered ? at + 1 : (input.rows[at - 1]?.[of] ?? null) })),
    }),
  }
}

/** Null gives one row, an empty list none. */
function expand(random: Random, columns: readonly Column[]): Operator | undefined {
  const lists = columns.filter((column) => column.type === 'dynamic')
  if (lists.length === 0) return undefined
  const { name } = random.one(lists)
  const others = names(columns).filter((each) => each !== name)
  return {
    kql: `mv-expand ${name} to typeof(string)`,
    passes: others,
    apply: (input) => ({
      ...plain(
        input.columns.map((column) => (column.name === name ? { name, type: 'string' } : column)),
        input.rows.flatMap((row) => {
          const list = row[name] ?? null
          return (Array.isArray(list) ? list : ['']).map((item: Value) => ({ ...row, [name]: `${String(item)}` }))
        }),
      ),
    }),
  }
}

export function picked(row: Row, kept: readonly string[]): Row {
  return Object.fromEntries(kept.map((name) => [name, row[name] ?? null]))
}
