// Owns: the endpoint table, wire schemas, problems, the typed client and the OpenAPI document.
// Never: contains behaviour of an endpoint.
export * from './routes.ts'
export * from './scoped-endpoints.ts'
export * from './problem.ts'
export * from './records.ts'
export * from './detection-schemas.ts'
export * from './record-schemas.ts'
export * from './hunting-schemas.ts'
export * from './custom-detection-words.ts'
export * from './custom-detection-schemas.ts'
export * from './schemas.ts'
export * from './client.ts'
export * from './openapi.ts'
