import { MAYBE, NO, sure } from './certainty.ts'
import type { PortMatch, PortRange, Protocol } from './rule.ts'

export const PROTOCOLS: readonly Protocol[] = ['TCP', 'UDP', 'SCTP']
export const LAST_PORT = 65535

/** A protocol name as the APIs write it; null when it is none of the three that have ports. */
export function readProtocol(value: unknown): Protocol | null {
  return PROTOCOLS.find((protocol) => protocol === value) ?? null
}

export function isPort(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= LAST_PORT
}

/** Ports `first` to `last` of the protocols. */
export function numberedPorts(protocols: readonly Protocol[], first: number, last: number): PortMatch {
  const bounds: PortRange[] = protocols.map((protocol) => ({ protocol, first, last }))
  const range = first <= 1 && last === LAST_PORT ? 'all' : first === last ? String(first) : `${first}-${last}`
  return {
    text: protocols.length === PROTOCOLS.length ? `any protocol ${range}` : `${protocols.join('/')} ${range}`,
    bounds,
    named: false,
    match: (query) => sure(protocols.includes(query.protocol) && query.port >= first && query.port <= last),
  }
}

/**
 * A named port means the port the pod connected to gives that name; other pods' names do not count. A World names TCP
 * ports only, so a name never matches another protocol on a known pod. A pod that is only described may have it.
 */
export function namedPort(protocols: readonly Protocol[], name: string): PortMatch {
  return {
    text: `${protocols.length === PROTOCOLS.length ? 'any protocol' : protocols.join('/')} "${name}"`,
    bounds: [],
    named: true,
    match(query, target) {
      if (!target || !protocols.includes(query.protocol)) return NO
      if (target === 'described') return MAYBE
      const ports = target.pod.ports ?? {}
      return sure(query.protocol === 'TCP' && Object.hasOwn(ports, name) && ports[name] === query.port)
    },
  }
}

/** Ports described by something that is not understood. */
export function doubtfulPorts(text: string): PortMatch {
  return { text, bounds: [], named: false, match: () => MAYBE }
}

export const ALL_PORTS: PortMatch = { text: 'all ports', bounds: [], named: false, match: () => 2 }
