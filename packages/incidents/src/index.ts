// Owns: the life cycle of alerts and incidents: correlation, severity, names, priority, classification.
// Never: stores, detects, or asks a cluster.
export * from './alert.ts'
export * from './incident.ts'
export * from './words.ts'
export * from './tactics.ts'
export * from './correlation.ts'
export * from './naming.ts'
export * from './priority.ts'
export * from './summary.ts'
export * from './tuning-rule.ts'
export * from './tuning.ts'
export * from './merging.ts'
export * from './tuning-words.ts'
