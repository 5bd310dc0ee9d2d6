// Owns: the life cycle of alerts and incidents: correlation, severity, names, priority, classification.
// Never: stores, detects, or asks a cluster.
export * from './alert.ts'
export * from './incident.ts'
export * from './words.ts'
