// Owns: response actions: preflight, plan (Kubernetes operations as data), verdict and undo.
// Never: calls a cluster or stores anything; adapters perform the plans.
export * from './words.ts'
export * from './action.ts'
