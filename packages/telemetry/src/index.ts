// Owns: the event tables (columns, types, docs) and the normalisers from audit, Falco, Tetragon and NDJSON to events and rows.
// Never: stores, detects or fetches anything.
export type * from './event.ts'
