import { createHash } from 'node:crypto'
import { canonicalJson } from './canonical.ts'
import type { ChainedEntry } from './chain.ts'
import type { Checkpoint, Head, Signer } from './signing.ts'

/** First line of an export. */
export interface ExportHeader {
  type: 'header'
  format: 'cordon-ledger'
  version: 1
  exportedAt: string
  exportedBy: string
  /** What the first entry names as its predecessor: the genesis hash at seq 0, or the entry before the range. */
  from: Head
  /** Every key that signed a checkpoint in it and the one that sealed it, PEM. */
  publicKeys: string[]
}

/** Last line: signs every byte before it. */
export interface ExportSeal {
  type: 'seal'
  entries: number
  head: Head
  keyId: string
  /** Of all bytes before this line. */
  sha256: string
  signature: string
}

export type ExportLine =
  | ExportHeader
  | ({ type: 'entry' } & ChainedEntry)
  | ({ type: 'checkpoint' } & Checkpoint)
  | ExportSeal

/**
 * An export as lines of canonical JSON, each with its newline: header, entries with the checkpoints behind the entry
 * they name, seal. Reads its input once, so that any length needs no memory.
 */
export async function* writeExport(
  parts: {
    header: Omit<ExportHeader, 'type' | 'format' | 'version'>
    entries: AsyncIterable<ChainedEntry>
    /** In the order of their seq. */
    checkpoints: readonly Checkpoint[]
  },
  signer: Signer,
): AsyncGenerator<string> {
  const digest = createHash('sha256')
  const line = (value: ExportLine) => {
    const text = `${canonicalJson(value)}\n`
    digest.update(text)
    return text
  }
  yield line({ type: 'header', format: 'cordon-ledger', version: 1, ...parts.header })
  let head = parts.header.from
  let count = 0
  let next = parts.checkpoints.findIndex((c) => c.seq >= head.seq)
  const due = function* (upTo: number) {
    for (let c = parts.checkpoints[next]; next >= 0 && c && c.seq <= upTo; c = parts.checkpoints[++next])
      yield line({ type: 'checkpoint', ...c })
  }
  for await (const entry of parts.entries) {
    yield* due(entry.seq - 1)
    yield line({ type: 'entry', ...entry })
    head = { seq: entry.seq, hash: entry.hash }
    count += 1
  }
  // Checkpoints of entries that are no longer there are exported too: they are what tells of a cut.
  yield* due(Number.MAX_SAFE_INTEGER)
  const said = { entries: count, head, keyId: signer.keyId, sha256: digest.digest('hex') }
  yield `${canonicalJson({ type: 'seal', ...said, signature: signer.sign('seal', said) })}\n`
}
