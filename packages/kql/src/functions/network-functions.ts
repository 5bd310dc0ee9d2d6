import { type Builder, type Call, long, text, truth } from './function.ts'

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

/** The fields of an IPv6 range check, over addresses of both versions. */
function inNetwork6(call: Call, network: string): string {
  const ip = call.reused(0, 'string')
  return `if(isNull(toIPv6OrNull(${ip})), NULL, isIPAddressInRange(${ip}, if(position(${network}, '/') > 0, ${network}, concat(${network}, '/128'))))`
}

/** An address as 8 groups of 4 digits, cut to the smaller of its own prefix and the given one; empty when invalid. */
function canonical6(call: Call, given?: string): string {
  const source = call.reused(0, 'string')
  const host = `splitByChar('/', ${source})[1]`
  const address6 = `toIPv6OrNull(${host})`
  const own = `toInt64OrNull(splitByChar('/', ${source})[2])`
  // The prefix of an address with dots counts within its last 32 bits.
  const dots = `if(position(${host}, '.') > 0, 96, 0)`
  const size = `if(position(${source}, '/') > 0, if(${own} BETWEEN 0 AND 128 - ${dots}, ${own} + ${dots}, NULL), 128)`
  const bits =
    given === undefined
      ? size
      : `if(${given} BETWEEN 0 AND 128, if(${size} < ${given}, ${size}, if(isNull(${size}), NULL, ${given})), NULL)`
  const network = `tupleElement(IPv6CIDRToRange(ifNull(${address6}, toIPv6('::')), toUInt8(ifNull(${bits}, 128))), 1)`
  const groups = `arrayStringConcat(arrayMap(i -> lower(substring(hex(${network}), i * 4 + 1, 4)), range(8)), ':')`
  return `if(isNull(${address6}) OR isNull(${bits}), '', ${groups})`
}

/** Functions over IP addresses. */
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
  parse_ipv6: (call) => text(canonical6(call)),
  parse_ipv6_mask: (call) => text(canonical6(call, call.long(1))),
  ipv6_is_in_range: (call) => truth(inNetwork6(call, call.reused(1, 'string')), true),
  ipv6_is_in_any_range: (call) => {
    const networks =
      call.arg(1).type === 'dynamic'
        ? `arrayMap(x -> JSONExtractString(x), ${call.elements(1)})`
        : `[${call.args
            .slice(1)
            .map((_, index) => call.text(index + 1))
            .join(', ')}]`
    return truth(`arrayExists(n -> ifNull(${inNetwork6(call, 'n')}, false), ${networks})`, true)
  },
}
