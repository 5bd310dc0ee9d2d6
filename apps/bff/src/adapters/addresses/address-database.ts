import { type CityResponse, Reader } from 'mmdb-lib'

/** A network in CIDR notation and where it is: the number of one of `places`, from 1. A type, since rows to store are. */
export type Network = { prefix: string; place: number }

/** The file is none that addresses can be looked up in; the message says why, in words for an analyst. */
export class AddressDatabaseError extends Error {}

/**
 * A database of addresses in MaxMind's DB format, version 2 (GeoLite2 City and Country, DB-IP Lite and others with the
 * same members). `networks` fills `places`: JSON objects as `geo_info_from_ip_address` gives them.
 */
export class AddressDatabase {
  readonly places: string[] = []
  readonly #bytes: Buffer
  readonly #reader: Reader<CityResponse>
  readonly #ids = new Map<string, number>()
  /** Place of each record by what points at it; 0 where the record names none. */
  readonly #known = new Map<number, number>()

  /** Throws `AddressDatabaseError`. */
  constructor(bytes: Buffer) {
    this.#bytes = bytes
    try {
      this.#reader = new Reader<CityResponse>(bytes)
    } catch {
      throw new AddressDatabaseError('it is no MaxMind database, or cut short')
    }
    const { nodeCount, searchTreeSize, ipVersion, binaryFormatMajorVersion } = this.#reader.metadata
    if (binaryFormatMajorVersion !== 2) throw new AddressDatabaseError('it has another version of the format than 2')
    if (!(nodeCount > 0 && searchTreeSize < bytes.length && (ipVersion === 4 || ipVersion === 6)))
      throw new AddressDatabaseError('its header does not fit its size')
  }

  /** Every network with a place, neighbours of one place joined. Throws `AddressDatabaseError` where the file is damaged. */
  *networks(): Generator<Network> {
    const { treeDepth, ipVersion, nodeCount } = this.#reader.metadata
    const base = ipVersion === 6 ? 96 : 0
    const fourRoot = this.#below(base)
    const isNode = fourRoot < nodeCount
    for (const { start, bits, place } of joined(this.#leaves(fourRoot, base, undefined), treeDepth))
      yield { prefix: `${fourText(start)}/${bits - base}`, place }
    if (ipVersion === 6)
      for (const { start, bits, place } of joined(this.#leaves(0, 0, isNode ? fourRoot : undefined), treeDepth))
        yield { prefix: `${sixText(start)}/${bits}`, place }
    if (this.places.length === 0) throw new AddressDatabaseError('it names no countries or cities')
  }

  /** The node below so many zero bits. Addresses of version 4 are below 96 of them in a tree of version 6. */
  #below(bits: number): number {
    const { nodeCount } = this.#reader.metadata
    let node = 0
    for (let bit = 0; bit < bits && node < nodeCount; bit += 1) node = this.#child(node, 0)
    return node
  }

  /**
   * Networks with a place in the order of their addresses. `skipped` is left out wherever it hangs: ranges of version 6
   * that stand for version 4 (6to4, Teredo) point at the same node.
   */
  *#leaves(root: number, depth: number, skipped: number | undefined): Generator<Leaf> {
    const { nodeCount, treeDepth } = this.#reader.metadata
    const open: [node: number, start: bigint, bits: number][] = [[root, 0n, depth]]
    let seen = 0
    for (let next = open.pop(); next; next = open.pop()) {
      const [node, start, bits] = next
      if (node === nodeCount || node === skipped) continue
      if (node > nodeCount) {
        const place = this.#placeOf(node, start)
        if (place > 0) yield { start, bits, place }
        continue
      }
      seen += 1
      // Each node hangs in one place: more of them than there are is a circle.
      if (bits >= treeDepth || seen > nodeCount) throw new AddressDatabaseError('its tree is damaged')
      open.push([this.#child(node, 1), start | (1n << BigInt(treeDepth - bits - 1)), bits + 1])
      open.push([this.#child(node, 0), start, bits + 1])
    }
  }

  /** Where one side of a node leads: another node, the number of nodes for nothing, or a record. */
  #child(node: number, side: 0 | 1): number {
    const { recordSize, nodeByteSize } = this.#reader.metadata
    const at = node * nodeByteSize
    if (recordSize !== 28) return this.#bytes.readUIntBE(at + (side * recordSize) / 8, recordSize / 8)
    const middle = this.#bytes.readUInt8(at + 3)
    return side === 0
      ? ((middle & 0xf0) << 20) | this.#bytes.readUIntBE(at, 3)
      : ((middle & 0x0f) << 24) | this.#bytes.readUIntBE(at + 4, 3)
  }

  #placeOf(pointer: number, address: bigint): number {
    const known = this.#known.get(pointer)
    if (known !== undefined) return known
    const four = this.#reader.metadata.ipVersion === 4 || address < 1n << 32n
    const info = infoOf(this.#record(four ? fourText(address) : sixText(address)))
    const place = info === undefined ? 0 : this.#idOf(info)
    this.#known.set(pointer, place)
    return place
  }

  #record(address: string): unknown {
    try {
      return this.#reader.get(address)
    } catch {
      throw new AddressDatabaseError('its records are damaged')
    }
  }

  #idOf(info: string): number {
    const known = this.#ids.get(info)
    if (known !== undefined) return known
    const id = this.places.push(info)
    this.#ids.set(info, id)
    return id
  }
}

interface Leaf {
  start: bigint
  bits: number
  place: number
}

/** Records differ in more than is shown: the halves of a network become one again where what is shown is the same. */
function* joined(leaves: Iterable<Leaf>, depth: number): Generator<Leaf> {
  let waiting: Leaf[] = []
  let end = 0n
  for (const leaf of leaves) {
    if (waiting[0]?.place !== leaf.place || leaf.start !== end) {
      yield* waiting
      waiting = []
    }
    end = leaf.start + (1n << BigInt(depth - leaf.bits))
    let last = leaf
    for (let left = waiting.at(-1); left?.bits === last.bits && isLeft(left, depth); left = waiting.at(-1)) {
      waiting.pop()
      last = { ...left, bits: left.bits - 1 }
    }
    waiting.push(last)
  }
  yield* waiting
}

/** Whether it is the first half of the network around it. */
function isLeft({ start, bits }: Leaf, depth: number): boolean {
  return bits > 0 && ((start >> BigInt(depth - bits)) & 1n) === 0n
}

function fourText(address: bigint): string {
  const number = Number(address)
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.')
}

function sixText(address: bigint): string {
  return address
    .toString(16)
    .padStart(32, '0')
    .replaceAll(/(.{4})(?=.)/g, '$1:')
}

/**
 * The members of Kusto's function, those that the record has. The state is the most specific subdivision, as in Kusto's
 * own `geoip_fl`.
 */
function infoOf(record: unknown): string | undefined {
  const info = {
    country: nameOf(memberOf(record, 'country')),
    state: nameOf(lastOf(memberOf(record, 'subdivisions'))),
    city: nameOf(memberOf(record, 'city')),
    latitude: numberOf(memberOf(memberOf(record, 'location'), 'latitude')),
    longitude: numberOf(memberOf(memberOf(record, 'location'), 'longitude')),
  }
  return Object.values(info).every((value) => value === undefined) ? undefined : JSON.stringify(info)
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name] // an object that has it
    : undefined
}

function lastOf(value: unknown): unknown {
  return Array.isArray(value) ? value.at(-1) : undefined
}

/** The English name. */
function nameOf(place: unknown): string | undefined {
  const name = memberOf(memberOf(place, 'names'), 'en')
  return typeof name === 'string' && name !== '' ? name.toWellFormed() : undefined
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}
