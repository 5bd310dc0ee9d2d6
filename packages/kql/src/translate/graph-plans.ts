import { type Column, columnSql, type Graph, type Item, kept, type Plan, type Relation } from '../algebra/relation.ts'
import { children, list, maybe, part, type Syntax } from '../service/syntax.ts'
import type { Context } from './context.ts'
import { nameOf } from './names.ts'

const edgeNumber = '$edge'

/** One step along an edge: columns for its number, for the node on each side, and for the edge's properties. */
export interface Step {
  id: string
  left: string
  right: string
  direction: 'forward' | 'backward' | 'any'
  properties: readonly Item[]
}

/** The edges and nodes of a match: computed once for all its steps, with the properties that the match reads. */
export class GraphPlans {
  readonly graph: Graph
  readonly columns: readonly Column[]
  readonly #read: ReadonlyMap<string, ReadonlySet<string>>
  readonly #edges: Plan
  readonly #nodes: Plan | undefined

  constructor(context: Context, edges: Relation, graph: Graph, expressions: readonly Syntax[]) {
    this.graph = graph
    this.columns = edges.columns
    this.#read = propertiesIn(expressions)
    const read = new Set([...this.#read.values()].flatMap((names) => [...names]))
    const { source, target, nodes } = graph
    const share = (plan: Plan): Plan => ({ op: 'shared', name: `$m${context.query.next()}`, plan })
    const columns = edges.columns.filter((column) => read.has(column.name) || column === source || column === target)
    // All steps must see the same numbers.
    const numbered = [...kept(columns.map(({ id }) => id)), { id: edgeNumber, sql: 'rowNumberInAllBlocks()' }]
    this.#edges = share({ op: 'project', input: edges.plan, items: numbered })
    if (!nodes) return
    const properties = nodes.columns.filter((column) => read.has(column.name) || column.id === nodes.id.id)
    this.#nodes = share({ op: 'project', input: nodes.plan, items: kept(properties.map(({ id }) => id)) })
  }

  /** Those of the columns that are read of the name; `inner` for the nodes between the edges of the name. */
  readOf(name: string, columns: readonly Column[], inner = false): Column[] {
    const names = this.#read.get(inner ? innerKey(name) : name)
    return columns.filter((column) => names?.has(column.name))
  }

  step({ id, left, right, direction, properties }: Step): Plan {
    const { source, target } = this.graph
    const items = (start: Column, end: Column): Item[] => [
      { id, sql: columnSql(edgeNumber) },
      { id: left, sql: columnSql(start.id) },
      { id: right, sql: columnSql(end.id) },
      ...properties,
    ]
    const forward: Plan = { op: 'project', input: this.#edges, items: items(source, target) }
    if (direction === 'forward') return forward
    const backward = items(target, source)
    if (direction === 'backward') return { op: 'project', input: this.#edges, items: backward }
    const where = `${columnSql(source.id)} != ${columnSql(target.id)}`
    const ids = kept(backward.map((item) => item.id))
    const back: Plan = { op: 'project', input: { op: 'filter', input: this.#edges, where }, items: backward }
    return { op: 'union', inputs: [forward, back].map((plan) => ({ plan, items: ids })) }
  }

  /** The nodes under the id of a column for their id, with these properties; undefined where they have none. */
  nodes(key: string, properties: readonly Item[]): Plan | undefined {
    const { nodes } = this.graph
    if (!nodes || !this.#nodes || properties.length === 0) return undefined
    return { op: 'project', input: this.#nodes, items: [{ id: key, sql: columnSql(nodes.id.id) }, ...properties] }
  }
}

/** Functions over what a path consists of. */
export const pathFunctions: ReadonlySet<string> = new Set(['all', 'any', 'map'])

const innerKey = (name: string): string => `inner_nodes(${name})`

/** The names of a pattern that the expression reads. */
export function patternNamesIn(expression: Syntax): string[] {
  return [...propertiesIn([expression]).keys()].map((name) => /^inner_nodes\((.*)\)$/s.exec(name)?.[1] ?? name)
}

/** What is read of the names in the expressions: `a.b` reads `b` of `a`, `all(e, c == 1)` reads `c` of each of `e`. */
function propertiesIn(expressions: readonly Syntax[]): Map<string, Set<string>> {
  const read = new Map<string, Set<string>>()
  const add = (name: string, properties: readonly string[]): void => {
    read.set(name, new Set([...(read.get(name) ?? []), ...properties]))
  }
  const visit = (node: Syntax): void => {
    const base = maybe(node, 'Expression')
    if (node.kind === 'PathExpression' && base?.kind === 'NameReference')
      add(nameOf(base), [nameOf(part(node, 'Selector'))])
    const path = pathOf(node)
    if (path) add(path.isInner ? innerKey(path.name) : path.name, namesIn(path.value))
    for (const child of children(node)) visit(child)
  }
  expressions.forEach((node) => visit(node))
  return read
}

/** The path and the expression over its parts in `all(e, …)`, `any(inner_nodes(e), …)`, `map(e, …)`. */
export function pathOf(call: Syntax): { name: string; isInner: boolean; value: Syntax } | undefined {
  if (call.kind !== 'FunctionCallExpression' || !pathFunctions.has(nameOf(part(call, 'Name')))) return undefined
  const [of, value] = list(part(call, 'ArgumentList'), 'Expressions')
  if (!of || !value) return undefined
  if (of.kind === 'NameReference') return { name: nameOf(of), isInner: false, value }
  if (of.kind !== 'FunctionCallExpression' || nameOf(part(of, 'Name')) !== 'inner_nodes') return undefined
  const inner = list(part(of, 'ArgumentList'), 'Expressions')[0]
  return inner?.kind === 'NameReference' ? { name: nameOf(inner), isInner: true, value } : undefined
}

function namesIn(node: Syntax): string[] {
  const inner = children(node).flatMap((child) => namesIn(child))
  return node.kind === 'NameReference' ? [nameOf(node), ...inner] : inner
}
