import type { TuningPreview } from '@cordon/contract'
import { type TunedAlert, type TuningMatcher, type TuningRule, tunes } from '@cordon/incidents'
import type { Kysely } from 'kysely'
import type { Database } from '../../adapters/postgres/schema.ts'
import { asTuned, isChangeable, type PastAlert, pastAlerts } from './past-alerts.ts'

const mostChecked = 20_000
const mostExamples = 50

/**
 * Holds a rule against the alerts of the last `days`, newest first. The time span of the rule itself doesn't count: a
 * rule that begins now is to be judged by what was. It counts for what applying it to past alerts would change.
 */
export async function previewTuning(
  db: Kysely<Database>,
  rule: TuningMatcher & Pick<TuningRule, 'action' | 'severity'>,
  days: number,
): Promise<TuningPreview> {
  const always = { ...rule, startsAt: null, expiresAt: null }
  const found: TuningPreview = {
    checked: 0,
    isPartial: false,
    alerts: 0,
    occurrences: 0,
    open: 0,
    applicable: 0,
    truePositives: 0,
    bySeverity: {},
    examples: [],
  }
  for await (const rows of pastAlerts(db, days)) {
    if (found.checked >= mostChecked) {
      found.isPartial = true
      break
    }
    for (const row of rows) {
      const alert = asTuned(row)
      if (!tunes(always, alert)) continue
      take(found, row)
      if (isChangeable(row, rule) && tunes(rule, alert)) found.applicable += 1
    }
    found.checked += rows.length
  }
  return found
}

function take(found: TuningPreview, row: PastAlert): void {
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
