import type { NetworkRequest } from '../../ports.ts'
import type { Process, Program } from '../kernel/process.ts'
import { keepPeersBusy } from './peer-traffic.ts'
import { serveUntilKilled } from './network-programs.ts'

/** A long-running program that listens, answers in its own way and talks to its peers. */
interface Service {
  ports: number[]
  started: string
  body?: (request: NetworkRequest) => string
}

const json = (request: NetworkRequest) => `{"status":"ok","path":${JSON.stringify(request.path.slice(0, 200))}}`
const metrics = () => '# HELP up 1 while the exporter runs\nup 1\n'

const services: Record<string, Service> = {
  node: { ports: [8080], started: 'listening', body: json },
  java: { ports: [8080], started: 'Started Application in 4.271 seconds', body: json },
  'python-app': { ports: [8000], started: 'worker ready', body: json },
  'go-app': { ports: [8080], started: 'server started', body: json },
  'redis-server': { ports: [6379], started: 'Ready to accept connections tcp', body: () => '+PONG' },
  postgres: { ports: [5432], started: 'database system is ready to accept connections', body: () => 'SELECT 1' },
  mysqld: { ports: [3306], started: 'ready for connections' },
  coredns: { ports: [53], started: 'CoreDNS-1.11.3' },
  node_exporter: { ports: [9100], started: 'Listening on [::]:9100', body: metrics },
  prometheus: { ports: [9090], started: 'Server is ready to receive web requests.', body: metrics },
  'metrics-server': { ports: [10250], started: 'Serving securely on [::]:10250', body: metrics },
  'cilium-agent': { ports: [9962], started: 'Daemon initialization completed', body: metrics },
  'cilium-operator': { ports: [9963], started: 'Leading the operator HA deployment' },
  'aws-k8s-agent': { ports: [61678], started: 'Serving RPC Handler', body: metrics },
  'aws-network-policy-agent': { ports: [8162], started: 'starting manager', body: metrics },
  anetd: { ports: [9990], started: 'Daemon initialization completed', body: metrics },
  flanneld: { ports: [], started: 'Running backend.' },
  'kube-proxy': { ports: [10249], started: 'Caches are synced', body: metrics },
  'calico-node': { ports: [9091], started: 'Felix is ready', body: metrics },
  falco: { ports: [8765], started: 'Opening syscall source with modern BPF probe.' },
  tetragon: { ports: [2112], started: 'Listening for events...' },
  pause: { ports: [], started: '' },
  daemon: { ports: [], started: 'started' },
}

async function run(process: Process, service: Service): Promise<number> {
  if (service.started !== '') await process.out(`${process.table.clock.now().toISOString()} ${service.started}\n`)
  void keepPeersBusy(process)
  const wanted = Number(process.env.get('PORT'))
  const declared = process.table.parts.containerPorts
  const ports = wanted > 0 ? [wanted] : declared.length > 0 && service.ports.length > 0 ? declared : service.ports
  const answer = async (request: NetworkRequest) => ({
    status: 200,
    headers: { 'Content-Type': service.body === json ? 'application/json' : 'text/plain' },
    body: service.body?.(request) ?? '',
  })
  const listening = ports
    .slice(1)
    .map((port) => process.table.parts.network.listen(process.table.parts.podUid, port, 'TCP', answer))
  try {
    if (ports[0] !== undefined) return await serveUntilKilled(process, ports[0], answer)
    for (;;) await process.sleep(3_600_000)
  } finally {
    for (const close of listening) close()
  }
}

export const servicePrograms: [string, Program][] = Object.entries(services).map(([name, service]) => [
  name,
  (process) => run(process, service),
])
