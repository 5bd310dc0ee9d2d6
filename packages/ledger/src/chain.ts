import { createHash } from 'node:crypto'
import { canonicalJson } from './canonical.ts'

/** What one change says of itself, before it is chained. `details` holds from, to and why, in the noun's own words. */
export interface LedgerFacts {
  /** ISO 8601, UTC. */
  at: string
  actor: string
  /** `noun.verb`, e.g. `incident.update`. */
  kind: string
  /** What was changed, e.g. `incident:12`. */
  subject: string
  details: Record<string, unknown>
}

export interface ChainedEntry extends LedgerFacts {
  /** 1, 2, 3 … without gaps. */
  seq: number
  previousHash: string
  hash: string
}

/** What the first entry names as its predecessor. */
export const genesisHash = '0'.repeat(64)

/** Chains `facts` behind `previous` (undefined for the first entry). The hash covers every member but itself. */
export function appendHash(previous: { seq: number; hash: string } | undefined, facts: LedgerFacts): ChainedEntry {
  const unsigned = { ...pick(facts), seq: (previous?.seq ?? 0) + 1, previousHash: previous?.hash ?? genesisHash }
  return { ...unsigned, hash: hashOf(unsigned) }
}

export type ChainVerdict =
  | { ok: true; entries: number; head: { seq: number; hash: string } | undefined }
  | { ok: false; entries: number; seq: number; reason: string }

/**
 * Checks entries in the order given: sequence without gaps, each naming its predecessor's hash, each hash right.
 * `from` is the trusted head to continue from (a checkpoint); without it the chain must begin at its first entry. Stops
 * at the first fault: nothing after it can be trusted. A cut-off tail can only be seen against a checkpoint.
 */
export async function verifyChain(
  entries: Iterable<ChainedEntry> | AsyncIterable<ChainedEntry>,
  from?: { seq: number; hash: string },
): Promise<ChainVerdict> {
  let head = from
  let count = 0
  for await (const entry of entries) {
    const fault = faultOf(entry, head)
    if (fault) return { ok: false, entries: count, seq: entry.seq, reason: fault }
    head = { seq: entry.seq, hash: entry.hash }
    count += 1
  }
  return { ok: true, entries: count, head }
}

function faultOf(entry: ChainedEntry, head: { seq: number; hash: string } | undefined): string | undefined {
  const expected = (head?.seq ?? 0) + 1
  if (entry.seq !== expected) return `Entry ${expected} is missing: ${entry.seq} follows ${head?.seq ?? 'the start'}.`
  if (entry.previousHash !== (head?.hash ?? genesisHash))
    return `Entry ${entry.seq} does not continue the entry before it: one of the two was replaced.`
  if (entry.hash !== hashOfEntry(entry)) return `Entry ${entry.seq} was changed after it was written.`
  return undefined
}

/** What the hash of an entry must be; members beyond those of an entry don't count. */
export function hashOfEntry(entry: ChainedEntry): string {
  return hashOf({ ...pick(entry), seq: entry.seq, previousHash: entry.previousHash })
}

function pick({ at, actor, kind, subject, details }: LedgerFacts): LedgerFacts {
  return { at, actor, kind, subject, details }
}

function hashOf(unsigned: Omit<ChainedEntry, 'hash'>): string {
  return createHash('sha256').update(canonicalJson(unsigned)).digest('hex')
}
