import { type AlertTuning, type Detection, loweredSeverity, strongest, type TuningRule, tunes } from '@cordon/incidents'
import { sql } from 'kysely'
import type { Tx } from '../../adapters/postgres/commit.ts'
import { tuningRecord } from '../../adapters/postgres/tuning-record.ts'

/** A detection with what tuning decided about it. */
export interface TunedDetection extends Detection {
  tuning?: AlertTuning
}

/** Does tuning take it out of the queue at once? */
export function isClosedByTuning(detection: TunedDetection | undefined): boolean {
  return detection?.tuning !== undefined && detection.tuning.action !== 'lower'
}

/** Rules that may cover an event of now or of the past; which times they hold for is decided per detection. */
export async function tuningInForce(tx: Tx): Promise<TuningRule[]> {
  const rows = await tx.selectFrom('tuning_rules').selectAll().where('enabled', '=', true).execute()
  return rows.map(tuningRecord)
}

/** What the rules say of a detection: hidden, resolved or lowered by the strongest of those that cover it. */
export function applyTuning(rules: readonly TuningRule[], detection: Detection): TunedDetection {
  const rule = strongest(rules.filter((one) => tunes(one, detection)))
  if (!rule) return detection
  const severity = rule.action === 'lower' ? loweredSeverity(detection.severity, rule.severity) : detection.severity
  return {
    ...detection,
    severity,
    tuning: { rule: rule.id, name: rule.name, action: rule.action, severity: detection.severity },
  }
}

/** Counts for each rule the occurrences it was applied to. Returns whether there were any. */
export async function countTuned(tx: Tx, detections: readonly TunedDetection[]): Promise<boolean> {
  const byRule = Map.groupBy(detections, (detection) => detection.tuning?.rule)
  byRule.delete(undefined)
  for (const [rule, tuned] of byRule)
    await tx
      .updateTable('tuning_rules')
      .set({
        applied: sql<number>`applied + ${tuned.length}`,
        last_applied: new Date(Math.max(...tuned.map((detection) => detection.time))),
      })
      .where('id', '=', rule as string) // undefined was deleted above
      .execute()
  return byRule.size > 0
}
