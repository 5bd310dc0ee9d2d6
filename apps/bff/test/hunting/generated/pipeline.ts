import { joined } from './joins.ts'
import { type Operator, operator, plain } from './operators.ts'
import type { Random } from './random.ts'
import type { Relation } from './relation.ts'
import type { Source } from './sources.ts'

export interface Pipeline {
  table: string
  operators: Operator[]
  answer: Relation
}

const mostRows = 2000

/** A pipeline over one of the sources, now and then joined or united with another pipeline. */
export function pipeline(
  random: Random,
  sources: readonly Source[],
  length = random.whole(1, 6),
  nested = 0,
): Pipeline {
  const { table, narrowed, relation } = random.one(sources)
  const operators: Operator[] = [
    { kql: narrowed, apply: () => relation, passes: relation.columns.map((column) => column.name) },
  ]
  // The first operator renames for some tables, so that a predicate may only pass it where nothing is calculated.
  if (narrowed.includes('=')) delete operators[0]?.passes
  let answer = relation
  let made = 0
  const fresh = (): string => `c${nested}_${(made += 1)}`
  for (let n = 0; n < length; n += 1) {
    const next = nested < 1 && random.chance(0.2) ? combined(random, answer, sources) : operator(random, answer, fresh)
    if (!next) continue
    const after = next.apply(answer)
    if (after.columns.length === 0 || after.rows.length > mostRows) continue
    operators.push(next)
    answer = after
  }
  return { table, operators, answer }
}

function combined(random: Random, left: Relation, sources: readonly Source[]): Operator | undefined {
  const other = pipeline(random, sources, random.whole(0, 3), 1)
  const right = { ...other.answer, ordered: false }
  if (random.chance(0.3)) return united(left, right, kqlOf(other))
  const join = joined(random, left, right)
  if (!join) return undefined
  return { kql: join.kql(kqlOf(other)), apply: () => join.rows, ...(join.passes ? { passes: join.passes } : {}) }
}

/** Rows of both by the names of columns; undefined where one name has two types. */
function united(left: Relation, right: Relation, kql: string): Operator | undefined {
  const added = right.columns.filter((b) => !left.columns.some((a) => a.name === b.name))
  if (right.columns.some((b) => left.columns.some((a) => a.name === b.name && a.type !== b.type))) return undefined
  const columns = [...left.columns, ...added]
  const whole = (row: Relation['rows'][number]): Relation['rows'][number] =>
    Object.fromEntries(columns.map(({ name, type }) => [name, row[name] ?? (type === 'string' ? '' : null)]))
  return { kql: `union (${kql})`, apply: () => plain(columns, [...left.rows, ...right.rows].map(whole)) }
}

export function kqlOf({ table, operators }: Pick<Pipeline, 'table' | 'operators'>): string {
  return [table, ...operators.map((each) => each.kql)].join(' | ')
}

/** Other ways to write the same pipeline: all must have the same answer. */
export function variants(random: Random, { table, operators }: Pipeline): string[] {
  const cut = random.whole(1, operators.length)
  const [head, tail] = [operators.slice(0, cut), operators.slice(cut)]
  const rest = tail.map((each) => ` | ${each.kql}`).join('')
  const split = random.chance(0.5)
    ? kqlOf({ table, operators: head })
    : `materialize(${kqlOf({ table, operators: head })})`
  const all = [`let Head = ${split};\nHead${rest}`]
  const pushed = pushedDown(random, operators)
  if (pushed) all.push(kqlOf({ table, operators: pushed }))
  const parted = inThree(operators)
  if (parted) all.push(kqlOf({ table, operators: parted }))
  return all
}

/** The same with one filter moved before the operators that let it pass, however far it goes. */
function pushedDown(random: Random, operators: readonly Operator[]): Operator[] | undefined {
  const movable = operators.flatMap((each, at) => (at > 0 && mayPass(operators[at - 1], each) ? [at] : []))
  if (movable.length === 0) return undefined
  const order = [...operators]
  let at = random.one(movable)
  for (; at > 0; at -= 1) {
    const [before, moved] = [order[at - 1], order[at]]
    if (!before || !moved || !mayPass(before, moved)) break
    order[at - 1] = moved
    order[at] = before
  }
  return order
}

function mayPass(before: Operator | undefined, moved: Operator): boolean {
  return Boolean(
    moved.condition && before?.passes && moved.condition.uses.every((name) => before.passes?.includes(name)),
  )
}

/** The rows for which a condition is true, of the three kinds it makes of all rows: true, false and null. */
function inThree(operators: readonly Operator[]): Operator[] | undefined {
  const at = operators.findIndex((each) => each.condition)
  const condition = operators[at]?.condition
  if (!condition) return undefined
  const name = 'Kind_'
  const kinds = [
    `extend ${name} = case(isnull(${condition.kql}), 2, ${condition.kql}, 1, 0)`,
    `where ${name} == 1`,
    `project-away ${name}`,
  ]
  return [...operators.slice(0, at), { kql: kinds.join(' | '), apply: (input) => input }, ...operators.slice(at + 1)]
}
