import { addressBits, prefixLength } from '../functions/network-functions.ts'
import { type Column, columnSql, idsOf, kept, type Plan, type Relation } from '../algebra/relation.ts'
import { render } from '../algebra/render.ts'
import { list, part, type Syntax } from '../service/syntax.ts'
import { cast } from './casts.ts'
import { columnScalar } from './columns.ts'
import { type Context, refuse } from './context.ts'
import { columnOf, joined, type Key, key, shapes } from './join.ts'
import { withCells } from './make-columns.ts'
import { nameOf } from './names.ts'

const networkKey = '$network'

/**
 * `ipv4_lookup(table, address, network, keys…, return_unmatched)`: the rows of the table whose network holds the
 * address, one result each. An address is looked up under the 33 networks that can hold it, so that the join compares
 * for equality.
 */
export function ipv4Lookup(context: Context, node: Syntax, input: Relation): Relation {
  const args = list(part(part(node, 'FunctionCall'), 'ArgumentList'), 'Expressions')
  const [table, address, network, ...rest] = args
  if (!table || !address || !network) return refuse(node, 'ipv4_lookup takes a table, an address and a network')
  const flags = rest.filter((each) => each.kind !== 'NameReference')
  const extras = rest.filter((each) => each.kind === 'NameReference')
  const none = { ...context, row: undefined }
  const unmatched = flags.some((each) => context.query.evaluate(none, each).constant === true)
  const lookup = context.query.relate(none, table)
  const keys = extras.map((each) =>
    key(context, each, [columnOf(input, nameOf(each), each), columnOf(lookup, nameOf(each), each)]),
  )
  const cidr = cast(none, columnScalar(columnOf(lookup, nameOf(network), network)), 'string').sql
  const size = prefixLength(cidr)
  const networks: Plan = {
    op: 'filter',
    input: {
      op: 'project',
      input: lookup.plan,
      items: [...kept(idsOf(lookup)), { id: networkKey, sql: networkSql(cidr, size) }],
    },
    where: `${columnSql(networkKey)} >= 0`,
  }
  const source = cast(none, columnScalar(columnOf(input, nameOf(address), address)), 'string').sql
  const found = foundNetworks(networks, keys, source)
  const element = `$e${context.query.next()}`
  const left: Plan = {
    op: 'expand',
    input: input.plan,
    keep: idsOf(input),
    array: unmatched ? `if(empty(${found}), [toInt64(-1)], ${found})` : found,
    element,
    items: [{ id: networkKey, sql: `\`${element}\`` }],
  }
  const column: Column = { name: networkKey, type: 'long', nullable: false, id: networkKey }
  const own: Key = {
    left: columnScalar(column),
    right: { ...columnScalar(column), sql: columnSql(networkKey, '$r') },
    rightName: networkKey,
  }
  const shape = shapes[unmatched ? 'leftouter' : 'inner'] ?? { kind: 'inner' }
  const result = joined(context, node, {
    shape,
    left: { ...input, plan: left, columns: [...input.columns, column] },
    right: { ...lookup, plan: networks, columns: [...lookup.columns, column] },
    keys: [own, ...keys],
    dropRightKeys: true,
  })
  const visible = result.columns.filter((each) => each.name !== networkKey)
  return withCells(
    context.query,
    result,
    visible.map((each) => ({ name: each.name, column: each })),
    result.plan,
  )
}

/** A network as one number: its bits and its length; -1 for what is none. */
function networkSql(cidr: string, size: string): string {
  return `if(isNull(${addressBits(cidr, size)}) OR ifNull(${size}, 33) > 32, toInt64(-1), toInt64(assumeNotNull(${addressBits(cidr, size)})) * 64 + toInt64(assumeNotNull(${size})))`
}

/** Those networks that hold the address and stand in the table, with the same further keys. */
function foundNetworks(networks: Plan, keys: readonly Key[], source: string): string {
  const right = keys.map((each) => each.right.sql.replaceAll('`$r`.', () => '`$`.'))
  const listed = `SELECT ${[columnSql(networkKey), ...right].join(', ')} FROM (${render(networks)}) AS \`$\``
  const probe = ['toInt64(n)', ...keys.map((each) => each.left.sql)]
  const test = probe.length === 1 ? probe[0] : `(${probe.join(', ')})`
  const candidates = `arrayMap(p -> toInt64(assumeNotNull(${addressBits(source, 'p')})) * 64 + p, range(33))`
  return `if(isNull(${addressBits(source, '32')}), CAST([], 'Array(Int64)'), arrayFilter(n -> ${test} IN (${listed}), CAST(${candidates}, 'Array(Int64)')))`
}
