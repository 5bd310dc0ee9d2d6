import { loweredSeverity, type TunedAlert, type TuningRule } from '@cordon/incidents'
import type { Kysely } from 'kysely'
import { setImmediate as breathe } from 'node:timers/promises'
import type { Database } from '../../adapters/postgres/schema.ts'

const perPage = 500
const dayMs = 24 * 60 * 60_000

export type PastAlert = Awaited<ReturnType<typeof page>>[number]

/** Alerts with activity in the last `days`, newest first, page by page, so that nobody waits for the event loop. */
export async function* pastAlerts(db: Kysely<Database>, days: number): AsyncGenerator<PastAlert[]> {
  const since = new Date(Date.now() - days * dayMs)
  let last: { at: Date; id: string } | undefined
  for (;;) {
    const rows = await page(db, since, last)
    const end = rows.at(-1)
    if (!end) return
    yield rows
    if (rows.length < perPage) return
    last = { at: end.last_activity, id: end.id }
    await breathe()
  }
}

function page(db: Kysely<Database>, since: Date, last: { at: Date; id: string } | undefined) {
  return db
    .selectFrom('alerts')
    .innerJoin('incidents', 'incidents.id', 'alerts.incident_id')
    .select(['alerts.id', 'incident_id', 'rule_id', 'title', 'alerts.severity', 'alerts.status', 'alerts.hidden'])
    .select(['tactics', 'techniques', 'cluster', 'namespace', 'evidence', 'events', 'alerts.last_activity'])
    .select(['occurrences', 'classification', 'incidents.status as incident_status'])
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

/** As tuning sees it. Our own writes: casts restate their words. */
export function asTuned(row: PastAlert): TunedAlert {
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

/**
 * Would applying the rule change it? Only what is open is changed, and nothing that people called a true positive: that
 * decision is theirs.
 */
export function isChangeable(row: PastAlert, { action, severity }: Pick<TuningRule, 'action' | 'severity'>): boolean {
  if (row.hidden || row.status === 'resolved' || row.classification === 'true-positive') return false
  if (row.incident_status !== 'new' && row.incident_status !== 'in-progress') return false
  const has = row.severity as TunedAlert['severity']
  return action !== 'lower' || loweredSeverity(has, severity) !== has
}
