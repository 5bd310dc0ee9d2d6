import { eventRecorder } from './event-recorder.ts'
import type { ControlPlane, Stop } from './control-plane.ts'
import { kinds } from './resource-kinds.ts'
import { keyOf, splitKey } from './work-queue.ts'

/** Gives Services of type LoadBalancer an address from the cloud's pool (documentation range, stable per Service). */
export function startLoadBalancers(plane: ControlPlane, pool: string[]): Stop {
  const client = plane.component('system:cloud-controller-manager', 'cloud-controller-manager')
  const events = eventRecorder(client, 'service-controller')
  const queue = plane.queue('service-controller', async (key) => {
    const { namespace, name } = splitKey(key)
    const service = plane.api.read('', 'services', namespace, name)
    if (!service || service.metadata.deletionTimestamp || service.spec.type !== 'LoadBalancer') return
    if (service.status?.loadBalancer?.ingress?.length > 0) return
    const taken = new Set(
      plane.api.list('', 'services').map((other) => other.status?.loadBalancer?.ingress?.[0]?.ip as string | undefined),
    )
    const ip = pool.find((address) => !taken.has(address))
    // Like a cloud that has run out of addresses: the Service stays pending.
    if (!ip) return
    await client.patch(
      kinds.service,
      { namespace, name, subresource: 'status' },
      { status: { loadBalancer: { ingress: [{ ip, ipMode: 'VIP' }] } } },
    )
    events.record(service, { type: 'Normal', reason: 'EnsuredLoadBalancer', message: 'Ensured load balancer' })
  })
  const stop = plane.api.watch('', 'services', ({ object }) => queue.add(keyOf(object)))
  for (const service of plane.api.list('', 'services')) queue.add(keyOf(service))
  return () => {
    stop()
    queue.stop()
  }
}
