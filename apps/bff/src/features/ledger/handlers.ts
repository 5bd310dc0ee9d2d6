import type { LedgerStatus } from '@cordon/contract'
import { readHead, readLastCheckpoint } from '../../adapters/postgres/ledger-record.ts'
import type { Deps, Handlers } from '../../deps.ts'
import type { Checkpoints } from '../../jobs/checkpoint/checkpoint.ts'
import { exportLedger } from './export-ledger.ts'
import { closeFinding, listFindings } from './findings.ts'
import { listLedger } from './list-ledger.ts'

type LedgerHandlers = Pick<
  Handlers,
  'ledgerList' | 'ledgerStatus' | 'ledgerVerify' | 'ledgerExport' | 'findingList' | 'findingClose'
>

export function ledgerHandlers(deps: Pick<Deps, 'db' | 'commit'>, checkpoints: Checkpoints): LedgerHandlers {
  const { db } = deps
  async function status(): Promise<LedgerStatus> {
    const [head, signed, { count }] = await Promise.all([
      readHead(db),
      readLastCheckpoint(db),
      db
        .selectFrom('ledger_checkpoints')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow(),
    ])
    const { keyId, publicKey } = checkpoints.signer
    return {
      head: head ?? null,
      signed: signed ? { seq: signed.seq, hash: signed.hash, at: signed.at, keyId: signed.keyId } : null,
      checkpoints: count,
      keyId,
      publicKey,
      check: withFault(checkpoints),
    }
  }
  return {
    ledgerList: ({ query }) => listLedger(db, query),
    ledgerStatus: status,
    async ledgerVerify() {
      await checkpoints.verify()
      return status()
    },
    ledgerExport: ({ query, actor }) => exportLedger(deps, checkpoints, actor, query),
    findingList: ({ query }) => listFindings(db, query),
    findingClose: ({ params, body, actor }) => closeFinding(deps, actor, params.id, body.comment),
  }
}

/** A fault met while signing counts, although the last check of the whole chain had found none. */
function withFault(checkpoints: Checkpoints): LedgerStatus['check'] {
  const whole = checkpoints.whole()
  const fault = checkpoints.fault()
  return whole ? { ...whole, ok: whole.ok && fault === null, fault: whole.fault ?? fault } : null
}
