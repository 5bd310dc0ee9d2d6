import type { V1Namespace, V1Pod, V1Service, V1ServiceAccount } from '@kubernetes/client-node'
import { runLabel } from './cluster-safety.ts'

export const attackerName = 'cordon-simulation-attacker'
export const victimName = 'cordon-simulation-victim'

export interface SimulationImages {
  attacker: string
  victim: string
}

/** Public images that hold what the scenarios need: Python and the harmless miner; nginx, php-fpm, a web shell and nmap. */
export const defaultImages: SimulationImages = {
  attacker: 'ghcr.io/microsoft/defender-for-cloud/attacksimulation/attacker:latest',
  victim: 'ghcr.io/microsoft/defender-for-cloud/attacksimulation/victim:latest',
}

export interface SimulationObjects {
  namespace: V1Namespace
  serviceAccount: V1ServiceAccount
  pods: V1Pod[]
  services: V1Service[]
}

/** Everything a run creates: two bare pods, a headless Service for each, and the victim's account, which has no rights. */
export function simulationObjects(namespace: string, run: string, images: SimulationImages): SimulationObjects {
  const labels = { [runLabel]: run, 'app.kubernetes.io/part-of': 'cordon-simulation' }
  const pod = (
    name: string,
    container: { image: string; command?: string[] },
    spec: { hostname: string; serviceAccountName?: string },
  ): V1Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { ...labels, name } },
    spec: { ...spec, restartPolicy: 'Never', containers: [{ name: spec.hostname, ...container }] },
  })
  const service = (name: string): V1Service => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels },
    spec: { clusterIP: 'None', selector: { name }, ports: [{ name: 'http', port: 80, targetPort: 80 }] },
  })
  return {
    namespace: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } },
    serviceAccount: {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: victimName, namespace, labels },
      automountServiceAccountToken: true,
    },
    pods: [
      // The image's own command would start an attack by itself; ours are started one by one.
      pod(attackerName, { image: images.attacker, command: ['sleep', 'infinity'] }, { hostname: 'attacker' }),
      pod(victimName, { image: images.victim }, { hostname: 'victim', serviceAccountName: victimName }),
    ],
    services: [service(attackerName), service(victimName)],
  }
}
