import { addressNumber, firstBits, networkNumber, prefixLength6 } from '../functions/ipv6-functions.ts'
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

/** How networks of one version of addresses become keys that compare for equality. */
interface Version {
  keyType: 'long' | 'string'
  /** The key of a network; `none` for what is none. */
  network(cidr: string): string
  none: string
  /** The keys of all networks that can hold the address, as an array; empty for what is no address. */
  candidates(address: string): string
}

const versions: Readonly<Record<'ipv4_lookup' | 'ipv6_lookup', Version>> = {
  ipv4_lookup: {
    keyType: 'long',
    none: 'toInt64(-1)',
    network(cidr) {
      const size = prefixLength(cidr)
      const bits = addressBits(cidr, size)
      return `if(isNull(${bits}) OR ifNull(${size}, 33) > 32, toInt64(-1), toInt64(assumeNotNull(${bits})) * 64 + toInt64(assumeNotNull(${size})))`
    },
    candidates: (address) =>
      `if(isNull(${addressBits(address, '32')}), [], CAST(arrayMap(p -> toInt64(assumeNotNull(${addressBits(address, 'p')})) * 64 + p, range(33)), 'Array(Int64)'))`,
  },
  ipv6_lookup: {
    keyType: 'string',
    none: `''`,
    network(cidr) {
      const size = prefixLength6(cidr)
      return `ifNull(concat(toString(${firstBits(networkNumber(cidr), size)}), '/', toString(${size})), '')`
    },
    candidates: (address) =>
      `if(isNull(${addressNumber(address)}), [], arrayMap(p -> assumeNotNull(concat(toString(${firstBits(addressNumber(address), 'p')}), '/', toString(p))), range(129)))`,
  },
}

/**
 * `ipv4_lookup(table, address, network, keys…, return_unmatched)` and `ipv6_lookup`: the rows of the table whose network
 * holds the address, one result each. An address is looked up under all the networks that can hold it, so that the join
 * compares for equality.
 */
export function addressLookup(context: Context, node: Syntax, input: Relation): Relation {
  const plugin = nameOf(part(part(node, 'FunctionCall'), 'Name')) === 'ipv6_lookup' ? 'ipv6_lookup' : 'ipv4_lookup'
  const version = versions[plugin]
  const args = list(part(part(node, 'FunctionCall'), 'ArgumentList'), 'Expressions')
  const [table, address, network, ...rest] = args
  if (!table || !address || !network) return refuse(node, `${plugin} takes a table, an address and a network`)
  const flags = rest.filter((each) => each.kind !== 'NameReference')
  const extras = rest.filter((each) => each.kind === 'NameReference')
  const none = { ...context, row: undefined }
  const unmatched = flags.some((each) => context.query.evaluate(none, each).constant === true)
  const lookup = context.query.relate(none, table)
  const clash = input.columns.find((each) => lookup.columns.some((other) => other.name === each.name))
  if (plugin === 'ipv6_lookup' && (clash || extras[0]))
    return refuse(
      extras[0] ?? table,
      `${plugin} takes a table without columns of the input's names, and no further keys`,
    )
  const keys = extras.map((each) =>
    key(context, each, [columnOf(input, nameOf(each), each), columnOf(lookup, nameOf(each), each)]),
  )
  const cidr = cast(none, columnScalar(columnOf(lookup, nameOf(network), network)), 'string').sql
  const networks: Plan = {
    op: 'filter',
    input: {
      op: 'project',
      input: lookup.plan,
      items: [...kept(idsOf(lookup)), { id: networkKey, sql: version.network(cidr) }],
    },
    where: `${columnSql(networkKey)} != ${version.none}`,
  }
  const source = cast(none, columnScalar(columnOf(input, nameOf(address), address)), 'string').sql
  const found = foundNetworks(networks, keys, version.candidates(source))
  const element = `$e${context.query.next()}`
  const left: Plan = {
    op: 'expand',
    input: input.plan,
    keep: idsOf(input),
    array: unmatched ? `if(empty(${found}), [${version.none}], ${found})` : found,
    element,
    items: [{ id: networkKey, sql: `\`${element}\`` }],
  }
  const column: Column = { name: networkKey, type: version.keyType, nullable: false, id: networkKey }
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
  // Microsoft's engine gives the columns of the lookup first with version 6.
  if (plugin === 'ipv6_lookup') visible.push(...visible.splice(0, input.columns.length))
  return withCells(
    context.query,
    result,
    visible.map((each) => ({ name: each.name, column: each })),
    result.plan,
  )
}

/** Those of the keys that stand in the table, with the same further keys. */
function foundNetworks(networks: Plan, keys: readonly Key[], candidates: string): string {
  const right = keys.map((each) => each.right.sql.replaceAll('`$r`.', () => '`$`.'))
  const listed = `SELECT ${[columnSql(networkKey), ...right].join(', ')} FROM (${render(networks)}) AS \`$\``
  const probe = ['n', ...keys.map((each) => each.left.sql)]
  const test = probe.length === 1 ? probe[0] : `(${probe.join(', ')})`
  return `arrayFilter(n -> ${test} IN (${listed}), ${candidates})`
}
