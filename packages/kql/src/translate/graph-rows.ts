import { type Column, columnSql, type Item, kept, type Plan, type Relation } from '../algebra/relation.ts'
import { arrayOf } from '../functions/path-functions.ts'
import type { Syntax } from '../service/syntax.ts'
import { type Context, Row, Scope } from './context.ts'
import { condition } from './expression.ts'
import { type GraphPlans, patternNamesIn, type Step } from './graph-plans.ts'
import type { Scalar } from './scalar.ts'

/** An edge of a pattern: its name, the names of the nodes on its sides as written, and how many steps it may have. */
export interface PatternEdge {
  node: Syntax
  name: string
  left: string
  right: string
  direction: Step['direction']
  /** It was given a range: its properties are arrays, even for one step. */
  isPath: boolean
  lengths: readonly number[]
}

interface Wanted {
  cycles: 'all' | 'none' | 'unique_edges'
  /** Conditions that all must hold. */
  tests: readonly Syntax[]
  edges: readonly PatternEdge[]
}

type Values = ReadonlyMap<string, Scalar>

/**
 * The ways to lay a pattern over a graph, found step by step: a row has the ids of the nodes known so far, the numbers of
 * the edges, and those of their properties that are read. Conditions are tested as soon as what they name is known.
 */
export class GraphRows {
  readonly #context: Context
  readonly #plans: GraphPlans
  readonly #cycles: Wanted['cycles']
  readonly #scope: Scope
  /** Names of the pattern that are not known yet. */
  readonly #unknown: Set<string>
  /** The column with the id of each known node. */
  readonly #ids = new Map<string, string>()
  readonly #numbers: string[] = []
  #tests: readonly Syntax[]
  #rows: Relation = { plan: { op: 'text', sql: '' }, columns: [], hidden: [], order: [] }

  constructor(context: Context, plans: GraphPlans, { cycles, tests, edges }: Wanted) {
    this.#context = context
    this.#plans = plans
    this.#cycles = cycles
    this.#tests = tests
    this.#scope = new Scope(context.scope)
    this.#unknown = new Set(edges.flatMap(({ name, left, right }) => [name, left, right]))
  }

  /** Whether the edge begins the pattern or touches what is known of it. */
  reaches({ left, right }: PatternEdge): boolean {
    return this.#numbers.length === 0 || this.#ids.has(left) || this.#ids.has(right)
  }

  add(edge: PatternEdge, length: number): void {
    const inner = Array.from({ length: length - 1 }, () => `$n${this.#context.query.next()}`)
    const nodes = [edge.left, ...inner, edge.right]
    const places = Array.from({ length }, (_, index) => index)
    const edges: Values[] = []
    const between = new Map<string, Values>()
    // From the side that is known already.
    const isReversed = !this.#ids.has(edge.left) && this.#ids.has(edge.right)
    for (const place of isReversed ? places.toReversed() : places) {
      const [left, right] = [nodes[place] ?? '', nodes[place + 1] ?? '']
      edges[place] = this.#step(edge, left, right)
      for (const node of inner)
        if (this.#ids.has(node) && !between.has(node)) between.set(node, this.#inner(edge, node))
    }
    const [first] = edges
    if (!edge.isPath && first) this.#scope.set(edge.name, { kind: 'record', values: first })
    else {
      const values = new Map([...(first?.keys() ?? [])].map((name) => [name, this.#array(edge, edges, name)]))
      const path = { edges, nodes: inner.map((node) => between.get(node) ?? new Map<string, Scalar>()) }
      this.#scope.set(edge.name, { kind: 'record', values, path })
    }
    this.#known(edge.name)
  }

  /** The matches, and the context in which the pattern's names stand for what they matched. */
  found(): { relation: Relation; context: Context } {
    return { relation: this.#rows, context: { ...this.#context, scope: this.#scope } }
  }

  /** The id of a node of the pattern. */
  idOf(node: string): Scalar {
    const { type, nullable } = this.#plans.graph.source
    return { sql: columnSql(this.#ids.get(node) ?? ''), type, nullable }
  }

  #array(edge: PatternEdge, edges: readonly Values[], name: string): Scalar {
    const values = edges.flatMap((properties) => properties.get(name) ?? [])
    return arrayOf(this.#context, edge.node, values)
  }

  #step({ name, direction }: PatternEdge, left: string, right: string): Values {
    const id = `$e${this.#context.query.next()}`
    const [start, end] = [`${id}l`, `${id}r`]
    const { items, values } = propertiesUnder(id, this.#plans.readOf(name, this.#plans.columns))
    const plan = this.#plans.step({ id, left: start, right: end, direction, properties: items })
    const sides: [string, string][] = left === right ? [[left, start]] : [[left, start], [right, end]] // prettier-ignore
    const on = sides.flatMap(([node, column]) => {
      const known = this.#ids.get(node)
      return known === undefined ? [] : [`${columnSql(known)} = ${columnSql(column, '$r')}`]
    })
    const added = [...kept([id, start, end]), ...items]
    if (this.#numbers.length === 0) this.#become(plan, added)
    else this.#join('inner', plan, { added, on: on.join(' AND ') })
    if (left === right) this.#keep(this.#cycles === 'none' ? 'false' : `${columnSql(start)} = ${columnSql(end)}`)
    if (this.#cycles !== 'all') for (const other of this.#numbers) this.#keep(`${columnSql(id)} != ${columnSql(other)}`)
    this.#numbers.push(id)
    for (const [node, column] of sides) if (!this.#ids.has(node)) this.#bind(node, column)
    return values
  }

  #bind(node: string, id: string): void {
    if (this.#cycles === 'none')
      for (const other of this.#ids.values()) this.#keep(`${columnSql(id)} != ${columnSql(other)}`)
    this.#ids.set(node, id)
    if (!this.#unknown.has(node)) return
    this.#scope.set(node, {
      kind: 'record',
      values: this.#properties(id, (columns) => this.#plans.readOf(node, columns)),
    })
    this.#known(node)
  }

  /** Properties of a node between the edges of a path. */
  #inner({ name }: PatternEdge, node: string): Values {
    return this.#properties(this.#ids.get(node) ?? '', (columns) => this.#plans.readOf(name, columns, true))
  }

  /** Joins what is read of the node whose id is in the column. */
  #properties(id: string, read: (columns: readonly Column[]) => Column[]): Values {
    const { nodes, idName, source } = this.#plans.graph
    if (!nodes)
      return new Map(
        idName === undefined ? [] : [[idName, { sql: columnSql(id), type: source.type, nullable: source.nullable }]],
      )
    const key = `$p${this.#context.query.next()}`
    const { items, values } = propertiesUnder(key, read(nodes.columns))
    const plan = this.#plans.nodes(key, items)
    if (plan) this.#join('left', plan, { added: items, on: `${columnSql(id)} = ${columnSql(key, '$r')}` })
    return values
  }

  #known(name: string): void {
    this.#unknown.delete(name)
    const ready = this.#tests.filter((test) => patternNamesIn(test).every((each) => !this.#unknown.has(each)))
    this.#tests = this.#tests.filter((test) => !ready.includes(test))
    for (const test of ready) {
      const row = new Row(this.#rows, this.#context.query)
      const where = condition({ ...this.#context, scope: this.#scope, row }, test)
      const filtered: Plan = { op: 'filter', input: row.plan(), where }
      this.#rows = { ...this.#rows, plan: { op: 'project', input: filtered, items: kept(this.#rows.hidden) } }
    }
  }

  #become(plan: Plan, items: readonly Item[]): void {
    this.#rows = { ...this.#rows, plan, hidden: [...this.#rows.hidden, ...items.map(({ id }) => id)] }
  }

  #join(kind: 'inner' | 'left', right: Plan, { added, on }: { added: readonly Item[]; on: string }): void {
    const items = [...kept(this.#rows.hidden), ...added.map(({ id }) => ({ id, sql: columnSql(id, '$r') }))]
    this.#become({ op: 'join', kind, left: this.#rows.plan, right, on, items }, added)
  }

  #keep(where: string): void {
    this.#rows = { ...this.#rows, plan: { op: 'filter', input: this.#rows.plan, where } }
  }
}

/** The columns under ids of their own, and what they are called. */
function propertiesUnder(prefix: string, columns: readonly Column[]): { items: Item[]; values: Values } {
  const values = new Map<string, Scalar>()
  const items = columns.map((column, index): Item => {
    const id = `${prefix}p${index}`
    values.set(column.name, { sql: columnSql(id), type: column.type, nullable: column.nullable })
    return { id, sql: columnSql(column.id) }
  })
  return { items, values }
}
