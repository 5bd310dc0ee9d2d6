import { LAST_PORT, PROTOCOLS } from './port-match.ts'
import type { PortRange, Protocol } from './rule.ts'

export interface PortInterval {
  protocol: Protocol
  first: number
  last: number
}

/** Splits the ports of each protocol where a rule or a named port begins or ends. */
export function portIntervals(bounds: PortRange[], named: number[]): PortInterval[] {
  return PROTOCOLS.flatMap((protocol) => {
    const starts = new Set([1])
    for (const bound of bounds) {
      if (bound.protocol !== protocol) continue
      starts.add(Math.max(1, bound.first))
      starts.add(bound.last + 1)
    }
    if (protocol === 'TCP') for (const port of named) starts.add(port).add(port + 1)
    const sorted = [...starts].filter((start) => start >= 1 && start <= LAST_PORT).toSorted((a, b) => a - b)
    return sorted.map((first, index) => ({ protocol, first, last: (sorted[index + 1] ?? LAST_PORT + 1) - 1 }))
  })
}

/** Words for a set of ports, neighbours joined: `TCP 80`, `UDP 1000-2000`, `TCP all`, `all ports`. */
export function portTexts(intervals: PortInterval[]): string[] {
  const texts: string[] = []
  let whole = 0
  for (const protocol of PROTOCOLS) {
    const joined: { first: number; last: number }[] = []
    for (const { first, last } of intervals
      .filter((one) => one.protocol === protocol)
      .toSorted((a, b) => a.first - b.first)) {
      const previous = joined.at(-1)
      if (previous && first === previous.last + 1) previous.last = last
      else joined.push({ first, last })
    }
    for (const { first, last } of joined) {
      const all = first === 1 && last === LAST_PORT
      if (all) whole += 1
      texts.push(`${protocol} ${all ? 'all' : first === last ? first : `${first}-${last}`}`)
    }
  }
  return whole === PROTOCOLS.length ? ['all ports'] : texts
}
