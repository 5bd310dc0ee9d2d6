import type { ParameterList } from '../algebra/parameters.ts'
import { columnSql, idsOf, type Item, kept, type Column, type Plan, type Relation } from '../algebra/relation.ts'
import { KqlRefusal } from '../refusal.ts'
import { type Syntax, token } from '../service/syntax.ts'
import type { Scalar } from './scalar.ts'

/** What a name of the query stands for. Functions carry the names where they were declared. */
export type Binding =
  | { kind: 'scalar'; scalar: Scalar }
  | { kind: 'table'; relation: Relation }
  | { kind: 'function'; declaration: Syntax; scope: Scope }
  /** Texts that stand for rows. */
  | { kind: 'pattern'; declaration: Syntax; scope: Scope }
  /** A row kept by a step of `scan`; a node or edge of a graph. */
  | { kind: 'record'; values: ReadonlyMap<string, Scalar>; path?: GraphPath }

/** What an edge of several steps matched: the properties of its edges, and of the nodes between them. */
export interface GraphPath {
  edges: readonly ReadonlyMap<string, Scalar>[]
  nodes: readonly ReadonlyMap<string, Scalar>[]
}

/** Names of the query: `let` statements and parameters; inner ones hide outer ones. */
export class Scope {
  readonly #names = new Map<string, Binding>()
  readonly #outer: Scope | undefined
  constructor(outer?: Scope) {
    this.#outer = outer
  }
  set(name: string, binding: Binding): void {
    this.#names.set(name, binding)
  }
  get(name: string): Binding | undefined {
    return this.#names.get(name) ?? this.#outer?.get(name)
  }
  /** Functions declared as `view`, which wildcards and `search` see like tables. */
  views(): [name: string, view: Extract<Binding, { kind: 'function' }>][] {
    const own = [...this.#names].flatMap(([name, binding]): [string, Extract<Binding, { kind: 'function' }>][] =>
      binding.kind === 'function' && token(binding.declaration, 'ViewKeyword') !== '' ? [[name, binding]] : [],
    )
    return [...(this.#outer?.views().filter(([name]) => !this.#names.has(name)) ?? []), ...own]
  }
}

/**
 * How addresses are looked up: the engine's dictionaries, of each network the number of its place, and of each number the
 * place as JSON; or why there are none.
 */
export type AddressLookup = { networks: string; places: string } | { missing: string }

/** State of one translation. */
export interface Query {
  parameters: ParameterList
  /** Relation of a stored table, its scope applied; undefined for unknown names. */
  table(name: string): Relation | undefined
  tableNames(): readonly string[]
  addresses: AddressLookup
  /** `now()`: ticks since 1970, one value per query. */
  now: bigint
  /** A new number for ids. */
  next(): number
  /** Values of `set` statements. */
  options: Map<string, Scalar>
  /** Chart of the last `render`. */
  chart?: { kind: string; properties: Record<string, string> }
  /** The translators, handed down so that the files of operators and functions need not know each other. */
  evaluate(context: Context, node: Syntax): Scalar
  relate(context: Context, node: Syntax): Relation
  /** A pipeline without a source, over the rows at hand. */
  pipe(context: Context, node: Syntax, input: Relation): Relation
  /** A `let` statement, into the scope of the context. */
  declare(context: Context, node: Syntax): void
}

export interface Context {
  query: Query
  scope: Scope
  /** The row at hand; absent where there is none, as in `print` and `let`. */
  row?: Row
  /** Where aggregates of the expression are collected; absent outside of `summarize` and its like. */
  aggregates?: Aggregates
  /** The expression decides a filter, where false and null are the same. */
  filtering?: boolean
}

/** What is computed below an operator: an expression, or a column that takes a plan of its own. */
type Layer = Item | { id: string; build: (input: Plan, ids: readonly string[]) => Plan }

/** The row that scalar expressions read. Expressions used several times are computed once, below the operator. */
export class Row {
  readonly relation: Relation
  readonly #layers: Layer[] = []
  readonly #known = new Map<string, string>()
  readonly #query: Query

  constructor(relation: Relation, query: Query) {
    this.relation = relation
    this.#query = query
  }

  column(name: string): Column | undefined {
    return this.relation.columns.find((column) => column.name === name)
  }

  /** SQL that may be written several times without computing it again. */
  reuse(sql: string): string {
    if (sql.length < 48 || !sql.includes('(')) return sql
    const known = this.#known.get(sql)
    if (known) return columnSql(known)
    const id = `$v${this.#query.next()}`
    this.#layers.push({ id, sql })
    this.#known.set(sql, id)
    return columnSql(id)
  }

  /** Computes an expression below the operator, whatever its size; for windows over windows. */
  setAside(sql: string, number: number): string {
    const id = `$v${number}`
    this.#layers.push({ id, sql })
    return columnSql(id)
  }

  /** A column that needs more than an expression over the row; `build` keeps the given ids and adds that of the column. */
  setAsideBy(id: string, build: (input: Plan, ids: readonly string[]) => Plan): string {
    this.#layers.push({ id, build })
    return columnSql(id)
  }

  /** The input with what `reuse` set aside computed. */
  plan(input: Plan = this.relation.plan): Plan {
    return this.over(input, idsOf(this.relation))
  }

  /** The same over another input, of which these columns are kept. */
  over(input: Plan, columns: readonly string[]): Plan {
    let plan = input
    const ids = [...columns]
    for (const layer of this.#layers) {
      plan = 'build' in layer ? layer.build(plan, ids) : { op: 'project', input: plan, items: [...kept(ids), layer] }
      ids.push(layer.id)
    }
    return plan
  }
}

/** The aggregates of one operator: each is computed once and read as a column afterwards. */
export class Aggregates {
  readonly items: Item[] = []
  /** The row whose values are aggregated. */
  readonly row: Row
  /** The row of a group: what is made of aggregates is set aside there, above the grouping. */
  readonly group: Row
  readonly #query: Query
  constructor(row: Row, query: Query) {
    this.row = row
    this.group = new Row({ plan: { op: 'text', sql: '' }, columns: [], hidden: [], order: [] }, query)
    this.#query = query
  }
  add(sql: string): string {
    const id = `$a${this.#query.next()}`
    this.items.push({ id, sql })
    return columnSql(id)
  }
}

/** Writes an expression once where it is used several times. */
export function reuse(context: Context, scalar: Scalar): Scalar {
  const sql = context.row?.reuse(scalar.sql) ?? scalar.sql
  return sql === scalar.sql ? scalar : { sql, type: scalar.type, nullable: scalar.nullable }
}

export function refuse(node: Syntax, message: string, hint?: string): never {
  throw new KqlRefusal(message, node.start, node.end, hint)
}
