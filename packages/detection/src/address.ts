import { parseCidr } from '@cordon/sigma'

export type AddressClass = 'loopback' | 'link-local' | 'private' | 'public'

const ranges: [AddressClass, ReturnType<typeof parseCidr>][] = [
  ...['127.0.0.0/8', '::1/128'].map(
    (range) => ['loopback', parseCidr(range)] as [AddressClass, ReturnType<typeof parseCidr>],
  ),
  ...['169.254.0.0/16', 'fe80::/10'].map(
    (range) => ['link-local', parseCidr(range)] as [AddressClass, ReturnType<typeof parseCidr>],
  ),
  // RFC 1918, RFC 6598 (carrier NAT, used for pods by some clouds), RFC 4193
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'].map(
    (range) => ['private', parseCidr(range)] as [AddressClass, ReturnType<typeof parseCidr>],
  ),
]

const isAddress = [parseCidr('0.0.0.0/0'), parseCidr('::/0')]

// The same few addresses come all day; senders may send any, so the memory starts anew when it is full.
const known = new Map<string, AddressClass | undefined>()
const mostKnown = 5000
const longestAddress = 64

/** Which part of the address space an address lies in; undefined when the text is no address. */
export function addressClass(address: string): AddressClass | undefined {
  if (known.has(address)) return known.get(address)
  const found = classify(address)
  if (known.size >= mostKnown) known.clear()
  if (address.length <= longestAddress) known.set(address, found)
  return found
}

function classify(address: string): AddressClass | undefined {
  for (const [name, inside] of ranges) if (inside(address)) return name
  return isAddress.some((inside) => inside(address)) ? 'public' : undefined
}
