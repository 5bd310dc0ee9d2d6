import { ApiRefusal, type ComponentClient } from './component-client.ts'
import type { ControlPlane, Stop } from './control-plane.ts'
import { kinds } from './resource-kinds.ts'

/** Renews the leases of scheduler and controller manager: the steady heartbeat of every audit log, at the lab's slow rate. */
export function startLeaderElection(plane: ControlPlane): Stop {
  const holders: [string, ComponentClient][] = ['kube-scheduler', 'kube-controller-manager'].map((name) => [
    name,
    plane.component(`system:${name}`, `${name}/leader-election`),
  ])
  const renewAll = () => {
    for (const [name, client] of holders)
      void renewLease(client, 'kube-system', name, { holder: `control-plane-0_${name}` })
  }
  const first = setTimeout(renewAll, 0)
  const timer = setInterval(renewAll, plane.timing.heartbeatMs)
  return () => {
    clearTimeout(first)
    clearInterval(timer)
  }
}

/** Creates or renews a lease; a failure only means that the next renewal comes. */
export async function renewLease(client: ComponentClient, namespace: string, name: string, lease: { holder: string }) {
  const now = `${new Date().toISOString().slice(0, 23)}000Z`
  const existing = client.api.read('coordination.k8s.io', 'leases', namespace, name)
  try {
    if (existing) {
      await client.update(kinds.lease, { ...existing, spec: { ...existing.spec, renewTime: now } })
      return
    }
    await client.create(kinds.lease, namespace, {
      kind: 'Lease',
      apiVersion: 'coordination.k8s.io/v1',
      metadata: { name, namespace },
      spec: {
        holderIdentity: lease.holder,
        leaseDurationSeconds: 40,
        acquireTime: now,
        renewTime: now,
        leaseTransitions: 0,
      },
    })
  } catch (error) {
    if (!(error instanceof ApiRefusal)) throw error
  }
}
