/** IPv4 and IPv6 addresses, CIDR blocks and sets of them; everything exact, on integers. */

export type Family = 4 | 6

export interface Address {
  family: Family
  value: bigint
}

export interface Interval {
  first: bigint
  last: bigint
}

export interface Cidr extends Interval {
  family: Family
}

/** Addresses as sorted, disjoint intervals per family. */
export interface AddressSet {
  4: Interval[]
  6: Interval[]
}

const LAST: Record<Family, bigint> = { 4: (1n << 32n) - 1n, 6: (1n << 128n) - 1n }
const MAPPED = 0xffffn << 32n

/** Every address of a family. */
export function wholeFamily(family: Family): Interval {
  return { first: 0n, last: LAST[family] }
}

/**
 * Reads an address; null when it is not one. Leading zeros in IPv4 are refused, because resolvers disagree on whether
 * they mean octal. IPv4-mapped IPv6 is the IPv4 address, as on the wire.
 */
export function parseAddress(text: string): Address | null {
  if (!text.includes(':')) {
    const value = parseV4(text)
    return value === null ? null : { family: 4, value }
  }
  const value = parseV6(text)
  if (value === null) return null
  return value >> 32n === 0xffffn ? { family: 4, value: value - MAPPED } : { family: 6, value }
}

/** Reads `address/length`; host bits are masked away as the API server's parser does. Null when malformed. */
export function parseCidr(text: string): Cidr | null {
  const match = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text)
  if (!match) return null
  const raw = match[1] ?? ''
  let length = Number(match[2])
  let family: Family = raw.includes(':') ? 6 : 4
  let value = family === 6 ? parseV6(raw) : parseV4(raw)
  if (value === null || length > (family === 4 ? 32 : 128)) return null
  if (family === 6 && length >= 96 && value >> 32n === 0xffffn) {
    family = 4
    length -= 96
    value -= MAPPED
  }
  const span = 1n << BigInt((family === 4 ? 32 : 128) - length)
  const first = (value / span) * span
  return { family, first, last: first + span - 1n }
}

function parseV4(text: string): bigint | null {
  const parts = text.split('.')
  if (parts.length !== 4) return null
  let value = 0n
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return null
    value = (value << 8n) | BigInt(part)
  }
  return value
}

function parseV6(text: string): bigint | null {
  let source = text
  const tail = source.slice(source.lastIndexOf(':') + 1)
  if (tail.includes('.')) {
    const v4 = parseV4(tail)
    if (v4 === null) return null
    source = `${source.slice(0, -tail.length)}${(v4 >> 16n).toString(16)}:${(v4 & 0xffffn).toString(16)}`
  }
  const halves = source.split('::')
  if (halves.length > 2) return null
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')))
  const given = groups.reduce((sum, half) => sum + half.length, 0)
  if (halves.length === 1 ? given !== 8 : given > 7) return null
  const head = groups[0] ?? []
  const all = [...head, ...Array.from({ length: 8 - given }, () => '0'), ...(groups[1] ?? [])]
  let value = 0n
  for (const group of all) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return null
    value = (value << 16n) | BigInt(`0x${group}`)
  }
  return value
}

/** The union of blocks, each less its own exceptions: one block's exception takes nothing from another block. */
export function addressSet(blocks: { cidr: Cidr; except: Cidr[] }[]): AddressSet {
  const set: AddressSet = { 4: [], 6: [] }
  for (const { cidr, except } of blocks) set[cidr.family].push(...subtract(cidr, except))
  set[4] = merge(set[4])
  set[6] = merge(set[6])
  return set
}

function subtract(block: Cidr, except: Cidr[]): Interval[] {
  const holes = merge(except.filter((hole) => hole.family === block.family))
  const left: Interval[] = []
  let first = block.first
  for (const hole of holes) {
    if (hole.last < first || hole.first > block.last) continue
    if (hole.first > first) left.push({ first, last: hole.first - 1n })
    first = hole.last + 1n
  }
  if (first <= block.last) left.push({ first, last: block.last })
  return left
}

/** Sorts intervals and joins those that touch. */
export function merge(intervals: Interval[]): Interval[] {
  const sorted = intervals.toSorted((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))
  const out: Interval[] = []
  for (const next of sorted) {
    const previous = out.at(-1)
    if (previous && next.first <= previous.last + 1n) {
      if (next.last > previous.last) previous.last = next.last
    } else out.push({ first: next.first, last: next.last })
  }
  return out
}

export function setHas(set: AddressSet, address: Address): boolean {
  const intervals = set[address.family]
  let low = 0
  let high = intervals.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const interval = intervals[middle]
    if (!interval) return false
    if (address.value < interval.first) high = middle - 1
    else if (address.value > interval.last) low = middle + 1
    else return true
  }
  return false
}

/** Whether the set holds every address of the family; needed where a peer's address is not known. */
export function setHasFamily(set: AddressSet, family: Family): boolean {
  const only = set[family][0]
  return only !== undefined && only.first === 0n && only.last === LAST[family]
}

export function formatAddress(family: Family, value: bigint): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.')
  const groups = Array.from({ length: 8 }, (_, index) => (value >> BigInt(112 - 16 * index)) & 0xffffn)
  let best = { start: 0, length: 0 }
  for (let start = 0; start < 8; start += 1) {
    let length = 0
    while (start + length < 8 && groups[start + length] === 0n) length += 1
    if (length > best.length) best = { start, length }
  }
  const hex = groups.map((group) => group.toString(16))
  if (best.length < 2) return hex.join(':')
  return `${hex.slice(0, best.start).join(':')}::${hex.slice(best.start + best.length).join(':')}`
}

/** An interval as CIDR blocks, or as `first-last` where that would take more than `most` blocks. */
export function formatInterval(family: Family, interval: Interval, most = 8): string[] {
  const bits = family === 4 ? 32 : 128
  const out: string[] = []
  let first = interval.first
  while (first <= interval.last) {
    let length = bits
    while (length > 0) {
      const span = 1n << BigInt(bits - length + 1)
      if (first % span !== 0n || first + span - 1n > interval.last) break
      length -= 1
    }
    out.push(`${formatAddress(family, first)}/${length}`)
    if (out.length > most) return [`${formatAddress(family, interval.first)}-${formatAddress(family, interval.last)}`]
    first += 1n << BigInt(bits - length)
  }
  return out
}
