// Owns: lab clusters that behave like real Kubernetes: API server, controllers, nodes, pod network, containers, sensors.
// Never: knows who watches or protects the clusters; whatever they need comes in as plain objects.
export { startLab, labClusterNames, type Lab, type LabOptions } from './lab.ts'
export type { ClusterSinks, LabCluster, ServiceAccountName } from './lab-cluster.ts'
export type { LabFaults } from './faults.ts'
export type { RuntimeSink } from './sensor-gate.ts'
export type { Manifest } from './clusters/cluster-spec.ts'
export type { OutsideHost } from './network/outside-hosts.ts'
export type { LabNetwork } from './network/pod-network.ts'
export type { KubeObject } from './ports.ts'
export { startLabProcess, type LabProcess, type LabProcessConfig } from './lab-process.ts'
