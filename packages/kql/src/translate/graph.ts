import type { Column, Graph, Plan, Relation } from '../algebra/relation.ts'
import { list, maybe, part, type Syntax, token } from '../service/syntax.ts'
import { type Context, refuse, Row } from './context.ts'
import { GraphRows, type PatternEdge } from './graph-rows.ts'
import { absentAsNull, columnOf, conditions } from './join.ts'
import { withCells } from './make-columns.ts'
import { nameOf, parametersOf } from './names.ts'
import { valuesOf } from './project.ts'

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
 * `graph-match` of edges of one step: one row for each way to lay the pattern over the graph. An edge is used once at
 * most (`cycles=all` lifts that), with `cycles=none` a node too. Rules: Kusto's documentation of the operator.
 */
export function graphMatch(context: Context, node: Syntax, input: Relation): Relation {
  if (!input.graph) return refuse(node, 'graph-match needs a graph', '… | make-graph Source --> Target | graph-match …')
  const cycles = parametersOf(list(node, 'Parameters'))['cycles'] ?? 'unique_edges'
  if (cycles !== 'all' && cycles !== 'none' && cycles !== 'unique_edges')
    return refuse(node, `cycles=${cycles} is not known`, 'all, none or unique_edges')
  const project = maybe(node, 'ProjectClause')
  if (!project) return refuse(node, 'graph-match needs project')
  const where = maybe(node, 'WhereClause')
  const rows = new GraphRows(context, input, {
    cycles,
    tests: where ? conditions(part(where, 'Condition')) : [],
    shown: project,
  })
  let rest = list(node, 'Patterns').flatMap((pattern) => edgesOf(context, pattern))
  const names = rest.map(({ name }) => name)
  const twice = rest.find(({ name }, index) => names.indexOf(name) !== index)
  if (twice) return refuse(twice.node, `Two edges are named ${twice.name}`)
  rows.expect(rest)
  while (rest.length > 0) {
    const next = rest.find((edge) => rows.reaches(edge))
    if (!next) return refuse(rest[0]?.node ?? node, 'The sequences of a pattern must share a node')
    rows.add(next)
    rest = rest.filter((edge) => edge !== next)
  }
  const found = rows.found()
  const row = new Row(found.relation, context.query)
  const cells = valuesOf({ ...found.context, row }, node, list(project, 'Expressions'))
  return withCells(context.query, found.relation, cells, row.plan())
}

function edgesOf(context: Context, pattern: Syntax): PatternEdge[] {
  const elements = list(pattern, 'PatternElements')
  if (elements.length < 3) return refuse(pattern, 'A pattern without an edge is not supported')
  const names = elements.map((element) => {
    const name = maybe(element, 'Name')
    return name ? nameOf(name) : `$n${context.query.next()}`
  })
  return elements.flatMap((element, index): PatternEdge[] => {
    if (element.kind !== 'GraphMatchPatternEdge') return []
    const range = maybe(element, 'Range')
    if (range)
      return refuse(range, 'Edges of several steps are not supported', 'one pattern for each length, joined by union')
    const ends: [string, string] = [names[index - 1] ?? '', names[index + 1] ?? '']
    const [first, last] = [token(element, 'FirstToken'), token(element, 'LastToken')]
    const [backward, forward] = [first.startsWith('<'), (last || first).endsWith('>')]
    if (backward === forward)
      return refuse(element, 'An edge needs one direction', 'one pattern for each direction, joined by union')
    const [from, to] = forward ? ends : [ends[1], ends[0]]
    return [{ node: element, name: names[index] ?? '', from, to }]
  })
}
