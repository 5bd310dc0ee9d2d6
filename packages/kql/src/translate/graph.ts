import { type Column, columnSql, type Graph, kept, type Plan, type Relation } from '../algebra/relation.ts'
import { children, list, maybe, part, type Syntax, token } from '../service/syntax.ts'
import { type Context, refuse, Row } from './context.ts'
import { GraphPlans } from './graph-plans.ts'
import { GraphRows, type PatternEdge } from './graph-rows.ts'
import { absentAsNull, columnOf, conditions } from './join.ts'
import { withCells } from './make-columns.ts'
import { nameOf, parametersOf } from './names.ts'
import { valuesOf } from './project.ts'
import type { Scalar } from './scalar.ts'
import { unite } from './union.ts'

/**
 * `make-graph`: the rows are edges. The nodes are what their ends name, with the columns of the row of `with … on` that
 * has the same id (any one of several), or without properties where there is none.
 */
export function makeGraph(context: Context, node: Syntax, input: Relation): Relation {
  const partitioned = maybe(node, 'PartitionedByClause')
  if (partitioned) return refuse(partitioned, 'make-graph partitioned-by is not supported', 'where keeps one part')
  const [source, target] = ['SourceColumn', 'TargetColumn'].map((end) =>
    columnOf(input, nameOf(part(node, end)), part(node, end)),
  ) as [Column, Column] // one for each
  if (source.type === 'dynamic' || source.type !== target.type)
    return refuse(node, `The ends of edges must have one type that can be compared: ${source.type}, ${target.type}`)
  const clause = maybe(node, 'WithClause')
  const [table, second] = list(clause, 'TablesAndKeys')
  if (second) return refuse(second, 'Nodes from two tables are not supported', 'union them first')
  const graph: Graph = { source, target }
  if (table) graph.nodes = nodesOf(context, table, source)
  else if (clause) graph.idName = nameOf(part(clause, 'Name'))
  return { ...input, graph }
}

function nodesOf(context: Context, node: Syntax, source: Column): NonNullable<Graph['nodes']> {
  const rows = context.query.relate({ ...context, row: undefined }, part(node, 'Table'))
  const id = columnOf(rows, nameOf(part(node, 'Column')), part(node, 'Column'))
  if (id.type !== source.type)
    return refuse(part(node, 'Column'), `The ids of nodes are ${id.type}, those in the edges ${source.type}`)
  const one: Plan = { op: 'limit-by', input: rows.plan, count: '1', by: [id.id], order: [] }
  const columns = rows.columns.map((column) => ({ ...column, nullable: column.type !== 'string' }))
  return { plan: absentAsNull(one, rows, true), columns, id }
}

/**
 * `graph-match`: one row for each way to lay the pattern over the graph. An edge is used once at most (`cycles=all` lifts
 * that), with `cycles=none` a node too. An edge of several steps is asked for length by length. Rules: Kusto's
 * documentation of the operator; that a loop matches an edge of any direction once is ours.
 */
export function graphMatch(context: Context, node: Syntax, input: Relation): Relation {
  const cycles = parametersOf(list(node, 'Parameters'))['cycles'] ?? 'unique_edges'
  if (cycles !== 'all' && cycles !== 'none' && cycles !== 'unique_edges')
    return refuse(node, `cycles=${cycles} is not known`, 'all, none or unique_edges')
  const edges = edgesOf(context, node)
  return matches(context, node, input, { cycles, edges })
}

/**
 * `graph-shortest-paths`: of the ways to lay the pattern that have the same first and last node, those of the fewest
 * steps; one of them, or with `output=all` each.
 */
export function graphShortestPaths(context: Context, node: Syntax, input: Relation): Relation {
  const output = parametersOf(list(node, 'Parameters'))['output'] ?? 'any'
  if (output !== 'any' && output !== 'all') return refuse(node, `output=${output} is not known`, 'any or all')
  if (list(node, 'Patterns').length > 1) return refuse(node, 'A path has one sequence')
  const edges = edgesOf(context, node)
  if (!edges.some(({ isPath }) => isPath)) return refuse(node, 'A shortest path needs an edge of several steps')
  const all = matches(context, node, input, { cycles: 'unique_edges', edges, ends: true })
  const [from, to, steps] = all.columns.slice(-3).map(({ id }) => id) as [string, string, string] // what `ends` adds
  const columns = all.columns.slice(0, -3)
  if (output === 'any') {
    const order = [{ id: steps, descending: false, nullsFirst: false }]
    return { ...all, columns, plan: { op: 'limit-by', input: all.plan, count: '1', by: [from, to], order } }
  }
  const fewest = `min(${columnSql(steps)}) OVER (PARTITION BY ${columnSql(from)}, ${columnSql(to)})`
  const items = [...kept(all.columns.map(({ id }) => id)), { id: '$fewest', sql: fewest }]
  const where = `${columnSql(steps)} = ${columnSql('$fewest')}`
  return { ...all, columns, plan: { op: 'filter', input: { op: 'project', input: all.plan, items }, where } }
}

interface Laying {
  cycles: 'all' | 'none' | 'unique_edges'
  edges: readonly PatternEdge[]
  /** Three columns more: the ids of the first and last node, and the number of steps. */
  ends?: boolean
}

function matches(context: Context, node: Syntax, input: Relation, { cycles, edges, ends }: Laying): Relation {
  if (!input.graph) return refuse(node, 'A pattern needs a graph', '… | make-graph Source --> Target | graph-match …')
  const project = maybe(node, 'ProjectClause')
  if (!project) return refuse(node, 'A pattern needs project')
  const where = maybe(node, 'WhereClause')
  const tests = where ? conditions(part(where, 'Condition')) : []
  const paths = new Set(edges.filter((edge) => edge.isPath).map(({ name }) => name))
  for (const test of tests) noArraysOf(test, paths)
  const graph = new GraphPlans(context, input, input.graph, [...tests, project])
  const found = lengthsOf(node, edges).map((lengths) => {
    const rows = new GraphRows(context, graph, { cycles, tests, edges })
    for (let rest = edges.map((edge, index) => ({ edge, length: lengths[index] ?? 1 })); rest.length > 0;) {
      const next = rest.find(({ edge }) => rows.reaches(edge))
      if (!next) return refuse(rest[0]?.edge.node ?? node, 'The sequences of a pattern must share a node')
      rows.add(next.edge, next.length)
      rest = rest.filter((each) => each !== next)
    }
    const { relation, context: inner } = rows.found()
    const row = new Row(relation, context.query)
    const cells = valuesOf({ ...inner, row }, node, list(project, 'Expressions'))
    if (ends) {
      const steps = lengths.reduce((sum, length) => sum + length, 0)
      const counted: Scalar = { sql: `toInt64(${steps})`, type: 'long', nullable: false }
      const [first, last] = [rows.idOf(edges[0]?.left ?? ''), rows.idOf(edges.at(-1)?.right ?? '')]
      cells.push(...[first, last, counted].map((value, index) => ({ name: `$end${index}`, value })))
    }
    return withCells(context.query, relation, cells, row.plan())
  })
  return found.length === 1 && found[0] ? found[0] : unite(context, found, {})
}

function edgesOf(context: Context, node: Syntax): PatternEdge[] {
  const edges = list(node, 'Patterns').flatMap((pattern) => edgesOfSequence(context, pattern))
  const names = edges.map(({ name }) => name)
  const twice = edges.find(({ name }, index) => names.indexOf(name) !== index)
  return twice ? refuse(twice.node, `Two edges are named ${twice.name}`) : edges
}

function edgesOfSequence(context: Context, pattern: Syntax): PatternEdge[] {
  const elements = list(pattern, 'PatternElements')
  if (elements.length < 3) return refuse(pattern, 'A pattern without an edge is not supported')
  const names = elements.map((element) => {
    const name = maybe(element, 'Name')
    return name ? nameOf(name) : `$n${context.query.next()}`
  })
  return elements.flatMap((element, index): PatternEdge[] => {
    if (element.kind !== 'GraphMatchPatternEdge') return []
    const [first, last] = [token(element, 'FirstToken'), token(element, 'LastToken')]
    const [backward, forward] = [first.startsWith('<'), (last || first).endsWith('>')]
    const range = maybe(element, 'Range')
    return [
      {
        node: element,
        name: names[index] ?? '',
        left: names[index - 1] ?? '',
        right: names[index + 1] ?? '',
        direction: backward === forward ? 'any' : forward ? 'forward' : 'backward',
        isPath: range !== undefined,
        lengths: range ? rangeOf(range) : [1],
      },
    ]
  })
}

function rangeOf(range: Syntax): number[] {
  const [least, most] = ['RangeStart', 'RangeEnd'].map((end) => {
    const text = token(part(range, end), 'Token')
    return /^\d{1,9}$/.test(text) ? Number(text) : refuse(part(range, end), 'The number of steps must be a number')
  }) as [number, number] // one for each
  if (least < 1) return refuse(range, 'A path has at least one step')
  if (most < least) return refuse(range, 'The smaller number of steps stands first')
  if (most > mostSteps) return refuse(range, `A path has at most ${mostSteps} steps`)
  return Array.from({ length: most - least + 1 }, (_, index) => least + index)
}

const mostSteps = 10
const mostStatements = 40

/** Every choice of one length for each edge. */
function lengthsOf(node: Syntax, edges: readonly PatternEdge[]): number[][] {
  const count = edges.reduce((product, { lengths }) => product * lengths.length, 1)
  if (count > mostStatements)
    return refuse(node, `${count} combinations of lengths are asked for; at most ${mostStatements} are possible`)
  return edges.reduce<number[][]>(
    (choices, { lengths }) => choices.flatMap((choice) => lengths.map((length) => [...choice, length])),
    [[]],
  )
}

/** A condition on `path.property` compares an array, and what that means is not documented. */
function noArraysOf(test: Syntax, paths: ReadonlySet<string>): void {
  const base = maybe(test, 'Expression')
  if (test.kind === 'PathExpression' && base?.kind === 'NameReference' && paths.has(nameOf(base)))
    refuse(test, `${nameOf(base)} is a path of several edges`, `all(${nameOf(base)}, …) or any(${nameOf(base)}, …)`)
  for (const child of children(test)) noArraysOf(child, paths)
}
