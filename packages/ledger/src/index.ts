// Owns: the hash chain of the ledger: canonical form, hashing and verification.
// Never: stores entries or knows what they are about.
export * from './canonical.ts'
export * from './chain.ts'
