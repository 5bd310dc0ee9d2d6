import { CustomDetectionInput } from '@cordon/contract'
import { randomBytes } from 'node:crypto'
import { type Tx, Unchanged } from '../../adapters/postgres/commit.ts'
import { storable, toJsonb } from '../../adapters/postgres/storable.ts'
import { type Actor } from '../../deps.ts'
import { Refusal } from '../../refusal.ts'
import { definitionOf, type DetectionRow } from './detection-record.ts'
import type { DetectionPorts } from './ports.ts'
import { insertGap } from './run-store.ts'
import { gapBefore } from './windows.ts'

const mostDetections = 200

type Deps = DetectionPorts['deps']
type Change = Partial<CustomDetectionInput> & { version?: number }

/** Stores a new one; it runs at once. Throws `Refusal` conflict when the name is taken. */
export async function createDetection({ commit }: Deps, actor: Actor, input: CustomDetectionInput): Promise<string> {
  const definition = storable(input)
  return uniquely(
    commit(actor, async (tx) => {
      const { count } = await tx
        .selectFrom('custom_detections')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow()
      if (count >= mostDetections)
        throw new Refusal('conflict', `There are ${mostDetections} custom detections. Delete those nobody needs first.`)
      const id = `cd-${randomBytes(8).toString('hex')}`
      await tx
        .insertInto('custom_detections')
        .values({
          id,
          name: definition.name,
          definition: toJsonb(definition),
          enabled: definition.enabled,
          note: null,
          created_by: actor.name,
          updated_by: actor.name,
          covered_to: null,
          covered_batch: null,
          raise_after: null,
          run_requested_by: null,
          lease_until: null,
        })
        .execute()
      return { result: id, entries: [entry('create', id, { ...definition })], changed: ['customDetection'] }
    }),
    definition.name,
  )
}

// What of it decides which rows are found: after a change of these it runs at once.
const finding = ['query', 'frequencyMinutes', 'lookbackMinutes', 'entities', 'dedupe'] as const
// What tells rows apart changes with these: rows judged before would otherwise all be new.
const identifying = ['entities', 'dedupe'] as const

/** Changes it, under the name of who did so last. Throws `Refusal` conflict when someone else was faster. */
export async function changeDetection({ commit }: Deps, actor: Actor, id: string, change: Change): Promise<void> {
  const { version, ...given } = storable(change)
  await uniquely(
    commit(actor, async (tx) => {
      const row = await lock(tx, id)
      if (version !== undefined && version !== row.version)
        throw new Refusal('conflict', `${row.updated_by} has changed it meanwhile; look at it again.`)
      const before = { ...definitionOf(row), enabled: row.enabled }
      const after = CustomDetectionInput.parse({ ...before, ...given })
      const changed = differences(before, after)
      if (Object.keys(changed).length === 0) return new Unchanged(undefined)
      const now = new Date()
      const isOnAgain = after.enabled && !before.enabled
      const isFresh = isOnAgain || finding.some((field) => field in changed)
      const gap = isFresh && after.enabled ? gapBefore(after.lookbackMinutes, row.covered_to, now) : null
      const cause = row.paused ? 'it was paused' : before.enabled ? 'it was changed before' : 'it was off'
      if (gap) await insertGap(tx, id, gap, `Not evaluated: ${cause}.`)
      const onlySwitched = Object.keys(changed).every((field) => field === 'enabled')
      await tx
        .updateTable('custom_detections')
        .set({
          name: after.name,
          definition: toJsonb(after),
          enabled: after.enabled,
          paused: false,
          note: null,
          failures: 0,
          version: row.version + 1,
          // A switch hands nobody's rights over; a change of what it does makes it the work of whoever made it.
          updated_by: onlySwitched ? row.updated_by : actor.name,
          updated_at: now,
          covered_to: isFresh ? null : row.covered_to,
          covered_batch: after.frequencyMinutes === 0 && !isOnAgain ? row.covered_batch : null,
          raise_after: identifying.some((field) => field in changed) ? (row.covered_to ?? now) : row.raise_after,
          next_run: now,
        })
        .where('id', '=', id)
        .execute()
      const verb = onlySwitched ? 'switch' : 'update'
      return {
        result: undefined,
        entries: [entry(verb, id, { name: after.name, ...changed })],
        changed: ['customDetection'],
      }
    }),
    given.name ?? '',
  )
}

export async function deleteDetection({ commit }: Deps, actor: Actor, id: string): Promise<void> {
  await commit(actor, async (tx) => {
    const row = await lock(tx, id)
    await tx.deleteFrom('custom_detections').where('id', '=', id).execute()
    return { result: undefined, entries: [entry('delete', id, definitionOf(row))], changed: ['customDetection'] }
  })
}

/** Has it run as soon as the one under way is over; also while it is off. */
export async function askForRun({ commit }: Deps, actor: Actor, id: string): Promise<void> {
  await commit(actor, async (tx) => {
    const row = await lock(tx, id)
    await tx
      .updateTable('custom_detections')
      .set({ run_requested_by: actor.name, next_run: new Date() })
      .where('id', '=', id)
      .execute()
    return { result: undefined, entries: [entry('run', id, { name: row.name })], changed: ['customDetection'] }
  })
}

async function lock(tx: Tx, id: string): Promise<DetectionRow> {
  const row = await tx.selectFrom('custom_detections').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
  if (!row) throw new Refusal('not-found', `There is no custom detection ${id}.`)
  return row
}

function entry(verb: string, id: string, details: Record<string, unknown>) {
  return { kind: `custom-detection.${verb}`, subject: `custom-detection:${id}`, details }
}

function differences(before: CustomDetectionInput, after: CustomDetectionInput) {
  const changed: Record<string, { from: unknown; to: unknown }> = {}
  for (const field of Object.keys(after) as (keyof CustomDetectionInput)[])
    // its own keys
    if (JSON.stringify(before[field]) !== JSON.stringify(after[field]))
      changed[field] = { from: before[field], to: after[field] }
  return changed
}

async function uniquely<T>(change: Promise<T>, name: string): Promise<T> {
  try {
    return await change
  } catch (error) {
    if ((error as { constraint?: string }).constraint === 'custom_detections_name')
      throw new Refusal('conflict', `There is a custom detection named “${name}” already.`, [
        { path: 'name', message: 'Choose another name.' },
      ])
    throw error
  }
}
