type Value = string | number | { [name: string]: Value } | Value[]
type Node = { sides: [Side, Side]; number: number }
/** A node below, the place of a record in the data, or nothing. */
type Side = Node | { data: number } | undefined

interface Options {
  recordSize?: 24 | 28 | 32
  ipVersion?: 4 | 6
}

/**
 * A MaxMind DB file, after the format's public description: a binary tree over the bits of addresses, the records, and
 * a map about both. Networks of version 4 hang below 96 zero bits; 6to4 addresses (2002::/16) lead to them as in
 * MaxMind's own files.
 */
export function mmdbFile(
  networks: Readonly<Record<string, Value>>,
  { recordSize = 28, ipVersion = 6 }: Options = {},
): Buffer {
  const root = node()
  const data: Buffer[] = []
  let size = 0
  for (const [network, record] of Object.entries(networks)) {
    const bytes = encoded(record)
    put(root, bitsOf(network, ipVersion), { data: size })
    data.push(bytes)
    size += bytes.length
  }
  const four = at(root, '0'.repeat(96))
  if (ipVersion === 6 && four) put(root, bitsOf('2002::/16', 6), four)
  const nodes = numbered(root)
  const about = {
    node_count: nodes.length,
    record_size: recordSize,
    ip_version: ipVersion,
    database_type: 'Test-City',
    languages: ['en'],
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_700_000_000,
    description: { en: 'made by a test' },
  }
  const valueOf = (side: Side): number =>
    side === undefined ? nodes.length : 'data' in side ? nodes.length + 16 + side.data : side.number
  return Buffer.concat([
    ...nodes.map(({ sides }) => pair(valueOf(sides[0]), valueOf(sides[1]), recordSize)),
    Buffer.alloc(16),
    ...data,
    Buffer.from('abcdef4d61784d696e642e636f6d', 'hex'),
    encoded(about),
  ])
}

const node = (): Node => ({ sides: [undefined, undefined], number: -1 })
const isNode = (side: Side): side is Node => side !== undefined && 'sides' in side

function put(root: Node, bits: string, value: Side): void {
  let place = root
  for (const bit of bits.slice(0, -1)) {
    const side = bit === '1' ? 1 : 0
    const next = place.sides[side]
    if (isNode(next)) place = next
    else {
      const made = node()
      // A wider network goes on in what is not cut out of it.
      if (next) made.sides = [next, next]
      place.sides[side] = made
      place = made
    }
  }
  place.sides[bits.endsWith('1') ? 1 : 0] = value
}

function at(root: Node, bits: string): Node | undefined {
  let place: Side = root
  for (const bit of bits) place = isNode(place) ? place.sides[bit === '1' ? 1 : 0] : undefined
  return isNode(place) ? place : undefined
}

function numbered(root: Node): Node[] {
  const nodes: Node[] = []
  const visit = (each: Side): void => {
    if (!isNode(each) || each.number >= 0) return
    each.number = nodes.push(each) - 1
    each.sides.forEach(visit)
  }
  visit(root)
  return nodes
}

/** `1.2.3.0/24` or `2a03:2880::/32`, whose groups before `::` are all it has. */
function bitsOf(network: string, ipVersion: 4 | 6): string {
  const [address = '', bits = '0'] = network.split('/')
  if (!address.includes(':')) {
    const own = address
      .split('.')
      .map((part) => Number(part).toString(2).padStart(8, '0'))
      .join('')
      .slice(0, Number(bits))
    return ipVersion === 6 ? `${'0'.repeat(96)}${own}` : own
  }
  const groups = (address.split('::')[0] ?? '').split(':')
  return groups
    .map((group) => parseInt(group, 16).toString(2).padStart(16, '0'))
    .join('')
    .padEnd(128, '0')
    .slice(0, Number(bits))
}

function pair(left: number, right: number, recordSize: 24 | 28 | 32): Buffer {
  const bytes = Buffer.alloc(recordSize / 4)
  if (recordSize === 28) {
    bytes.writeUIntBE(left & 0xffffff, 0, 3)
    bytes.writeUInt8(((left >>> 24) << 4) | (right >>> 24), 3)
    bytes.writeUIntBE(right & 0xffffff, 4, 3)
    return bytes
  }
  bytes.writeUIntBE(left, 0, recordSize / 8)
  bytes.writeUIntBE(right, recordSize / 8, recordSize / 8)
  return bytes
}

function encoded(value: Value): Buffer {
  if (typeof value === 'string') return Buffer.concat([control(2, Buffer.byteLength(value)), Buffer.from(value)])
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return Buffer.concat([control(6, 4), bytes])
  }
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(8)
    bytes.writeDoubleBE(value)
    return Buffer.concat([control(3, 8), bytes])
  }
  if (Array.isArray(value)) return Buffer.concat([control(11, value.length), ...value.map(encoded)])
  const members = Object.entries(value)
  return Buffer.concat([control(7, members.length), ...members.flatMap(([name, each]) => [name, each].map(encoded))])
}

/** Type and size of a value; types beyond 7 stand in a byte of their own, sizes from 29 too. */
function control(type: number, size: number): Buffer {
  const short = Math.min(size, size < 29 ? size : size < 285 ? 29 : 30)
  const first = type > 7 ? [short, type - 7] : [(type << 5) | short]
  const rest = size < 29 ? [] : size < 285 ? [size - 29] : [(size - 285) >> 8, (size - 285) & 255]
  return Buffer.from([...first, ...rest])
}
