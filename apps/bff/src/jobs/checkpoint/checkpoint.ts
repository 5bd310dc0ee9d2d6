import { type Head, signCheckpoint, type Signer, verifyChain } from '@cordon/ledger'
import { setImmediate as breathe } from 'node:timers/promises'
import { readEntries, readHead, readHeadAt, readLastCheckpoint } from '../../adapters/postgres/ledger-record.ts'
import type { Deps } from '../../deps.ts'
import { checkpointFile } from './checkpoint-file.ts'

export interface CheckpointPace {
  /** Sign after so many new entries … */
  entries: number
  /** … or after this long, when there is any. */
  ms: number
  /** How often to look. */
  lookMs: number
}

const usualPace: CheckpointPace = { entries: 500, ms: 10 * 60_000, lookMs: 15_000 }

/** What the last look at the chain found. */
export interface ChainCheck {
  at: string
  ok: boolean
  /** Checked from here … */
  from: number
  /** … to here. */
  to: number
  /** What is wrong, in words. */
  fault: string | null
}

export interface Checkpoints {
  signer: Signer
  /** The last check of the whole chain; undefined until the first is done. */
  whole(): ChainCheck | undefined
  /** A fault that keeps this process from signing; it stays until a check of the whole chain finds none. */
  fault(): string | null
  /** Checks every entry and every checkpoint now. One at a time: who asks meanwhile gets the same answer. */
  verify(): Promise<ChainCheck>
  /** Signs the head now, when it is new and the chain up to it is sound. */
  sign(): Promise<void>
  /** Signs a last time. */
  close(): Promise<void>
}

type Ports = Pick<Deps, 'db' | 'commitUnrecorded' | 'config' | 'log'>

/** Signs the head of the ledger every so often and at the end; never one that doesn't continue what was signed before. */
export function startCheckpoints(ports: Ports, signer: Signer, pace: CheckpointPace = usualPace): Checkpoints {
  const { db, log, config } = ports
  const file = checkpointFile(config.dataDir)
  let whole: ChainCheck | undefined
  let fault: string | null = null
  let signedAt = Date.now()
  let verifying: Promise<ChainCheck> | undefined
  let signing: Promise<void> = Promise.resolve()

  const fail = (text: string) => {
    if (fault !== text) log.error({ fault: text }, 'The ledger is not sound; it is no longer signed')
    fault = text
  }

  // The checkpoint first: entries only grow, so that none is signed that the head hasn't reached.
  const readBoth = async () => [await readLastCheckpoint(db), await readHead(db)] as const

  async function signNow(): Promise<void> {
    const [last, head] = await readBoth()
    if (!head || head.seq === last?.seq || fault) return
    const broken = await continuationFault(ports, last, head)
    if (broken) return fail(broken)
    const checkpoint = signCheckpoint(signer, head, new Date().toISOString())
    await ports.commitUnrecorded(async (tx) => {
      await tx
        .insertInto('ledger_checkpoints')
        .values({
          seq: head.seq,
          hash: head.hash,
          at: new Date(checkpoint.at),
          key_id: checkpoint.keyId,
          signature: checkpoint.signature,
          public_key: signer.publicKey,
        })
        .onConflict((conflict) => conflict.column('seq').doNothing()) // another process signed it
        .execute()
      return { result: undefined, changed: ['ledger'] }
    })
    file.append(checkpoint)
    signedAt = Date.now()
  }

  /** One after the other; a failure is told and tried again at the next look. */
  function sign(): Promise<void> {
    signing = signing
      .then(signNow)
      .catch((error: unknown) => log.warn({ err: error }, 'The head of the ledger could not be signed'))
    return signing
  }

  async function look(): Promise<void> {
    const [last, head] = await readBoth()
    const fresh = (head?.seq ?? 0) - (last?.seq ?? 0)
    if (fresh < 0) fail(`Entry ${last?.seq} was signed, but the ledger ends with entry ${head?.seq ?? 0}.`)
    if (fresh >= pace.entries || (fresh > 0 && Date.now() - signedAt >= pace.ms)) await sign()
  }

  function verify(): Promise<ChainCheck> {
    verifying ??= Promise.resolve()
      .then(() => verifyWhole(ports, file.last()))
      .then((check) => {
        whole = check
        if (check.fault) fail(check.fault)
        else fault = null
        return check
      })
      .finally(() => (verifying = undefined))
    return verifying
  }

  const guarded = (work: () => Promise<unknown>) => () =>
    void work().catch((error: unknown) => log.warn({ err: error }, 'The ledger could not be checked'))
  const timer = setInterval(guarded(look), pace.lookMs)
  guarded(verify)()
  return {
    signer,
    whole: () => whole,
    fault: () => fault,
    verify,
    sign,
    async close() {
      clearInterval(timer)
      await verifying?.catch(() => undefined)
      await sign()
    },
  }
}

/** Undefined when the entries behind the last signed head lead, unbroken, to `head`. */
async function continuationFault({ db }: Ports, last: Head | undefined, head: Head): Promise<string | undefined> {
  if (last) {
    const there = await readHeadAt(db, last.seq)
    if (there?.hash !== last.hash) return `Entry ${last.seq} is not the one that was signed.`
  }
  const verdict = await verifyChain(readEntries(db, last?.seq ?? 0, head.seq), last)
  return verdict.ok ? undefined : verdict.reason
}

const entriesPerBreath = 500

async function verifyWhole({ db }: Ports, copy: Head | undefined): Promise<ChainCheck> {
  // Before the head, so that another process can't have signed one beyond it.
  const rows = await db.selectFrom('ledger_checkpoints').select(['seq', 'hash']).orderBy('seq').execute()
  const head = await readHead(db)
  const signed = new Map([...rows, ...(copy ? [copy] : [])].map((row) => [row.seq, row.hash]))
  let mismatch: string | undefined
  async function* watched() {
    let n = 0
    for await (const entry of readEntries(db, 0, head?.seq ?? 0)) {
      const expected = signed.get(entry.seq)
      if (expected && expected !== entry.hash) mismatch ??= `Entry ${entry.seq} is not the one that was signed.`
      if ((n += 1) % entriesPerBreath === 0) await breathe()
      yield entry
    }
  }
  const verdict = await verifyChain(watched())
  const last = Math.max(0, ...signed.keys())
  const cut =
    last > (head?.seq ?? 0)
      ? `Entry ${last} was signed, but the ledger ends with entry ${head?.seq ?? 0}: it was cut or set back.`
      : undefined
  const fault = (verdict.ok ? undefined : verdict.reason) ?? mismatch ?? cut ?? null
  return { at: new Date().toISOString(), ok: fault === null, from: 1, to: head?.seq ?? 0, fault }
}
