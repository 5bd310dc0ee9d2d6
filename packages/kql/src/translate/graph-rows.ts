import { type Column, columnSql, type Item, kept, type Plan, type Relation } from '../algebra/relation.ts'
import { children, maybe, part, type Syntax } from '../service/syntax.ts'
import { type Context, refuse, Row, Scope } from './context.ts'
import { condition } from './expression.ts'
import { nameOf } from './names.ts'
import type { Scalar } from './scalar.ts'

/** An edge of a pattern: its name, and those of the nodes it leads from and to. */
export interface PatternEdge {
  node: Syntax
  name: string
  from: string
  to: string
}

interface Wanted {
  cycles: 'all' | 'none' | 'unique_edges'
  /** Conditions that all must hold. */
  tests: readonly Syntax[]
  /** What is computed of a match. */
  shown: Syntax
}

const edgeNumber = '$edge'

/**
 * The ways to lay a pattern over a graph, found edge by edge: a row has the ids of the nodes known so far, the numbers of
 * the edges, and those of their properties that are read. Conditions are tested as soon as what they name is known.
 */
export class GraphRows {
  readonly #context: Context
  readonly #wanted: Wanted
  readonly #edges: Relation
  /** Properties that are read, by the name in the pattern. */
  readonly #read: ReadonlyMap<string, ReadonlySet<string>>
  readonly #scope: Scope
  readonly #shared: Plan
  readonly #nodes: Plan | undefined
  /** Names of the pattern that are not known yet. */
  readonly #unknown = new Set<string>()
  /** The column with the id of each known node. */
  readonly #ids = new Map<string, string>()
  readonly #numbers: string[] = []
  #tests: readonly Syntax[]
  #rows: Relation = { plan: { op: 'text', sql: '' }, columns: [], hidden: [], order: [] }

  constructor(context: Context, edges: Relation, wanted: Wanted) {
    this.#context = context
    this.#edges = edges
    this.#wanted = wanted
    this.#tests = wanted.tests
    this.#scope = new Scope(context.scope)
    this.#read = propertiesIn([...wanted.tests, wanted.shown])
    const read = new Set([...this.#read.values()].flatMap((names) => [...names]))
    const { source, target, nodes } = this.#graph
    const columns = edges.columns.filter((column) => read.has(column.name) || column === source || column === target)
    this.#shared = this.#share({
      op: 'project',
      input: edges.plan,
      // All steps must see the same numbers: the rows are made once.
      items: [...kept(columns.map(({ id }) => id)), { id: edgeNumber, sql: 'rowNumberInAllBlocks()' }],
    })
    if (nodes) {
      const properties = nodes.columns.filter((column) => read.has(column.name) || column.id === nodes.id.id)
      const items = kept(properties.map(({ id }) => id))
      this.#nodes = this.#share({ op: 'project', input: nodes.plan, items })
    }
  }

  get #graph() {
    return this.#edges.graph ?? refuse(this.#wanted.shown, 'A pattern needs a graph')
  }

  #share(plan: Plan): Plan {
    return { op: 'shared', name: `$m${this.#context.query.next()}`, plan }
  }

  /** The whole pattern: what may still come. */
  expect(edges: readonly PatternEdge[]): void {
    for (const { name, from, to } of edges) for (const each of [name, from, to]) this.#unknown.add(each)
  }

  /** Whether the edge begins the pattern or touches what is known of it. */
  reaches({ from, to }: PatternEdge): boolean {
    return this.#numbers.length === 0 || this.#ids.has(from) || this.#ids.has(to)
  }

  add(edge: PatternEdge): void {
    const { source, target } = this.#graph
    const id = `$e${this.#context.query.next()}`
    const [start, end] = [`${id}s`, `${id}t`]
    const own: Item[] = [
      { id, sql: columnSql(edgeNumber) },
      { id: start, sql: columnSql(source.id) },
      { id: end, sql: columnSql(target.id) },
      ...this.#properties(edge.name, this.#edges.columns, id),
    ]
    const plan: Plan = { op: 'project', input: this.#shared, items: own }
    const ends: [string, string][] = [
      [edge.from, start],
      ...(edge.to === edge.from ? [] : [[edge.to, end] as [string, string]]),
    ]
    const on = ends.flatMap(([node, column]) => {
      const known = this.#ids.get(node)
      return known === undefined ? [] : [`${columnSql(known)} = ${columnSql(column, '$r')}`]
    })
    if (this.#numbers.length === 0) this.#become(plan, own)
    else this.#join('inner', plan, own, on.join(' AND '))
    if (edge.from === edge.to)
      this.#keep(this.#wanted.cycles === 'none' ? 'false' : `${columnSql(start)} = ${columnSql(end)}`)
    if (this.#wanted.cycles !== 'all')
      for (const other of this.#numbers) this.#keep(`${columnSql(id)} != ${columnSql(other)}`)
    this.#numbers.push(id)
    this.#known(edge.name)
    for (const [node, column] of ends) if (!this.#ids.has(node)) this.#bind(node, column)
  }

  /** The matches, and the context in which the pattern's names stand for what they matched. */
  found(): { relation: Relation; context: Context } {
    return { relation: this.#rows, context: { ...this.#context, scope: this.#scope } }
  }

  #bind(node: string, id: string): void {
    if (this.#wanted.cycles === 'none')
      for (const other of this.#ids.values()) this.#keep(`${columnSql(id)} != ${columnSql(other)}`)
    this.#ids.set(node, id)
    const { nodes, idName, source } = this.#graph
    if (nodes && this.#nodes && this.#read.has(node)) {
      const prefix = `$p${this.#context.query.next()}`
      const key: Item = { id: prefix, sql: columnSql(nodes.id.id) }
      const own = this.#properties(node, nodes.columns, prefix)
      const plan: Plan = { op: 'project', input: this.#nodes, items: [key, ...own] }
      this.#join('left', plan, own, `${columnSql(id)} = ${columnSql(prefix, '$r')}`)
    } else if (idName !== undefined) {
      const value: Scalar = { sql: columnSql(id), type: source.type, nullable: source.nullable }
      this.#scope.set(node, { kind: 'record', values: new Map([[idName, value]]) })
    }
    this.#known(node)
  }

  /** The properties that are read, under ids of their own; from here on `name.property` means them. */
  #properties(name: string, columns: readonly Column[], prefix: string): Item[] {
    const values = new Map<string, Scalar>()
    const read = columns.filter((column) => this.#read.get(name)?.has(column.name))
    const items = read.map((column, index): Item => {
      const id = `${prefix}p${index}`
      values.set(column.name, { sql: columnSql(id), type: column.type, nullable: column.nullable })
      return { id, sql: columnSql(column.id) }
    })
    this.#scope.set(name, { kind: 'record', values })
    return items
  }

  #known(name: string): void {
    this.#unknown.delete(name)
    const ready = this.#tests.filter((test) =>
      [...propertiesIn([test]).keys()].every((each) => !this.#unknown.has(each)),
    )
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

  #join(kind: 'inner' | 'left', right: Plan, added: readonly Item[], on: string): void {
    const items = [...kept(this.#rows.hidden), ...added.map(({ id }) => ({ id, sql: columnSql(id, '$r') }))]
    this.#become({ op: 'join', kind, left: this.#rows.plan, right, on, items }, added)
  }

  #keep(where: string): void {
    this.#rows = { ...this.#rows, plan: { op: 'filter', input: this.#rows.plan, where } }
  }
}

/** What is read of the names in the expressions: `a.b` reads `b` of `a`. */
function propertiesIn(nodes: readonly Syntax[]): Map<string, Set<string>> {
  const read = new Map<string, Set<string>>()
  const visit = (node: Syntax): void => {
    const base = maybe(node, 'Expression')
    if (node.kind === 'PathExpression' && base?.kind === 'NameReference') {
      const properties = read.get(nameOf(base)) ?? new Set<string>()
      read.set(nameOf(base), properties.add(nameOf(part(node, 'Selector'))))
    }
    for (const child of children(node)) visit(child)
  }
  nodes.forEach((node) => visit(node))
  return read
}
