import { columnSql, type Relation } from '../algebra/relation.ts'
import { ParameterList, type Parameters } from '../algebra/parameters.ts'
import { prune } from '../algebra/prune.ts'
import { orderBy, render } from '../algebra/render.ts'
import type { BoundColumn, Syntax } from '../service/syntax.ts'
import { part } from '../service/syntax.ts'
import { type AddressLookup, type Context, type Query, refuse, Scope } from './context.ts'
import { KqlDiscovery } from './discovery.ts'
import { expression } from './expression.ts'
import { operator } from './operator.ts'
import { declare, queryOf, relate } from './query.ts'
import { notRowWise } from './row-wise.ts'

/** What hunters may read: a relation per table, with the caller's scope in it. */
export interface Catalog {
  names: readonly string[]
  /** The table; `text` writes a text of the scope as SQL. */
  relation(name: string, text: (value: string) => string): Relation | undefined
  /** How addresses are looked up. */
  addresses?: AddressLookup
}

export interface Translation {
  sql: string
  parameters: Parameters
  /** Names and types of the answer, in the order of the SQL's columns. */
  columns: readonly BoundColumn[]
  chart?: { kind: string; properties: Record<string, string> }
  /** Tables it names, once for each time. */
  reads: readonly string[]
  /** Why its rows don't each follow from one stored row alone; null where they do. */
  notRowWise: string | null
}

/**
 * Of 3,800 public hunts one becomes longer; of a thousand, one is longer than 200,000 characters. The engine takes
 * minutes to analyse what is much longer, and its time limit does not end that.
 */
const longestStatement = 400_000

/** SQL of a bound query. Throws `KqlRefusal` for what is not supported, `KqlDiscovery` where data decides the columns. */
export function translate(root: Syntax, catalog: Catalog, now: bigint): Translation {
  const parameters = new ParameterList()
  let number = 0
  const reads: string[] = []
  const query: Query = {
    parameters,
    table(name) {
      const relation = catalog.relation(name, (value) => parameters.text(value))
      if (relation) reads.push(name)
      return relation
    },
    tableNames: () => catalog.names,
    addresses: catalog.addresses ?? { missing: 'there is none here' },
    now,
    options: new Map(),
    next: () => (number += 1),
    evaluate: expression,
    relate,
    declare,
    pipe: pipeOver,
  }
  const context: Context = { query, scope: new Scope() }
  const relation = answered(context, root)
  const items = relation.columns.map((column) => ({ id: column.id, sql: columnSql(column.id) }))
  const read = [...relation.columns, ...relation.order].map(({ id }) => id)
  const rows = render(prune(relation.plan, new Set(read)))
  const select =
    items.length === 0 ? '1 AS `$none`' : items.map((item, index) => `${item.sql} AS \`r${index}\``).join(', ')
  const sql = `SELECT ${select} FROM (${rows}) AS \`$\`${orderBy(relation.order)}`
  if (sql.length > longestStatement)
    return refuse(
      root,
      `The query becomes a statement of ${sql.length.toLocaleString('en-US')} characters; the engine is given at most ${longestStatement.toLocaleString('en-US')}`,
      'several shorter queries, or materialize() what is used again',
    )
  return {
    sql,
    parameters: parameters.values,
    columns: relation.columns.map(({ name, type }) => ({ name, type })),
    ...(query.chart ? { chart: query.chart } : {}),
    reads,
    notRowWise: notRowWise(relation.plan, reads) ?? null,
  }
}

function answered(context: Context, root: Syntax): Relation {
  try {
    return queryOf(context, root)
  } catch (error) {
    if (error instanceof KqlDiscovery) Object.assign(error.parameters, context.query.parameters.values)
    throw error
  }
}

/** The pipeline of `mv-apply`: operators without a source. */
function pipeOver(context: Context, node: Syntax, input: Relation): Relation {
  if (node.kind === 'PipeExpression')
    return operator(context, part(node, 'Operator'), pipeOver(context, part(node, 'Expression'), input))
  return operator(context, node, input)
}
