/** The 16 bytes of an address (IPv4 in its IPv6-mapped form); undefined when the text is no address. */
export function addressBytes(text: string): Uint8Array | undefined {
  const zone = text.indexOf('%')
  const address = zone < 0 ? text : text.slice(0, zone)
  return address.includes(':') ? sixBytes(address) : mapped(fourBytes(address))
}

/**
 * A test for membership in a CIDR range, IPv4 or IPv6. An IPv4 range also holds its IPv6-mapped addresses.
 * @throws Error when the range is malformed
 */
export function parseCidr(range: string): (address: string) => boolean {
  const [base, bitsText, rest] = range.split('/')
  const bytes = addressBytes(base ?? '')
  const four = !(base ?? '').includes(':')
  const width = four ? 32 : 128
  const bits = bitsText === undefined ? width : Number(bitsText)
  const digits = bitsText === undefined || /^\d{1,3}$/.test(bitsText)
  if (!bytes || rest !== undefined || !digits || bits > width) throw new Error(`"${range}" is not a CIDR range`)
  const prefix = four ? bits + 96 : bits
  return (address) => {
    const other = addressBytes(address)
    return other !== undefined && samePrefix(bytes, other, prefix)
  }
}

/** Whether two texts are the same address, however written. */
export function compareAddresses(a: string, b: string): boolean {
  const [left, right] = [addressBytes(a), addressBytes(b)]
  return left !== undefined && right !== undefined && samePrefix(left, right, 128)
}

function samePrefix(a: Uint8Array, b: Uint8Array, bits: number): boolean {
  const whole = bits >> 3
  for (let i = 0; i < whole; i++) if (a[i] !== b[i]) return false
  const left = bits & 7
  if (left === 0) return true
  const mask = (0xff << (8 - left)) & 0xff
  return (a[whole]! & mask) === (b[whole]! & mask)
}

function mapped(four: Uint8Array | undefined): Uint8Array | undefined {
  if (!four) return undefined
  const bytes = new Uint8Array(16)
  bytes[10] = bytes[11] = 0xff
  bytes.set(four, 12)
  return bytes
}

function fourBytes(text: string): Uint8Array | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  const bytes = new Uint8Array(4)
  for (const [i, part] of parts.entries()) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return undefined
    bytes[i] = Number(part)
  }
  return bytes
}

function sixBytes(text: string): Uint8Array | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const groups = halves.map((half) => (half === '' ? [] : groupsOf(half)))
  const [head, tail] = groups
  if (!head || (halves.length === 2 && !tail)) return undefined
  const known = head.length + (tail?.length ?? 0)
  if (halves.length === 2 ? known > 7 : known !== 8) return undefined
  const all = [...head, ...Array<number>(8 - known).fill(0), ...(tail ?? [])]
  const bytes = new Uint8Array(16)
  for (const [i, group] of all.entries()) {
    bytes[i * 2] = group >> 8
    bytes[i * 2 + 1] = group & 0xff
  }
  return bytes
}

function groupsOf(half: string): number[] | undefined {
  const groups: number[] = []
  const parts = half.split(':')
  for (const [i, part] of parts.entries()) {
    if (part.includes('.')) {
      const four = i === parts.length - 1 ? fourBytes(part) : undefined
      if (!four) return undefined
      groups.push((four[0]! << 8) | four[1]!, (four[2]! << 8) | four[3]!)
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16))
    else return undefined
  }
  return groups
}
