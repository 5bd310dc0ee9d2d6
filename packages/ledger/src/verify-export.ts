import { createHash, type KeyObject } from 'node:crypto'
import { canonicalJson } from './canonical.ts'
import { type ChainedEntry, genesisHash, hashOfEntry } from './chain.ts'
import type { ExportHeader, ExportLine, ExportSeal } from './export.ts'
import { type Checkpoint, type Head, isCheckpointSigned, isSignedBy, keyIdOf, publicKeyOf } from './signing.ts'

/**
 * What the verdict rests on. `chain-only`: nothing is signed, whoever could write the file could write it anew, and a
 * cut-off end can't be seen. `self-signed`: signed by a key that the file itself brings. `pinned`: signed by a key the
 * verifier was given from elsewhere.
 */
export type TrustMode = 'chain-only' | 'self-signed' | 'pinned'

export interface Defect {
  kind: 'malformed' | 'edited' | 'missing' | 'order' | 'replaced' | 'signature' | 'truncated' | 'head'
  /** From 1; null for what the file lacks. */
  line: number | null
  seq: number | null
  text: string
}

export interface ExportVerdict {
  trust: TrustMode
  defects: Defect[]
  /** All of them; `defects` holds the first `mostDefects`. */
  defectCount: number
  entries: number
  /** What the first entry stands on; undefined in a file without header that begins with its first entry. */
  from: Head | undefined
  head: Head | undefined
  checkpoints: number
  /** Last entry that a valid signature covers. */
  signedUpTo: number | null
  keyIds: string[]
}

export interface VerifyOptions {
  /** Public keys, PEM, known from elsewhere than the file. */
  keys?: readonly string[]
  /** The file must reach this entry, with this hash. */
  head?: Head
}

export const mostDefects = 1000
const newline = 10

/** Reads an export to its end and names every defect. Never throws for what the file holds; keys must be PEM. */
export async function verifyExport(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  options: VerifyOptions = {},
): Promise<ExportVerdict> {
  const check = new ExportCheck(options)
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of chunks) {
    rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : Buffer.from(chunk)
    let start = 0
    for (let end = rest.indexOf(newline, start); end >= 0; end = rest.indexOf(newline, start)) {
      check.line(rest.subarray(start, end + 1))
      start = end + 1
    }
    rest = rest.subarray(start)
  }
  if (rest.length > 0) check.line(rest)
  return check.end()
}

class ExportCheck {
  readonly #pinned: Map<string, KeyObject>
  readonly #keys: Map<string, KeyObject>
  readonly #expected: Head | undefined
  readonly #digest = createHash('sha256')
  readonly #decode = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  readonly #verdict: ExportVerdict
  #header: ExportHeader | undefined
  #seal: ExportSeal | undefined
  #line = 0
  #reachedExpected = false

  constructor({ keys = [], head }: VerifyOptions) {
    const pinned = keys.map((pem) => publicKeyOf(pem))
    this.#pinned = new Map(pinned.map((key) => [keyIdOf(key), key]))
    this.#keys = new Map(this.#pinned)
    this.#expected = head
    this.#verdict = {
      trust: pinned.length > 0 ? 'pinned' : 'chain-only',
      defects: [],
      defectCount: 0,
      entries: 0,
      from: undefined,
      head: undefined,
      checkpoints: 0,
      signedUpTo: null,
      keyIds: [],
    }
  }

  /** One line with its newline. */
  line(bytes: Buffer): void {
    this.#line += 1
    const before = this.#digest.copy()
    this.#digest.update(bytes)
    if (bytes.at(-1) !== newline) this.#defect('truncated', null, 'The last line has no end: the file was cut off.')
    const value = this.#parse(bytes)
    if (!value) return
    if (this.#seal) this.#defect('malformed', null, 'Something follows the seal.')
    switch (value.type) {
      case 'header':
        return this.#readHeader(value)
      case 'entry':
        return this.#readEntry(value)
      case 'checkpoint':
        return this.#readCheckpoint(value)
      case 'seal':
        return this.#readSeal(value, before.digest('hex'))
    }
  }

  end(): ExportVerdict {
    const verdict = this.#verdict
    const { head } = verdict
    const signed = this.#header !== undefined || verdict.checkpoints > 0 || this.#pinned.size > 0
    this.#line = 0
    if (verdict.entries === 0 && !this.#header) this.#defect('malformed', null, 'There is no entry in it.')
    if (signed && !this.#seal) this.#defect('truncated', null, 'There is no seal at its end: the file was cut off.')
    if (!this.#header && (this.#seal || verdict.checkpoints > 0))
      this.#defect('malformed', null, 'Its header is missing.')
    if (this.#expected && !this.#reachedExpected)
      this.#defect(
        'head',
        this.#expected.seq,
        `It ends with entry ${head?.seq ?? 0} and never reaches the expected entry ${this.#expected.seq}.`,
      )
    verdict.keyIds = [...this.#keys.keys()]
    return verdict
  }

  /** Undefined, with a defect noted, for what isn't a line of an export, byte for byte as it was written. */
  #parse(bytes: Buffer): ExportLine | undefined {
    let text: string
    let value: unknown
    try {
      text = this.#decode.decode(bytes.at(-1) === newline ? bytes.subarray(0, -1) : bytes)
      value = JSON.parse(text)
    } catch {
      this.#defect('malformed', null, 'Not a line of JSON in UTF-8.')
      return undefined
    }
    if (!isExportLine(value)) {
      this.#defect('malformed', null, 'Neither header, entry, checkpoint nor seal.')
      return undefined
    }
    if (text !== canonicalJson(value))
      this.#defect('edited', 'seq' in value ? value.seq : null, 'Not written as an export writes it.')
    return value
  }

  #readHeader(header: ExportHeader): void {
    if (this.#line !== 1) return this.#defect('order', null, 'A header stands in the middle.')
    this.#header = header
    this.#verdict.from = header.from
    this.#verdict.head = header.from
    if (header.from.seq === 0 && header.from.hash !== genesisHash)
      this.#defect('edited', 0, 'The chain does not begin where a chain begins.')
    this.#meet(header.from)
    for (const pem of header.publicKeys)
      try {
        const key = publicKeyOf(pem)
        // With pinned keys, what the file brings proves nothing.
        if (this.#pinned.size === 0) this.#keys.set(keyIdOf(key), key)
      } catch {
        this.#defect('malformed', null, 'The header holds a public key that is none.')
      }
    if (this.#pinned.size === 0 && this.#keys.size > 0) this.#verdict.trust = 'self-signed'
  }

  #readEntry(entry: ChainedEntry): void {
    const { head } = this.#verdict
    const expected = (head?.seq ?? 0) + 1
    if (entry.seq > expected) {
      const gap = entry.seq === expected + 1 ? `Entry ${expected} is` : `Entries ${expected} to ${entry.seq - 1} are`
      this.#defect('missing', expected, `${gap} missing.`)
    } else if (entry.seq < expected)
      this.#defect('order', entry.seq, `Entry ${entry.seq} stands behind entry ${head?.seq ?? 0}.`)
    else if (entry.previousHash !== (head?.hash ?? genesisHash))
      this.#defect('replaced', entry.seq, 'It does not continue the entry before it: one of the two was replaced.')
    if (entry.hash !== hashOfEntry(entry)) this.#defect('edited', entry.seq, 'It was changed after it was written.')
    this.#verdict.entries += 1
    this.#verdict.head = { seq: entry.seq, hash: entry.hash }
    this.#meet(entry)
  }

  #meet(at: Head): void {
    if (this.#expected?.seq !== at.seq) return
    this.#reachedExpected = true
    if (this.#expected.hash !== at.hash)
      this.#defect('head', at.seq, 'Its hash is not the expected one: the chain was written anew up to here.')
  }

  #readCheckpoint(checkpoint: Checkpoint): void {
    this.#verdict.checkpoints += 1
    const { head } = this.#verdict
    const key = this.#keys.get(checkpoint.keyId)
    if (!key || !isCheckpointSigned(key, checkpoint))
      return this.#defect('signature', checkpoint.seq, this.#signatureFault('checkpoint', checkpoint.keyId, key))
    if (checkpoint.seq > (head?.seq ?? 0))
      return this.#defect('truncated', checkpoint.seq, `Signed as entry ${checkpoint.seq}, which is not there.`)
    if (checkpoint.seq !== head?.seq)
      return this.#defect('order', checkpoint.seq, `This checkpoint of entry ${checkpoint.seq} stands elsewhere.`)
    if (checkpoint.hash !== head.hash)
      return this.#defect('replaced', checkpoint.seq, 'The chain up to here is not the one that was signed.')
    this.#verdict.signedUpTo = checkpoint.seq
  }

  #readSeal(seal: ExportSeal, sha256: string): void {
    this.#seal = seal
    const { entries, head, keyId, signature } = seal
    const key = this.#keys.get(keyId)
    const said = { entries, head, keyId, sha256: seal.sha256 }
    if (!key || !isSignedBy(key, 'seal', said, signature))
      return this.#defect('signature', null, this.#signatureFault('seal', keyId, key))
    const { head: found, entries: count } = this.#verdict
    if (head.seq !== (found?.seq ?? 0) || head.hash !== (found?.hash ?? genesisHash) || entries !== count)
      return this.#defect('missing', head.seq, `Sealed with ${entries} entries up to ${head.seq}; it holds ${count}.`)
    if (seal.sha256 !== sha256) return this.#defect('edited', null, 'The file is not, byte for byte, what was sealed.')
    this.#verdict.signedUpTo = head.seq
  }

  #signatureFault(what: string, keyId: string, key: KeyObject | undefined): string {
    if (key) return `The signature of this ${what} is wrong.`
    return this.#pinned.size > 0
      ? `This ${what} was signed by another key (${keyId}) than the given one.`
      : `This ${what} was signed by a key (${keyId}) that the header does not bring.`
  }

  #defect(kind: Defect['kind'], seq: number | null, text: string): void {
    this.#verdict.defectCount += 1
    if (this.#verdict.defects.length < mostDefects)
      this.#verdict.defects.push({ kind, line: this.#line || null, seq, text })
  }
}

type Shape = Record<string, 'string' | 'number' | 'object'>
const shapes: Record<ExportLine['type'], Shape> = {
  header: { format: 'string', version: 'number', from: 'object', publicKeys: 'object' },
  entry: {
    at: 'string',
    actor: 'string',
    kind: 'string',
    subject: 'string',
    details: 'object',
    seq: 'number',
    previousHash: 'string',
    hash: 'string',
  },
  checkpoint: { seq: 'number', hash: 'string', at: 'string', keyId: 'string', signature: 'string' },
  seal: { entries: 'number', head: 'object', keyId: 'string', sha256: 'string', signature: 'string' },
}

function isExportLine(value: unknown): value is ExportLine {
  if (!isRecord(value) || !Object.hasOwn(shapes, String(value.type))) return false
  const type = value.type as ExportLine['type']
  if (!Object.entries(shapes[type]).every(([key, kind]) => value[key] !== null && typeof value[key] === kind))
    return false
  if (type === 'header')
    return (
      value.format === 'cordon-ledger' &&
      value.version === 1 &&
      isHead(value.from) &&
      Array.isArray(value.publicKeys) &&
      value.publicKeys.every((key) => typeof key === 'string')
    )
  return type === 'seal' ? isHead(value.head) : type === 'checkpoint' || isRecord(value.details ?? {})
}

function isHead(value: unknown): value is Head {
  return isRecord(value) && typeof value.seq === 'number' && typeof value.hash === 'string'
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
