import { type Builder, dynamic, jsonArray, long, truth } from './function.ts'

/** Address and prefix of `10.0.0.0/8`; 32 without a prefix. */
function address(value: string): string {
  return `toIPv4OrNull(splitByChar('/', ${value})[1])`
}

/** The first bits of an address, so many as the length says; null when it can't be read. */
export function addressBits(value: string, length: string): string {
  return `bitShiftRight(toUInt64(toUInt32(${address(value)})), 32 - assumeNotNull(least(32, ifNull(${length}, 32))))`
}

/** The length of the prefix: 32 without one. */
export function prefixLength(value: string): string {
  return `if(position(${value}, '/') > 0, toUInt8OrNull(splitByChar('/', ${value})[2]), 32)`
}

/** Whether the network holds the address; null when either can't be read. */
function inNetwork(ip: string, network: string): string {
  const size = prefixLength(network)
  const bits = (value: string): string => addressBits(value, size)
  return `if(isNull(${address(ip)}) OR isNull(${address(network)}) OR isNull(${size}) OR ${size} > 32, NULL, ${bits(ip)} = ${bits(network)})`
}

const privateNetworks = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16']

const isPrivate: Builder = (call) => {
  const ip = call.reused(0, 'string')
  const tests = privateNetworks.map((network) => inNetwork(ip, `'${network}'`))
  return truth(`if(isNull(${address(ip)}), NULL, ${tests.join(' OR ')})`, true)
}

const inAnyRange: Builder = (call) => {
  const ip = call.reused(0, 'string')
  const networks = call.args
    .slice(1)
    .map((value, index) =>
      value.type === 'dynamic'
        ? `arrayMap(x -> JSONExtractString(x), ${call.elements(index + 1)})`
        : `[${call.text(index + 1)}]`,
    )
  const all = networks.length === 1 ? networks[0] : `arrayConcat(${networks.join(', ')})`
  return truth(`if(isNull(${address(ip)}), NULL, arrayExists(n -> ifNull(${inNetwork(ip, 'n')}, false), ${all}))`, true)
}

const compare: Builder = (call) => {
  const [a, b] = [call.reused(0, 'string'), call.reused(1, 'string')]
  const mask =
    call.count > 2
      ? `least(${prefixLength(a)}, ${prefixLength(b)}, toUInt8(${call.long(2)}))`
      : `least(${prefixLength(a)}, ${prefixLength(b)})`
  const bits = (value: string): string =>
    `bitShiftRight(toUInt64(toUInt32(${address(value)})), 32 - assumeNotNull(ifNull(${mask}, 32)))`
  return long(
    `if(isNull(${address(a)}) OR isNull(${address(b)}), NULL, multiIf(${bits(a)} < ${bits(b)}, -1, ${bits(a)} > ${bits(b)}, 1, 0))`,
    true,
  )
}

const isMatch: Builder = (call) => {
  const result = compare(call)
  return truth(`${result.sql} = 0`, true)
}

/** The networks that together hold the addresses from the first to the last, the largest that fit each time. */
const cidrList: Builder = (call) => {
  const number = (index: number): string => `toUInt64(toUInt32(toIPv4OrNull(${call.reused(index, 'string')})))`
  const [first, last] = [number(0), number(1)]
  const end = `assumeNotNull(ifNull(${last}, 0))`
  // What is left of the range, and how far its first address is divisible.
  const left = `toUInt8(floor(log2(toFloat64(${end} - f.2 + 1))))`
  const even = `if(f.2 = 0, 32, bitCount(bitXor(f.2, toUInt64(f.2 - 1))) - 1)`
  const bits = `toUInt8(least(${left}, ${even}))`
  const network = `concat('"', IPv4NumToString(toUInt32(f.2)), '/', toString(32 - ${bits}), '"')`
  const next = `toUInt64(f.2 + bitShiftLeft(toUInt64(1), ${bits}))`
  const networks = `arrayFold((f, i) -> if(f.2 > ${end}, f, (arrayPushBack(f.1, ${network}), ${next})), range(64), (CAST([], 'Array(String)'), assumeNotNull(ifNull(${first}, toUInt64(0)))))`
  return dynamic(`if(${first} <= ${last}, ${jsonArray(`tupleElement(${networks}, 1)`)}, NULL)`)
}

/** Functions over addresses of version 4. */
export const networkFunctions: Readonly<Record<string, Builder>> = {
  ipv4_is_private: isPrivate,
  ipv4_is_in_range: (call) => truth(inNetwork(call.reused(0, 'string'), call.reused(1, 'string')), true),
  ipv4_is_in_any_range: inAnyRange,
  ipv4_is_match: isMatch,
  ipv4_compare: compare,
  ipv4_netmask_suffix: (call) => long(prefixLength(call.text(0)), true),
  parse_ipv4: (call) => {
    const ip = call.reused(0, 'string')
    const size = prefixLength(ip)
    return long(
      `bitAnd(toUInt64(toUInt32(${address(ip)})), bitShiftLeft(bitShiftRight(toUInt64(4294967295), 32 - assumeNotNull(ifNull(${size}, 32))), 32 - assumeNotNull(ifNull(${size}, 32))))`,
      true,
    )
  },
  parse_ipv4_mask: (call) => {
    const ip = call.reused(0, 'string')
    const [own, asked] = [prefixLength(ip), call.long(1)]
    const size = `if(${own} < ${asked}, ${own}, ${asked})`
    const mask = `bitShiftLeft(bitShiftRight(toUInt64(4294967295), 32 - ${size}), 32 - ${size})`
    return long(
      `if(isNull(${own}) OR ${own} > 32 OR ${asked} BETWEEN 0 AND 32 IS NOT TRUE, NULL, bitAnd(toUInt64(toUInt32(${address(ip)})), ${mask}))`,
      true,
    )
  },
  ipv4_range_to_cidr_list: cidrList,
}
