// Owns: the hash chain of the ledger: canonical form, hashing, signed checkpoints, exports and their verification.
// Never: stores entries or keys, or knows what the entries are about.
export * from './canonical.ts'
export * from './chain.ts'
export * from './signing.ts'
export * from './export.ts'
export * from './verify-export.ts'
