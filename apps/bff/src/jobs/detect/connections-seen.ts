import type { TelemetryEvent } from '@cordon/telemetry'

const mostPods = 2000
const mostPerPod = 100

/** Connections that sensors saw succeed, per pod uid: what speaks against an isolation. Bounded; in memory only. */
export function createConnectionsSeen() {
  const seen = new Map<string, { time: number; text: string; ip: string; port: number }[]>()
  return {
    observe(events: readonly TelemetryEvent[]): void {
      for (const event of events) {
        if (event.type !== 'connection' || event.result !== 'connected' || !event.pod?.uid) continue
        const list = seen.get(event.pod.uid) ?? []
        seen.delete(event.pod.uid)
        seen.set(event.pod.uid, list)
        const { destination, process, protocol } = event
        list.push({
          time: event.time,
          ip: destination.ip,
          port: destination.port,
          text: `${process.name} connected to ${destination.domain ?? destination.ip}:${destination.port}/${protocol}`,
        })
        if (list.length > mostPerPod) list.shift()
        if (seen.size > mostPods) seen.delete(seen.keys().next().value as string) // never empty here
      }
    },
    since(uid: string, since: Date): { at: string; text: string; ip: string; port: number }[] {
      return (seen.get(uid) ?? [])
        .filter(({ time }) => time > since.getTime())
        .map(({ time, ...seen }) => ({ at: new Date(time).toISOString(), ...seen }))
    },
  }
}
