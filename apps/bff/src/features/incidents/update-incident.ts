import { classificationLabels, determinations, type Incident, severityLabels, statusLabels } from '@cordon/incidents'
import type { Updateable } from 'kysely'
import { type Tx, Unchanged } from '../../adapters/postgres/commit.ts'
import { type IncidentRow, readIncident } from '../../adapters/postgres/incident-record.ts'
import { refreshIncident } from '../../adapters/postgres/refresh-incident.ts'
import type { Database } from '../../adapters/postgres/schema.ts'
import type { Actor, Call, Deps } from '../../deps.ts'
import { Refusal } from '../../refusal.ts'

type Changes = Call<'incidentUpdate'>['body']

interface Line {
  kind: string
  text: string
  from: string | null
  to: string | null
}

/**
 * Changes an incident for a person: each changed field gets a line in the activity log and a place in the ledger
 * entry. Resolving resolves the alerts too. Refuses when `version` is given and someone else was faster.
 */
export async function updateIncident(deps: Deps, actor: Actor, id: number, changes: Changes): Promise<Incident> {
  await deps.commit(actor, async (tx) => {
    const row = await lockIncident(tx, id)
    if (changes.version !== undefined && changes.version !== row.version)
      throw new Refusal('conflict', 'The incident was changed meanwhile. Look at it again before you change it.')
    const set = await decide(tx, row, changes)
    const lines = describe(row, set)
    if (lines.length === 0) return new Unchanged(undefined)
    await tx
      .updateTable('incidents')
      .set({ ...set, updated_at: new Date(), version: row.version + 1 })
      .where('id', '=', id)
      .execute()
    const alerts = set.status === 'resolved' ? await resolveAlerts(tx, id) : []
    await refreshIncident(tx, id)
    await tx
      .insertInto('activities')
      .values(
        lines.map(({ kind, text, from, to }) => ({
          incident_id: id,
          actor: actor.name,
          kind,
          text,
          from_value: from,
          to_value: to,
        })),
      )
      .execute()
    const details = Object.fromEntries(lines.map(({ kind, from, to }) => [kind, { from, to }]))
    return {
      result: undefined,
      entries: [
        {
          kind: 'incident.update',
          subject: `incident:${id}`,
          details: { ...details, ...(alerts.length > 0 ? { resolvedAlerts: alerts } : {}) },
        },
      ],
      changed: alerts.length > 0 ? ['incident', 'alert'] : ['incident'],
    }
  })
  return (await readIncident(deps.db, id)) as Incident // it was there a moment ago, and incidents are never deleted
}

/** The incident, locked for this transaction. Refuses unknown ones and those merged into another. */
export async function lockIncident(tx: Tx, id: number): Promise<IncidentRow> {
  const row = await tx.selectFrom('incidents').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
  if (!row) throw new Refusal('not-found', `There is no incident ${id}.`)
  if (row.redirected_to !== null)
    throw new Refusal('conflict', `Incident ${id} was merged into incident ${row.redirected_to}. Change that one.`)
  return row
}

async function decide(tx: Tx, row: IncidentRow, changes: Changes): Promise<Updateable<Database['incidents']>> {
  const set: Updateable<Database['incidents']> = {}
  if (changes.name !== undefined && changes.name !== row.name)
    Object.assign(set, { name: changes.name, name_is_custom: true })
  if (changes.severity !== undefined && changes.severity !== row.severity)
    Object.assign(set, { severity: changes.severity, severity_is_custom: true })
  if (changes.status !== undefined) set.status = changes.status
  if (changes.resolutionNote !== undefined) set.resolution_note = changes.resolutionNote || null
  if (changes.tags !== undefined) set.tags = [...new Set(changes.tags.map((tag) => tag.trim()).filter(Boolean))]
  if (changes.assignedTo !== undefined) {
    if (changes.assignedTo !== null) await requireAccount(tx, changes.assignedTo)
    set.assigned_to = changes.assignedTo
  }
  Object.assign(set, classify(row, changes))
  return set
}

/** Each classification has its own determinations; one without the other's support is dropped or refused. */
function classify(row: IncidentRow, changes: Changes): Updateable<Database['incidents']> {
  if (changes.classification === undefined && changes.determination === undefined) return {}
  const classification = (changes.classification === undefined ? row.classification : changes.classification) as
    | keyof typeof determinations
    | null
  const offered: readonly string[] = classification ? determinations[classification] : []
  if (changes.determination && !offered.includes(changes.determination))
    throw new Refusal(
      'invalid',
      classification
        ? `The determination ${changes.determination} does not belong to ${classificationLabels[classification]}.`
        : 'A determination needs a classification.',
    )
  const wanted = changes.determination === undefined ? row.determination : changes.determination
  return { classification, determination: wanted && offered.includes(wanted) ? wanted : null }
}

async function requireAccount(tx: Tx, name: string): Promise<void> {
  const account = await tx.selectFrom('accounts').select('locked').where('name', '=', name).executeTakeFirst()
  if (!account || account.locked) throw new Refusal('invalid', `assignedTo: there is no active account ${name}.`)
}

async function resolveAlerts(tx: Tx, incident: number): Promise<string[]> {
  const rows = await tx
    .updateTable('alerts')
    .set({ status: 'resolved', updated_at: new Date() })
    .where('incident_id', '=', incident)
    .where('status', '!=', 'resolved')
    .returning('id')
    .execute()
  return rows.map((row) => row.id)
}

function describe(row: IncidentRow, set: Updateable<Database['incidents']>): Line[] {
  const lines: Line[] = []
  const add = (kind: string, before: unknown, after: unknown, text: string) => {
    const [from, to] = [asText(before), asText(after)]
    if (after !== undefined && from !== to) lines.push({ kind, text, from, to })
  }
  const label = (labels: Record<string, string>, value: unknown) => labels[String(value)] ?? String(value)
  add('status', row.status, set.status, `Status set to ${label(statusLabels, set.status)}`)
  add('severity', row.severity, set.severity, `Severity set to ${label(severityLabels, set.severity)}`)
  add('name', row.name, set.name, `Renamed to “${set.name}”`)
  add(
    'assigned',
    row.assigned_to,
    set.assigned_to,
    set.assigned_to ? `Assigned to ${set.assigned_to}, with its alerts` : 'Assignment removed',
  )
  add(
    'classification',
    row.classification,
    set.classification,
    set.classification ? `Classified as ${label(classificationLabels, set.classification)}` : 'Classification removed',
  )
  add(
    'determination',
    row.determination,
    set.determination,
    set.determination
      ? `Determination set to ${String(set.determination).replaceAll('-', ' ')}`
      : 'Determination removed',
  )
  add('tags', row.tags, set.tags, `Tags set to ${(set.tags as string[] | undefined)?.join(', ') || 'none'}`)
  add('resolution-note', row.resolution_note, set.resolution_note, 'Resolution note changed')
  return lines
}

function asText(value: unknown): string | null {
  if (value === null || value === undefined) return null
  return Array.isArray(value) ? value.join(', ') : String(value)
}
