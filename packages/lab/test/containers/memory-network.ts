import type { ConnectResult, NetworkService, OpenConnection, PodNetwork } from '../../src/ports.ts'

/** A pod network in memory: names map to addresses, every open port is reachable unless blocked. Stands in for the lab's network. */
export class MemoryNetwork implements PodNetwork {
  readonly addresses = new Map<string, string>()
  readonly pods = new Map<string, string>()
  readonly services = new Map<string, NetworkService>()
  readonly open: OpenConnection[] = []
  /** Addresses that swallow packets. */
  readonly silent = new Set<string>()
  #next = 1

  /** A host outside the pods. */
  host(name: string, ip: string, port: number, service: NetworkService): void {
    this.addresses.set(name, ip)
    this.services.set(`${ip}:${port}`, service)
  }

  pod(uid: string, ip: string, ...names: string[]): void {
    this.pods.set(uid, ip)
    for (const name of names) this.addresses.set(name, ip)
  }

  async connect(
    from: { podUid: string } | { node: string },
    to: { host: string; port: number; protocol: 'TCP' | 'UDP' },
  ): Promise<ConnectResult> {
    const ip = this.resolve(from, to.host)
    if (ip === undefined) return { ok: false, reason: 'unknown-host' }
    if (this.silent.has(ip)) return new Promise(() => {})
    const service = this.services.get(`${ip}:${to.port}`)
    if (service === undefined) return { ok: false, reason: 'refused' }
    const podUid = 'podUid' in from ? from.podUid : undefined
    const sourceIP = this.pods.get(podUid ?? '') ?? '192.0.2.1'
    const connection: OpenConnection = {
      id: String(this.#next++),
      from: { ip: sourceIP, podUid },
      to: { ip, port: to.port, host: to.host },
      protocol: to.protocol,
      openedAt: new Date().toISOString(),
      alive: true,
    }
    this.open.push(connection)
    return {
      ok: true,
      connection,
      request: (request) =>
        connection.alive ? service({ ...request, sourceIP, host: to.host }) : Promise.reject(new Error('reset')),
      close: () => {
        connection.alive = false
        this.open.splice(this.open.indexOf(connection), 1)
      },
    }
  }

  listen(podUid: string, port: number, _protocol: 'TCP' | 'UDP', service: NetworkService): () => void {
    const key = `${this.pods.get(podUid)}:${port}`
    this.services.set(key, service)
    return () => this.services.delete(key)
  }

  resolve(_from: { podUid: string } | { node: string }, name: string): string | undefined {
    return /^\d+(\.\d+){3}$/.test(name) ? name : this.addresses.get(name)
  }

  connections(podUid: string): OpenConnection[] {
    return this.open.filter((connection) => connection.from.podUid === podUid)
  }
}
