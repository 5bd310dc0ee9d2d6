import { refuse, reuse } from '../translate/context.ts'
import { columnScalar } from '../translate/columns.ts'
import { nameOf } from '../translate/names.ts'
import { list, part } from '../service/syntax.ts'
import { isBag, json, jsonBag, pairsOf } from './dynamic-functions.ts'
import { type Builder, type Call, dynamic, text, truth } from './function.ts'

/** `$.a.b` as the keys on the way; a plain name is one key. */
function keysOf(path: string): string[] {
  if (!path.startsWith('$.') && !path.startsWith('$[')) return [path]
  return [...path.matchAll(/\.([^.[\]]+)|\[\s*'([^']*)'\s*\]|\[\s*"([^"]*)"\s*\]/g)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? '',
  )
}

/** The keys of a constant path; undefined for a name that is computed per row. */
function pathOf(call: Call, index: number): string[] | undefined {
  const { constant } = call.arg(index)
  return typeof constant === 'string' ? keysOf(constant) : undefined
}

const bagHasKey: Builder = (call) => {
  const value = call.reused(0, 'dynamic')
  const path = pathOf(call, 1)
  const keys = path ? path.map((key) => call.parameter(key)) : [call.text(1)]
  return truth(`if(${isBag(value)}, JSONHas(${[value, ...keys].join(', ')}), NULL)`, true)
}

/** A bag with the value at a path set; bags on the way are made where there are none. */
function withKey(call: Call, bag: string, keys: readonly string[], value: string): string {
  const [key, ...rest] = keys
  const name = call.parameter(key ?? '')
  const inner =
    rest.length === 0
      ? value
      : withKey(call, `if(JSONType(${bag}, ${name}) = 'Object', JSONExtractRaw(${bag}, ${name}), '{}')`, rest, value)
  const known = `JSONExtractKeysAndValuesRaw(${bag})`
  const replaced = `arrayMap(p -> if(p.1 = ${name}, (p.1, ${inner}), p), ${known})`
  return jsonBag(`if(JSONHas(${bag}, ${name}), ${replaced}, arrayPushBack(${known}, (${name}, ${inner})))`)
}

const bagSetKey: Builder = (call) => {
  const value = call.reused(0, 'dynamic')
  const path = pathOf(call, 1)
  if (path && path.length > 4) return refuse(call.node, 'The path has more than four steps')
  if (path) return dynamic(`if(${isBag(value)}, ${withKey(call, `ifNull(${value}, '{}')`, path, json(call, 2))}, NULL)`)
  const kept = `arrayFilter(p -> p.1 != ${call.text(1)}, ${pairsOf(value)})`
  return dynamic(`if(${isBag(value)}, ${jsonBag(`arrayConcat(${kept}, [(${call.text(1)}, ${json(call, 2)})])`)}, NULL)`)
}

function withoutKey(call: Call, bag: string, keys: readonly string[]): string {
  const [key, ...rest] = keys
  const name = call.parameter(key ?? '')
  const known = `JSONExtractKeysAndValuesRaw(${bag})`
  if (rest.length === 0) return jsonBag(`arrayFilter(p -> p.1 != ${name}, ${known})`)
  const inner = withoutKey(call, `JSONExtractRaw(${bag}, ${name})`, rest)
  return `if(JSONType(${bag}, ${name}) = 'Object', ${jsonBag(`arrayMap(p -> if(p.1 = ${name}, (p.1, ${inner}), p), ${known})`)}, ${bag})`
}

const bagRemoveKeys: Builder = (call) => {
  const value = call.reused(0, 'dynamic')
  const { constant } = call.arg(1)
  const paths =
    typeof constant === 'string' ? (JSON.parse(constant) as unknown[]).map((each) => keysOf(String(each))) : undefined // a dynamic literal
  const deep = paths?.filter((path) => path.length > 1) ?? []
  if (deep.length > 4) return refuse(call.node, 'More than four paths cannot be removed at once')
  const keys = paths
    ? `[${paths
        .filter((path) => path.length === 1)
        .map((path) => call.parameter(path[0] ?? ''))
        .join(', ')}]`
    : `arrayMap(x -> JSONExtractString(x), ${call.elements(1)})`
  const flat = jsonBag(`arrayFilter(p -> NOT has(CAST(${keys}, 'Array(String)'), p.1), ${pairsOf(value)})`)
  const all = deep.reduce(
    (bag, path) => withoutKey(call, reuse(call.context, { sql: bag, type: 'dynamic', nullable: false }).sql, path),
    flat,
  )
  return dynamic(`if(${isBag(value)}, ${all}, NULL)`)
}

/** Keys that are no texts fall away with their values. */
const bagZip: Builder = (call) => {
  const [keys, values] = [call.elements(0), call.elements(1)]
  const both = [0, 1].map((index) => `startsWith(ifNull(${call.as(index, 'dynamic').sql}, ''), '[')`)
  const pairs = `arrayMap((k, i) -> (k, if(i <= length(${values}), ${values}[i], 'null')), ${keys}, arrayEnumerate(${keys}))`
  const named = `arrayMap(p -> (JSONExtractString(p.1), p.2), arrayFilter(p -> startsWith(p.1, '"'), ${pairs}))`
  return dynamic(`if(${both[0]}, ${jsonBag(named)}, NULL)`)
}

const packColumns: Builder = (call) => {
  const nodes = list(part(call.node, 'ArgumentList'), 'Expressions')
  const members = nodes.map((node, index) => {
    const column = node.kind === 'NameReference' ? call.context.row?.column(nameOf(node)) : undefined
    if (!column) return refuse(node, 'bag_pack_columns takes columns', 'bag_pack("name", value)')
    return `${call.parameter(`${index > 0 ? ',' : ''}${JSON.stringify(columnScalar(column) && column.name)}:`)}, ${json(call, index)}`
  })
  return dynamic(`concat('{', ${members.join(', ')}, '}')`, false)
}

/** How deep `dynamic_to_json` sorts the keys of values that are not constants. */
const sortedDepth = 4

function sorted(value: string, depth: number): string {
  if (depth === 0) return value
  const [p, x] = [`p${depth}`, `x${depth}`]
  const bag = `concat('{', arrayStringConcat(arrayMap(${p} -> concat(toJSONString(${p}.1), ':', ${sorted(`${p}.2`, depth - 1)}), arraySort(JSONExtractKeysAndValuesRaw(${value}))), ','), '}')`
  const array = `concat('[', arrayStringConcat(arrayMap(${x} -> ${sorted(x, depth - 1)}, JSONExtractArrayRaw(${value})), ','), ']')`
  return `multiIf(startsWith(${value}, '{'), ${bag}, startsWith(${value}, '['), ${array}, ${value})`
}

function sortedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((each) => sortedJson(each)).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${sortedJson(each)}`).join(',')}}`
}

/** Functions over property bags. */
export const bagFunctions: Readonly<Record<string, Builder>> = {
  bag_has_key: bagHasKey,
  bag_set_key: bagSetKey,
  bag_remove_keys: bagRemoveKeys,
  bag_zip: bagZip,
  bag_pack_columns: packColumns,
  dynamic_to_json: (call) => {
    const value = call.as(0, 'dynamic')
    // Numbers beyond 2^53 would lose digits when read here.
    if (typeof value.constant === 'string' && !/\d{16}|\d\.0\b/.test(value.constant))
      return text(call.parameter(sortedJson(JSON.parse(value.constant))))
    return text(sorted(reuse(call.context, { ...value, sql: `ifNull(${value.sql}, '')` }).sql, sortedDepth))
  },
}
