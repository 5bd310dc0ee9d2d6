import { refuse, reuse } from '../translate/context.ts'
import { type Builder, type Call, long, text, truth } from './function.ts'

const hostOf = (value: string): string => `splitByChar('/', ${value})[1]`

/** An address of either version as one number of 128 bits, those of version 4 as `::ffff:…`; null when it is none. */
export function addressNumber(host: string): string {
  return `CAST(toIPv6OrNull(${host}) AS Nullable(UInt128))`
}

/** The length of the prefix among 128 bits: 128 without one, null when it is none. */
export function prefixLength6(value: string): string {
  const own = `toInt64OrNull(splitByChar('/', ${value})[2])`
  // The prefix of an address with dots counts within its last 32 bits.
  const dots = `if(position(${hostOf(value)}, '.') > 0, 96, 0)`
  return `if(position(${value}, '/') > 0, if(${own} BETWEEN 0 AND 128 - ${dots}, ${own} + ${dots}, NULL), 128)`
}

/** The number of a network's address, its prefix left aside. */
export const networkNumber = (value: string): string => addressNumber(hostOf(value))

/** The first bits of a number of 128. The count must be unsigned, or the result has a sign. */
export const firstBits = (number: string, size: string): string => `bitShiftRight(${number}, toUInt8(128 - ${size}))`

/** Whether the network holds the address; null when either can't be read. */
function inNetwork(ip: string, network: string): string {
  const size = prefixLength6(network)
  return `(${firstBits(addressNumber(ip), size)} = ${firstBits(networkNumber(network), size)})`
}

const inAnyNetwork: Builder = (call) => {
  const ip = call.reused(0, 'string')
  const networks =
    call.arg(1).type === 'dynamic'
      ? `arrayMap(x -> JSONExtractString(x), ${call.elements(1)})`
      : `[${call.args
          .slice(1)
          .map((_, index) => call.text(index + 1))
          .join(', ')}]`
  return truth(`arrayExists(n -> ifNull(${inNetwork(ip, 'n')}, false), ${networks})`, true)
}

/** An address as 8 groups of 4 digits, cut to the smaller of its own prefix and the given one; empty when invalid. */
function canonical(call: Call, given?: string): string {
  const source = call.reused(0, 'string')
  const address = `toIPv6OrNull(${hostOf(source)})`
  const size = prefixLength6(source)
  const bits =
    given === undefined
      ? size
      : `if(${given} BETWEEN 0 AND 128, if(${size} < ${given}, ${size}, if(isNull(${size}), NULL, ${given})), NULL)`
  const network = `tupleElement(IPv6CIDRToRange(ifNull(${address}, toIPv6('::')), toUInt8(ifNull(${bits}, 128))), 1)`
  const groups = `arrayStringConcat(arrayMap(i -> lower(substring(hex(${network}), i * 4 + 1, 4)), range(8)), ':')`
  return `if(isNull(${address}) OR isNull(${bits}), '', ${groups})`
}

/** Both addresses cut to the shortest prefix that is given, as numbers; each null when it or a prefix is none. */
function compared(call: Call): [string, string] {
  const values = [call.reused(0, 'string'), call.reused(1, 'string')]
  const given = call.count > 2 ? prefixOf(call) : 128
  const sizes = values.map((value) => once(call, prefixLength6(value)))
  const [a = '', b = ''] = sizes
  const shortest = once(
    call,
    `if(${a} < ${b}, if(${a} < ${given}, ${a}, ${given}), if(${b} < ${given}, ${b}, ${given}))`,
  )
  // Here an address of version 4 may also be written behind `::`.
  const cut = values.map((value) =>
    once(
      call,
      `if(isNull(${a}) OR isNull(${b}), NULL, ${firstBits(addressNumber(`replaceRegexpOne(${hostOf(value)}, '^::([0-9]+[.][0-9.]+)$', '\\\\1')`), shortest)})`,
    ),
  )
  return [cut[0] ?? '', cut[1] ?? '']
}

/** The documentation counts a short prefix among the 32 bits of version 4 or all 128, and doesn't say when. */
function prefixOf(call: Call): number {
  const { constant } = call.arg(2)
  const prefix = typeof constant === 'bigint' ? Number(constant) : -1
  return prefix > 32 && prefix <= 128
    ? prefix
    : refuse(
        call.node,
        'A third value is supported from 33 to 128 only',
        'write the prefix behind an address: "10.0.0.0/8"',
      )
}

function once(call: Call, sql: string): string {
  return reuse(call.context, { sql, type: 'long', nullable: true }).sql
}

const compare: Builder = (call) => {
  const [a, b] = compared(call)
  return long(`multiIf(isNull(${a}) OR isNull(${b}), NULL, ${a} < ${b}, -1, ${a} > ${b}, 1, 0)`, true)
}

const isMatch: Builder = (call) => {
  const [a, b] = compared(call)
  return truth(`${a} = ${b}`, true)
}

/** Functions over addresses of both versions, as numbers of 128 bits. */
export const ipv6Functions: Readonly<Record<string, Builder>> = {
  parse_ipv6: (call) => text(canonical(call)),
  parse_ipv6_mask: (call) => text(canonical(call, call.long(1))),
  ipv6_is_in_range: (call) => truth(inNetwork(call.reused(0, 'string'), call.reused(1, 'string')), true),
  ipv6_is_in_any_range: inAnyNetwork,
  ipv6_compare: compare,
  ipv6_is_match: isMatch,
}
