import { CustomDetectionInput } from '@cordon/contract'
import type { Kysely } from 'kysely'
import type { Database } from '../../adapters/postgres/schema.ts'
import type { JudgedRule } from './attack-matrix.ts'

/** Custom detections as rules of the matrix: whether each runs, and why it can't be relied on. */
export async function judgedDetections(db: Kysely<Database>): Promise<JudgedRule[]> {
  const [rows, completed] = await Promise.all([
    db
      .selectFrom('custom_detections')
      .select(['id', 'definition', 'enabled', 'paused', 'failures'])
      .orderBy('name')
      .execute(),
    db
      .selectFrom('custom_detection_runs')
      .select('detection_id')
      .distinct()
      .where('state', 'in', ['completed', 'partly'])
      .execute(),
  ])
  const hasRun = new Set(completed.map((run) => run.detection_id))
  return rows.map(({ id, definition, enabled, paused, failures }): JudgedRule => {
    const { name, severity, techniques } = CustomDetectionInput.parse(definition)
    const rule = { id: `custom:${id}`, title: name, severity, techniques, customDetection: id }
    const named = `Custom detection “${name}”`
    if (paused) return { ...rule, state: 'off', missing: [`${named} is paused after repeated failures`] }
    if (!enabled) return { ...rule, state: 'off', missing: [`${named} is switched off`] }
    if (failures > 0) return { ...rule, state: 'unproven', missing: [`${named} failed when it ran last`] }
    if (!hasRun.has(id)) return { ...rule, state: 'unproven', missing: [`${named} has not run yet`] }
    return { ...rule, state: 'works', missing: [] }
  })
}
