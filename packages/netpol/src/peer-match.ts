import { addressSet, parseCidr } from './address.ts'
import type { Cidr } from './address.ts'
import { MAYBE, YES } from './certainty.ts'
import { ANY_NAMESPACE, matchAddress, matchPods } from './end.ts'
import type { NamespaceScope } from './end.ts'
import { ANY } from './label-selector.ts'
import type { Complain, Selector } from './label-selector.ts'
import { listField, textField } from './read-object.ts'
import type { PeerMatch } from './rule.ts'

const ANY_POD = { namespaces: ANY_NAMESPACE, pods: ANY }

export const ANYONE: PeerMatch = { text: 'anyone', match: () => YES, latent: ANY_POD }

/** A peer that could not be understood: it may be anyone. */
export function doubtfulPeer(text: string): PeerMatch {
  return { text, match: () => MAYBE, latent: ANY_POD }
}

export function podPeer(namespaces: NamespaceScope, pods: Selector): PeerMatch {
  const where = 'name' in namespaces ? `namespace ${namespaces.name}` : `namespaces (${namespaces.selector.text})`
  return {
    text: `pods (${pods.text}) in ${where}`,
    match: (end) => matchPods(end, namespaces, pods),
    latent: { namespaces, pods },
  }
}

/** A peer by address: each block is `{cidr, except}`. A block that cannot be read matches nothing. */
export function blockPeer(blocks: readonly unknown[], complain: Complain): PeerMatch {
  const read = blocks.flatMap((block) => {
    const text = textField(block, 'cidr') ?? ''
    const cidr = parseCidr(text)
    if (!cidr) complain(`malformed CIDR "${text.slice(0, 60)}" (taken to match nothing)`)
    const except = readExceptions(block, complain)
    return cidr ? [{ cidr, except }] : []
  })
  const addresses = addressSet(read)
  return {
    text: blocks.slice(0, 6).map(describe).join(', ') + (blocks.length > 6 ? ' …' : ''),
    match: (end) => matchAddress(end, addresses),
    addresses,
  }
}

function readExceptions(block: unknown, complain: Complain): Cidr[] {
  return (listField(block, 'except') ?? []).flatMap((item) => {
    const hole = typeof item === 'string' ? parseCidr(item) : null
    if (!hole) complain(`malformed CIDR "${String(item).slice(0, 60)}" in except (taken to except nothing)`)
    return hole ? [hole] : []
  })
}

function describe(block: unknown): string {
  const except = (listField(block, 'except') ?? []).map((item) => String(item).slice(0, 60))
  const cidr = (textField(block, 'cidr') ?? '?').slice(0, 60)
  if (except.length === 0) return cidr
  return `${cidr} except ${except.slice(0, 4).join(', ')}${except.length > 4 ? ' …' : ''}`
}
