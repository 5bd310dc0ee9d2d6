// Owns: entity kinds, keys, evidence, relations and the building of graphs from stored facts.
// Never: reads a cluster or a database.
export * from './kinds.ts'
export * from './key.ts'
export * from './evidence.ts'
export * from './graph.ts'
export * from './image-reference.ts'
export { manifestFacts, type Manifest } from './facts/manifest-facts.ts'
export { fact, group } from './facts/fact-list.ts'
export * from './build-graph.ts'
export * from './row-entities.ts'
