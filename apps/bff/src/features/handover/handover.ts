import type { Handover, HandoverAction } from '@cordon/contract'
import { type ActionType, containingTypes } from '@cordon/response'
import { type Kysely, type RawBuilder, type Selectable, sql } from 'kysely'
import { findingOf } from '../../adapters/postgres/finding-record.ts'
import { ledgerEntry } from '../../adapters/postgres/ledger-record.ts'
import type { Database } from '../../adapters/postgres/schema.ts'
import { Refusal } from '../../refusal.ts'
import { measure } from './intervals.ts'

const most = 200
// Nouns whose changes have sections of their own, or say nothing to the next shift.
const elsewhere = ['incident', 'alert', 'action', 'session', 'ledger', 'finding', 'simulation']

interface Span {
  from: Date
  to: Date
}

/**
 * What happened in a shift and what it leaves behind. What happened is read from the ledger; what is open or in force is
 * so at the end of the shift, in the state it has now.
 */
export async function readHandover(
  db: Kysely<Database>,
  fromText: string,
  toText: string | undefined,
): Promise<Handover> {
  const madeAt = new Date()
  const span = { from: new Date(fromText), to: toText ? new Date(toText) : madeAt }
  if (span.from >= span.to) throw new Refusal('invalid', 'from: must be before `to`.')
  const [ledger, opened, closed, stillOpen, taken, inForce, due, findings, changes, intervals] = await Promise.all([
    ledgerPart(db, span),
    incidents(db, openedIn(span)),
    incidents(db, closedIn(span)),
    incidents(db, openAt(span.to)),
    actionList(db, takenIn(span)),
    actionList(db, inForceAt(span.to)),
    actionList(db, sql`record -> 'review' ->> 'decision' = 'due'`),
    openFindings(db, span),
    otherChanges(db, span),
    measure(db, { from: span.from.toISOString(), to: span.to.toISOString() }),
  ])
  const lists = { opened, closed, stillOpen, actions: taken, inForce, reviewsDue: due, findings, changes }
  return {
    from: span.from.toISOString(),
    to: span.to.toISOString(),
    madeAt: madeAt.toISOString(),
    ledger,
    counts: Object.fromEntries(Object.entries(lists).map(([name, { total }]) => [name, total])),
    opened: opened.items,
    closed: closed.items,
    stillOpen: stillOpen.items,
    actions: taken.items,
    inForce: inForce.items,
    findings: findings.items,
    reviewsDue: due.items,
    changes: changes.items,
    intervals,
  }
}

async function ledgerPart(db: Kysely<Database>, { from, to }: Span): Promise<Handover['ledger']> {
  const range = db.selectFrom('ledger').where('at', '>=', from).where('at', '<', to)
  const [first, last] = await Promise.all([
    range.select(['seq']).orderBy('at').orderBy('seq').limit(1).executeTakeFirst(),
    range.select(['seq', 'hash']).orderBy('at', 'desc').orderBy('seq', 'desc').limit(1).executeTakeFirst(),
  ])
  return first && last ? { from: first.seq, to: last.seq, head: last.hash } : null
}

type Listed<T> = { items: T[]; total: number }

interface IncidentRow {
  id: number
  name: string
  severity: string
  status: string
  assigned_to: string | null
  created_at: Date
  closed_by: string | null
  closed_at: Date | null
  total: number
}

const openedIn = ({ from, to }: Span) =>
  sql`select substr(subject, 10)::bigint as id, null::text as closed_by, null::timestamptz as closed_at
    from ledger where kind = 'incident.open' and at >= ${from} and at < ${to}`

/** The last time in the shift that someone resolved it. */
const closedIn = ({ from, to }: Span) =>
  sql`select distinct on (subject) substr(subject, 10)::bigint as id, actor as closed_by, at as closed_at
    from ledger where kind = 'incident.update' and entry -> 'status' ->> 'to' = 'resolved'
      and at >= ${from} and at < ${to} order by subject, seq desc`

/** By the last change of status that the ledger has from before `to`. */
const openAt = (to: Date) =>
  sql`select id, null::text as closed_by, null::timestamptz as closed_at from incidents i
    where created_at < ${to} and (status not in ('resolved', 'redirected') or updated_at >= ${to})
      and coalesce((select entry -> 'status' ->> 'to' from ledger
        where subject = 'incident:' || i.id and kind = 'incident.update' and entry -> 'status' is not null and at < ${to}
        order by seq desc limit 1), 'new') != 'resolved'
      and not exists (select from ledger
        where subject = 'incident:' || i.id and kind = 'incident.merge' and at < ${to})`

async function incidents(
  db: Kysely<Database>,
  which: RawBuilder<unknown>,
): Promise<Listed<Handover['opened'][number]>> {
  const { rows } = await sql<IncidentRow>`
    select i.id, i.name, i.severity, i.status, i.assigned_to, i.created_at, w.closed_by, w.closed_at,
      count(*) over ()::int as total
    from (${which}) w join incidents i on i.id = w.id
    order by array_position(array['high', 'medium', 'low', 'informational'], i.severity), i.id desc limit ${most}`.execute(
    db,
  )
  const items = rows.map((row) => ({
    id: row.id,
    name: row.name,
    severity: row.severity,
    status: row.status,
    assignedTo: row.assigned_to,
    createdAt: row.created_at.toISOString(),
    closedBy: row.closed_by,
    closedAt: row.closed_at?.toISOString() ?? null,
  }))
  return { items, total: rows[0]?.total ?? 0 }
}

const takenIn = ({ from, to }: Span) =>
  sql`id in (select substr(subject, 8) from ledger where kind = 'action.request' and at >= ${from} and at < ${to})`

const inForceAt = (to: Date) =>
  sql`type in (${sql.join(containingTypes)}) and applied_at < ${to} and (ended_at is null or ended_at >= ${to})`

async function actionList(db: Kysely<Database>, which: RawBuilder<unknown>): Promise<Listed<HandoverAction>> {
  const rows = await db
    .selectFrom('actions')
    .selectAll()
    .select(sql<number>`count(*) over ()::int`.as('total'))
    .where(sql<boolean>`${which}`)
    .orderBy('requested_at', 'desc')
    .limit(most)
    .execute()
  return { items: rows.map(handoverAction), total: rows[0]?.total ?? 0 }
}

function handoverAction(row: Selectable<Database['actions']>): HandoverAction {
  const { outcome, review } = row.record as { outcome?: string; review?: HandoverAction['review'] }
  return {
    id: row.id,
    type: row.type as ActionType,
    state: row.state as HandoverAction['state'],
    cluster: row.cluster,
    namespace: row.namespace,
    target: row.target_name,
    requestedBy: row.requested_by,
    requestedAt: row.requested_at.toISOString(),
    verifiedAt: row.verified_at?.toISOString() ?? null,
    expiresAt: row.expires_at?.toISOString() ?? null,
    incidentId: row.incident_id,
    comment: row.comment,
    outcome: outcome ?? '',
    review: review ?? null,
  }
}

async function openFindings(db: Kysely<Database>, { from, to }: Span): Promise<Listed<Handover['findings'][number]>> {
  const rows = await db
    .selectFrom('audit_findings')
    .selectAll()
    .select(sql<number>`count(*) over ()::int`.as('total'))
    .where('found_at', '<', to)
    .where((eb) => eb.or([eb('state', '=', 'open'), eb('found_at', '>=', from)]))
    .orderBy('found_at', 'desc')
    .limit(most)
    .execute()
  return { items: rows.map(findingOf), total: rows[0]?.total ?? 0 }
}

async function otherChanges(db: Kysely<Database>, { from, to }: Span): Promise<Listed<Handover['changes'][number]>> {
  const rows = await db
    .selectFrom('ledger')
    .selectAll()
    .select(sql<number>`count(*) over ()::int`.as('total'))
    .where('at', '>=', from)
    .where('at', '<', to)
    .where(sql<string>`split_part(kind, '.', 1)`, 'not in', elsewhere)
    .orderBy('seq', 'desc')
    .limit(most)
    .execute()
  return { items: rows.map(ledgerEntry), total: rows[0]?.total ?? 0 }
}
