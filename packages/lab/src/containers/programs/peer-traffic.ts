import type { ConnectResult } from '../../ports.ts'
import { connectFailures } from '../kernel/open-path.ts'
import type { Process } from '../kernel/process.ts'
import { Killed } from '../kernel/process.ts'
import { untilAborted } from '../kernel/open-file.ts'

export interface Peer {
  name: string
  host: string
  port: number
  path: string
}

const defaultPorts: Record<string, number> = {
  http: 80,
  https: 443,
  postgres: 5432,
  postgresql: 5432,
  redis: 6379,
  mysql: 3306,
  amqp: 5672,
  mongodb: 27017,
  grpc: 50051,
  kafka: 9092,
  tcp: 80,
}

/** Services a workload talks to, by the usual variables: `X_URL=scheme://host:port`, `X_ADDR=host:port`, `X_HOST` with `X_PORT`. */
export function peersFromEnv(env: ReadonlyMap<string, string>): Peer[] {
  const peers: Peer[] = []
  for (const [name, value] of env) {
    if (name.startsWith('KUBERNETES_') || name === 'HOSTNAME') continue
    const url = /^(\w+):\/\/(?:[^@/]*@)?([\w.-]+)(?::(\d+))?(\/[^\s]*)?$/.exec(value)
    if (url !== null && /(_URL|_URI|_DSN|_ENDPOINT)$/.test(name)) {
      peers.push({ name, host: url[2]!, port: Number(url[3] ?? defaultPorts[url[1]!] ?? 80), path: url[4] ?? '/' })
    }
    const address = /^([\w.-]+):(\d+)$/.exec(value)
    if (address !== null && /_(ADDR|ADDRESS|SERVER|BROKERS)$/.test(name))
      peers.push({ name, host: address[1]!, port: Number(address[2]), path: '/' })
    const port = Number(env.get(name.replace(/_HOST$/, '_PORT')))
    if (name.endsWith('_HOST') && /^[\w.-]+$/.test(value) && port > 0)
      peers.push({ name, host: value, port, path: '/' })
  }
  return peers.slice(0, 16)
}

/**
 * Keeps one connection to each peer open and sends a request over it now and then, for as long as the process lives.
 * A connection the network cuts is noticed, logged and tried again, so that isolation shows.
 */
export async function keepPeersBusy(process: Process): Promise<void> {
  const interval = process.table.parts.peerIntervalMs
  if (interval <= 0) return
  const peers = peersFromEnv(process.env)
  // Nobody waits for this promise. A conversation that cannot go on (the process ended, its limits are spent) just ends.
  await Promise.allSettled(peers.map((peer) => talk(process, peer, interval)))
}

async function talk(process: Process, peer: Peer, interval: number): Promise<void> {
  let open: (ConnectResult & { ok: true }) | undefined
  let failing = false
  const log = (text: string) => process.out(`${process.table.clock.now().toISOString()} ${text}\n`)
  try {
    await process.sleep(interval * (0.1 + Math.random() * 0.2))
    for (;;) {
      if (open === undefined || !open.connection.alive) {
        if (open !== undefined) await log(`ERROR connection to ${peer.host}:${peer.port} lost`)
        open?.close()
        const result = await process.table.connect(process, peer.host, peer.port, 'TCP')
        open = result.ok ? result : undefined
        if (!result.ok && !failing)
          await log(`ERROR cannot reach ${peer.host}:${peer.port}: ${connectFailures[result.reason]}`)
        if (result.ok && failing) await log(`INFO connection to ${peer.host}:${peer.port} restored`)
        failing = !result.ok
      }
      if (open !== undefined) await exchange(process, peer, open)
      await process.sleep(interval * (0.8 + Math.random() * 0.4))
    }
  } finally {
    open?.close()
  }
}

async function exchange(process: Process, peer: Peer, open: ConnectResult & { ok: true }): Promise<void> {
  try {
    await untilAborted(
      open.request({
        method: 'GET',
        path: peer.path,
        headers: { 'User-Agent': process.name, Host: peer.host },
        body: '',
      }),
      process.signal,
    )
  } catch (error) {
    if (error instanceof Killed) throw error
    // a cut connection shows as no longer alive and is reported by the caller
  }
}
