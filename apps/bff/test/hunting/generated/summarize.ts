import { type Expression, predicate, scalar } from './expressions.ts'
import type { Operator } from './operators.ts'
import type { Random } from './random.ts'
import { type Column, compareValues, grouped, type Row, type Type, type Value } from './relation.ts'

interface Aggregate {
  kql: string
  type: Type
  of(rows: readonly Row[]): Value
}

/** `summarize` with up to three aggregates, by nothing, columns or a calculated key. */
export function summarize(random: Random, columns: readonly Column[], fresh: () => string): Operator {
  const flat = columns.filter((column) => column.type !== 'dynamic')
  const keys = random.chance(0.2) ? [] : random.some(flat).slice(0, 2)
  const calculated = random.chance(0.3) ? { name: fresh(), of: scalar(random, columns, 'long', 1) } : undefined
  const aggregates = Array.from({ length: random.whole(1, 3) }, () => ({
    name: fresh(),
    ...aggregate(random, columns),
  }))
  const by = [...keys.map((key) => key.name), ...(calculated ? [`${calculated.name} = ${calculated.of.kql}`] : [])]
  const keyColumns: Column[] = [...keys, ...(calculated ? [{ name: calculated.name, type: 'long' as const }] : [])]
  const keyNames = keyColumns.map((column) => column.name)
  return {
    kql: `summarize ${aggregates.map(({ name, kql }) => `${name} = ${kql}`).join(', ')}${by.length > 0 ? ` by ${by.join(', ')}` : ''}`,
    ...(by.length > 0 ? { passes: keys.map((key) => key.name) } : {}),
    apply: ({ rows }) => {
      const given = calculated ? rows.map((row) => ({ ...row, [calculated.name]: calculated.of.of(row) })) : rows
      const groups = keyNames.length > 0 ? [...grouped(given, keyNames).values()] : [[...given]]
      return {
        columns: [...keyColumns, ...aggregates],
        ordered: false,
        unique: keyNames.length === 1 ? keyNames[0] : undefined,
        rows: groups.map((group) => ({
          ...Object.fromEntries(keyNames.map((name) => [name, group[0]?.[name] ?? null])),
          ...Object.fromEntries(aggregates.map(({ name, of }) => [name, of(group)])),
        })),
      }
    },
  }
}

function aggregate(random: Random, columns: readonly Column[]): Aggregate {
  const condition = predicate(random, columns, 1)
  const number = scalar(random, columns, 'long', 1)
  const text = scalar(random, columns, 'string', 1)
  const extreme = scalar(random, columns, random.one(['long', 'datetime'] as const), 1)
  return random.one<() => Aggregate>([
    () => ({ kql: 'count()', type: 'long', of: (rows) => rows.length }),
    () => ({
      kql: `countif(${condition.kql})`,
      type: 'long',
      of: (rows) => rows.filter((row) => condition.of(row) === true).length,
    }),
    () => ({ kql: `sum(${number.kql})`, type: 'long', of: (rows) => total(number, rows) }),
    () => ({
      kql: `sumif(${number.kql}, ${condition.kql})`,
      type: 'long',
      of: (rows) =>
        total(
          number,
          rows.filter((row) => condition.of(row) === true),
        ),
    }),
    () => ({ kql: `min(${extreme.kql})`, type: extreme.type, of: (rows) => known(extreme, rows)[0] ?? null }),
    () => ({ kql: `max(${extreme.kql})`, type: extreme.type, of: (rows) => known(extreme, rows).at(-1) ?? null }),
    () => ({ kql: `dcount(${text.kql})`, type: 'long', of: (rows) => new Set(rows.map((row) => text.of(row))).size }),
    () => ({ kql: `array_sort_asc(make_set(${text.kql}))`, type: 'dynamic', of: (rows) => texts(text, rows, true) }),
    () => ({ kql: `array_sort_asc(make_list(${text.kql}))`, type: 'dynamic', of: (rows) => texts(text, rows, false) }),
  ])()
}

function total(of: Expression, rows: readonly Row[]): number {
  return rows.reduce((sum, row) => sum + Number(of.of(row) ?? 0), 0)
}

function known(of: Expression, rows: readonly Row[]): Value[] {
  return rows
    .map((row) => of.of(row))
    .filter((value) => value !== null)
    .sort(compareValues)
}

function texts(of: Expression, rows: readonly Row[], once: boolean): string[] {
  const all = rows.map((row) => String(of.of(row) ?? ''))
  return (once ? [...new Set(all)] : all).sort(compareValues)
}
