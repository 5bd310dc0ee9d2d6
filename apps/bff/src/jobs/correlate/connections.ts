import { entityKey } from '@cordon/entities'
import type { TelemetryEvent } from '@cordon/telemetry'
import { isIP } from 'node:net'
import type { Deps } from '../../deps.ts'
import { createHostResolver } from './host-resolver.ts'

/** A connection this long before or after an alert makes the other end part of the same attack. */
export const connectionWindowMs = 10 * 60_000
const mostPods = 5000
const mostPeers = 50
const urlHost = /\b(?:https?|ftp|tcp):\/\/(?:[^\s/@]*@)?([a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?)(?=[:/?#\s"'|;)]|$)/gi

/** Pod key → pod keys it spoke with, and when last (epoch ms). */
type PeerState = [pod: string, peers: [pod: string, time: number][]][]

/**
 * Remembers which pods spoke with each other lately: by connection events, and by URLs in command lines where sensors
 * report processes only. Bounded: the pods not heard of for longest are forgotten first.
 */
export function createConnections({ db, log }: Pick<Deps, 'db' | 'log'>) {
  const resolve = createHostResolver(db)
  let peers = new Map<string, Map<string, number>>()

  function note(from: string, to: string, time: number): void {
    const known = peers.get(from) ?? new Map<string, number>()
    peers.delete(from)
    peers.set(from, known)
    known.set(to, Math.max(time, known.get(to) ?? 0))
    if (known.size > mostPeers) known.delete(known.keys().next().value as string) // never empty here
    if (peers.size > mostPods) peers.delete(peers.keys().next().value as string)
  }

  return {
    /** Takes note of what pods of these events connect to. Never rejects: a link is a help, not a duty. */
    async observe(events: readonly TelemetryEvent[]): Promise<void> {
      for (const event of events)
        for (const { pod, namespace, host } of contacts(event))
          try {
            for (const other of await resolve(event.cluster, namespace, host))
              if (other !== pod) {
                note(pod, other, event.time)
                note(other, pod, event.time)
              }
          } catch (error) {
            log.warn({ err: error, host }, 'Cannot tell which pod this host is')
          }
    },
    /** The pods that `pod` spoke with around `time`. */
    around(pod: string, time: number): string[] {
      return [...(peers.get(pod) ?? [])]
        .filter(([, at]) => Math.abs(at - time) <= connectionWindowMs)
        .map(([key]) => key)
    },
    snapshot: (): PeerState => [...peers].map(([pod, known]) => [pod, [...known]]),
    restore(state: PeerState): void {
      peers = new Map(state.map(([pod, known]) => [pod, new Map(known)]))
    },
  }
}

export type Connections = ReturnType<typeof createConnections>

function* contacts(event: TelemetryEvent): Iterable<{ pod: string; namespace: string; host: string }> {
  if ((event.type !== 'process' && event.type !== 'connection') || !event.pod) return
  const { namespace, name } = event.pod
  const pod = entityKey('pod', event.cluster, namespace, name)
  const hosts = new Set<string>()
  if (event.type === 'connection') {
    hosts.add(event.destination.ip)
    if (event.destination.domain) hosts.add(event.destination.domain)
  } else
    for (const [, host] of event.process.commandLine.slice(0, 4096).matchAll(urlHost))
      hosts.add((host ?? '').toLowerCase())
  for (const host of hosts) if (isInCluster(host)) yield { pod, namespace, host }
}

/** Could this be a pod or Service? Public addresses and names can't. */
function isInCluster(host: string): boolean {
  if (isIP(host) === 4)
    return /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/.test(host)
  if (isIP(host) === 6) return /^f[cd]/i.test(host)
  const labels = host.split('.')
  return labels.length <= 2 || labels.includes('svc')
}
