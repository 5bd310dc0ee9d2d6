import type { ControlPlane, Stop } from './control-plane.ts'
import { startCronJobs } from './cron-job.ts'
import { startDaemonSets } from './daemon-set.ts'
import { startDeployments } from './deployment.ts'
import { startDisruptionBudgets } from './disruption-budgets.ts'
import { startEndpointSlices } from './endpoint-slices.ts'
import { startGarbageCollector } from './garbage-collector.ts'
import { startJobs } from './job.ts'
import { startLeaderElection } from './leader-election.ts'
import { startLoadBalancers } from './load-balancers.ts'
import { startNamespaceLifecycle } from './namespace-lifecycle.ts'
import { startNodeLifecycle } from './node-lifecycle.ts'
import { startReplicaSets } from './replica-set.ts'
import { startScheduler } from './scheduler.ts'
import { startServiceAccounts } from './service-accounts.ts'
import { startStatefulSets } from './stateful-set.ts'
import { startTtlAfterFinished } from './ttl-after-finished.ts'
import { startVolumeBinder } from './volume-binder.ts'

export interface ControllerManagerOptions {
  caPem: string
  /** Public addresses for Services of type LoadBalancer. */
  loadBalancerPool: string[]
  /** CSI driver name of the platform, shown on provisioned volumes. */
  volumeDriver: string
}

/** Starts every controller and the scheduler. */
export function startControllers(plane: ControlPlane, options: ControllerManagerOptions): Stop {
  const stops = [
    startServiceAccounts(plane, options.caPem),
    startNamespaceLifecycle(plane),
    startGarbageCollector(plane),
    startDeployments(plane),
    startReplicaSets(plane),
    startStatefulSets(plane),
    startDaemonSets(plane),
    startJobs(plane),
    startCronJobs(plane),
    startTtlAfterFinished(plane),
    startEndpointSlices(plane),
    startDisruptionBudgets(plane),
    startVolumeBinder(plane, options.volumeDriver),
    startLoadBalancers(plane, options.loadBalancerPool),
    startNodeLifecycle(plane),
    startScheduler(plane),
    startLeaderElection(plane),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}
