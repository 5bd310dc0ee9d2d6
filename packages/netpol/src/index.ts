// Owns: what Kubernetes, Cilium and Calico network policies let through, and whether a pod is isolated.
// Never: talks to a cluster, creates policies, or claims isolation on something it did not understand.
export * from './world.ts'
export { canConnect, connect } from './can-connect.ts'
export { isolationVerdict, openPaths, selecting, unsupported } from './open-paths.ts'
export type { IsolationVerdict, OpenPath, Unsupported } from './open-paths.ts'
export type { PeerInput } from './resolve-peer.ts'
export type { Direction, PolicyRef } from './rule.ts'
export { viewWorld } from './world-view.ts'
export type { WorldView } from './world-view.ts'
