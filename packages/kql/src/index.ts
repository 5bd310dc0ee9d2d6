// Owns: the Kusto Query Language: parsing and binding by the official language service, and the translation to ClickHouse SQL.
// Never: runs a query, reads a store, or knows of anything but the tables it is given.
export { answerRows, type Cell, fileSelect } from './answer.ts'
export type { Relation } from './algebra/relation.ts'
export { type Compiled, type Completion, type Diagnostic, KqlService, type SchemaTable } from './kql-service.ts'
export {
  eventRelation,
  type Ingested,
  type ReadScope,
  type Reading,
  stateName,
  stateRelation,
  type StateTable,
  type TimeSpan,
} from './event-catalog.ts'
export { featuresOf } from './features.ts'
export { KqlRefusal } from './refusal.ts'
export type { BoundColumn, ScalarType } from './service/syntax.ts'
export { supported } from './supported.ts'
export { datetimeTicks, timespanTicks } from './translate/literals.ts'
export { KqlDiscovery } from './translate/discovery.ts'
export type { AddressLookup } from './translate/context.ts'
export { type Catalog, translate, type Translation } from './translate/translate.ts'
