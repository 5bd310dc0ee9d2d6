// Owns: the life cycle of alerts and incidents: correlation, severity, names, priority, classification.
// Never: stores, detects, or asks a cluster.
export * from './alert.ts'
