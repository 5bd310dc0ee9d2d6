import type { TuningPreview } from '@cordon/contract'
import { type TunedAlert, type TuningMatcher, tunes } from '@cordon/incidents'
import type { Kysely } from 'kysely'
import { setImmediate as breathe } from 'node:timers/promises'
import type { Database } from '../../adapters/postgres/schema.ts'

const mostChecked = 20_000
const perPage = 500
const mostExamples = 50
const dayMs = 24 * 60 * 60_000

/**
 * Holds a rule against the alerts of the last `days`, newest first. The time span of the rule itself doesn't count: a
 * rule that begins now is to be judged by what was.
 */
export async function previewTuning(
  db: Kysely<Database>,
  rule: Omit<TuningMatcher, 'startsAt' | 'expiresAt'>,
  days: number,
): Promise<TuningPreview> {
  const matcher = { ...rule, startsAt: null, expiresAt: null }
  const since = new Date(Date.now() - days * dayMs)
  const found: TuningPreview = {
    checked: 0,
    isPartial: false,
    alerts: 0,
    occurrences: 0,
    open: 0,
    truePositives: 0,
    bySeverity: {},
    examples: [],
  }
  let last: { at: Date; id: string } | undefined
  while (found.checked < mostChecked) {
    const rows = await page(db, since, last)
    for (const row of rows) if (tunes(matcher, asTuned(row))) take(found, row)
    found.checked += rows.length
    const end = rows.at(-1)
    if (!end || rows.length < perPage) return found
    last = { at: end.last_activity, id: end.id }
    await breathe()
  }
  found.isPartial = true
  return found
}

type Row = Awaited<ReturnType<typeof page>>[number]

function page(db: Kysely<Database>, since: Date, last: { at: Date; id: string } | undefined) {
  return db
    .selectFrom('alerts')
    .innerJoin('incidents', 'incidents.id', 'alerts.incident_id')
    .select([
      'alerts.id',
      'incident_id',
      'rule_id',
      'title',
      'alerts.severity',
      'alerts.status',
      'tactics',
      'techniques',
    ])
    .select(['cluster', 'namespace', 'evidence', 'events', 'alerts.last_activity', 'occurrences', 'classification'])
    .where('alerts.last_activity', '>=', since)
    .$if(last !== undefined, (query) =>
      query.where((eb) =>
        eb(eb.refTuple('alerts.last_activity', 'alerts.id'), '<', eb.tuple(last?.at ?? since, last?.id ?? '')),
      ),
    )
    .orderBy('alerts.last_activity', 'desc')
    .orderBy('alerts.id', 'desc')
    .limit(perPage)
    .execute()
}

// Our own writes: casts restate their words.
function asTuned(row: Row): TunedAlert {
  return {
    ruleId: row.rule_id,
    title: row.title,
    severity: row.severity as TunedAlert['severity'],
    tactics: row.tactics,
    techniques: row.techniques,
    cluster: row.cluster,
    namespace: row.namespace,
    evidence: row.evidence as TunedAlert['evidence'],
    events: row.events as TunedAlert['events'],
    time: row.last_activity.getTime(),
  }
}

function take(found: TuningPreview, row: Row): void {
  found.alerts += 1
  found.occurrences += row.occurrences
  if (row.status !== 'resolved') found.open += 1
  if (row.classification === 'true-positive') found.truePositives += 1
  found.bySeverity[row.severity] = (found.bySeverity[row.severity] ?? 0) + 1
  if (found.examples.length >= mostExamples) return
  found.examples.push({
    id: row.id,
    incidentId: row.incident_id,
    title: row.title,
    severity: row.severity as TunedAlert['severity'],
    status: row.status as TuningPreview['examples'][number]['status'],
    cluster: row.cluster,
    namespace: row.namespace,
    lastActivity: row.last_activity.toISOString(),
    occurrences: row.occurrences,
  })
}
