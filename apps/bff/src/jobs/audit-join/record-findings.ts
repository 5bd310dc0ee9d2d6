import { entityKey } from '@cordon/entities'
import type { Detection } from '@cordon/incidents'
import type { LedgerEntry, Tx } from '../../adapters/postgres/commit.ts'
import { Unchanged } from '../../adapters/postgres/commit.ts'
import { storable, toJsonb } from '../../adapters/postgres/storable.ts'
import { type Deps, system } from '../../deps.ts'
import { type AuditedWrite, objectText, type RecordedWrite } from './cluster-writes.ts'
import type { Comparison } from './compare.ts'

interface NewFinding {
  key: string
  kind: 'unseen-action' | 'unrecorded-act'
  cluster: string
  namespace: string
  object: string
  text: string
  action_id: string | null
  event_id: string | null
  happened_at: Date
  details: string
}

/** Stores what is new of a comparison, each with its ledger entry. Returns how many that were. */
export async function recordFindings(
  { commit }: Pick<Deps, 'commit'>,
  cluster: string,
  account: string,
  { unseen, unrecorded }: Comparison,
): Promise<number> {
  const found = [
    ...unseen.map((write) => unseenFinding(cluster, account, write)),
    ...unrecorded.map((write) => unrecordedFinding(cluster, account, write)),
  ]
  if (found.length === 0) return 0
  return commit(system, async (tx) => {
    const entries = await insert(tx, found.map(storable))
    const [first, ...others] = entries
    if (!first) return new Unchanged(0)
    return { result: entries.length, entries: [first, ...others], changed: ['ledger'] }
  })
}

async function insert(tx: Tx, found: NewFinding[]): Promise<LedgerEntry[]> {
  const rows = await tx
    .insertInto('audit_findings')
    .values(found.map((f) => ({ ...f, closed_at: null, closed_by: null, comment: null })))
    .onConflict((conflict) => conflict.column('key').doNothing())
    .returning(['id', 'kind', 'cluster', 'namespace', 'object', 'text', 'action_id', 'event_id'])
    .execute()
  return rows.map(({ id, ...details }) => ({ kind: 'finding.open', subject: `finding:${id}`, details }))
}

function unseenFinding(cluster: string, account: string, write: RecordedWrite): NewFinding {
  const object = objectText(write)
  return {
    key: `unseen ${write.actionId} ${write.step}`,
    kind: 'unseen-action',
    cluster,
    namespace: write.namespace,
    object,
    text: `Action ${write.actionId} recorded a ${write.verb} of ${object}, but the cluster’s audit log shows none by ${account}.`,
    action_id: write.actionId,
    event_id: null,
    happened_at: new Date(write.to),
    details: toJsonb(write),
  }
}

function unrecordedFinding(cluster: string, account: string, write: AuditedWrite): NewFinding {
  const object = objectText(write)
  return {
    key: `unrecorded ${cluster} ${write.id}`,
    kind: 'unrecorded-act',
    cluster,
    namespace: write.namespace,
    object,
    text: `The console’s account ${account} did a ${write.verb} of ${object}, but no action of Cordon did.`,
    action_id: null,
    event_id: write.id,
    happened_at: new Date(write.time),
    details: toJsonb(write),
  }
}

/** The log had it after all. */
export async function explainFinding({ commit }: Pick<Deps, 'commit'>, id: number, event: AuditedWrite): Promise<void> {
  await commit(system, async (tx) => {
    const row = await tx
      .updateTable('audit_findings')
      .set({
        state: 'explained',
        event_id: event.id,
        closed_at: new Date(),
        closed_by: system.name,
        comment: 'The audit event arrived late.',
      })
      .where('id', '=', id)
      .where('state', '=', 'open')
      .returning('id')
      .executeTakeFirst()
    if (!row) return new Unchanged(undefined)
    const details = { from: 'open', to: 'explained', event: event.id }
    return {
      result: undefined,
      entries: [{ kind: 'finding.explain', subject: `finding:${id}`, details }],
      changed: ['ledger'],
    }
  })
}

/** The alert for an act that isolates, frees or ends something without an action. */
export function unrecordedActAlert(cluster: string, account: string, write: AuditedWrite): Detection {
  const object = objectText(write)
  const [, , namespace, name] = account.split(':')
  const serviceAccount = account.startsWith('system:serviceaccount:') && namespace && name
  return {
    ruleId: 'unrecorded-act',
    title: 'The console’s account acted without an action',
    description: `${account}, the account of this console, did a ${write.verb} of ${object} that no recorded action explains. Its token may be in other hands.`,
    severity: 'high',
    tier: 'control-plane',
    tactics: ['impact'],
    techniques: ['T1078'],
    cluster,
    ...(write.namespace ? { namespace: write.namespace } : {}),
    time: write.time,
    dedupeKey: `unrecorded-act|${cluster}|${write.id}`,
    evidence: [
      serviceAccount
        ? {
            key: entityKey('service-account', cluster, namespace, name),
            kind: 'service-account',
            name,
            role: 'attacker',
            facts: {},
          }
        : { key: entityKey('user', cluster, account), kind: 'user', name: account, role: 'attacker', facts: {} },
      ...(write.resource === 'pods' && write.name
        ? [
            {
              key: entityKey('pod', cluster, write.namespace, write.name),
              kind: 'pod' as const,
              name: write.name,
              role: 'attacked' as const,
              facts: {},
            },
          ]
        : []),
    ],
    relations: [],
    events: [
      {
        table: 'CloudAuditEvents',
        id: write.id,
        time: new Date(write.time).toISOString(),
        summary: `${write.verb} ${object}`,
      },
    ],
    response: [
      'Replace the token of the console’s account in this cluster.',
      'Look at the audit event: its address and user agent tell who used the account.',
      'Undo what was done, from the console.',
    ],
    falsePositives: [
      'Someone used the console’s kubeconfig by hand.',
      'The console’s database was set back to before the action.',
    ],
  }
}
