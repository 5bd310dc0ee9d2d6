/** Pod addresses of one node, taken in order from its subnet; a freed one is used again only after all others. */
export interface PodAddresses {
  /** The pod's address; `wanted` is kept when it is free, so that addresses survive a restart of the lab. */
  assign(podUid: string, wanted?: string): string
  release(podUid: string): void
}

export function podAddresses(subnet: string): PodAddresses {
  const byPod = new Map<string, string>()
  const taken = new Set<string>()
  let last = 3
  const next = () => {
    for (let tries = 0; tries < 251; tries++) {
      last = last >= 254 ? 4 : last + 1
      const address = `${subnet}.${last}`
      if (!taken.has(address)) return address
    }
    throw new Error(`no free pod address in ${subnet}.0/24`)
  }
  return {
    assign(podUid, wanted) {
      const known = byPod.get(podUid)
      if (known) return known
      const address = wanted?.startsWith(`${subnet}.`) && !taken.has(wanted) ? wanted : next()
      byPod.set(podUid, address)
      taken.add(address)
      return address
    },
    release(podUid) {
      taken.delete(byPod.get(podUid) ?? '')
      byPod.delete(podUid)
    },
  }
}
