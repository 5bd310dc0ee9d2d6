import { TuningInput } from '@cordon/contract'
import { type TuningRule, tuningProblem } from '@cordon/incidents'
import type { Selectable } from 'kysely'
import { randomUUID } from 'node:crypto'
import { type Tx, Unchanged } from '../../adapters/postgres/commit.ts'
import type { Database } from '../../adapters/postgres/schema.ts'
import { storable, toJsonb } from '../../adapters/postgres/storable.ts'
import { applicationRecord, tuningRecord } from '../../adapters/postgres/tuning-record.ts'
import type { Deps, Handlers } from '../../deps.ts'
import { Refusal } from '../../refusal.ts'
import { applyToPast } from './apply-to-past.ts'
import { previewTuning } from './preview-tuning.ts'
import { undoApplication } from './undo-application.ts'

type TuningHandlers = Pick<
  Handlers,
  | 'tuningList'
  | 'tuningPreview'
  | 'tuningCreate'
  | 'tuningUpdate'
  | 'tuningDelete'
  | 'tuningApply'
  | 'tuningApplications'
  | 'tuningUndo'
>

const mostRules = 1000

/** Tuning rules: each change with who made it and why; detection reads them in the transaction of each alert. */
export function tuningHandlers({ db, commit }: Pick<Deps, 'db' | 'commit'>): TuningHandlers {
  return {
    async tuningList() {
      const [rows, counts] = await Promise.all([
        db.selectFrom('tuning_rules').selectAll().orderBy('created_at', 'desc').execute(),
        db
          .selectFrom('alerts')
          .select('tuned_by')
          .select((eb) => eb.fn.countAll<number>().as('alerts'))
          .where('tuned_by', 'is not', null)
          .groupBy('tuned_by')
          .execute(),
      ])
      const alerts = new Map(counts.map((row) => [row.tuned_by, row.alerts]))
      const items = rows.map((row) => tuningRecord(row, alerts.get(row.id)))
      return { items, nextCursor: null, total: rows.length }
    },

    async tuningPreview({ body }) {
      const span = spanOf(body)
      refuseUnfit({ ...body, ...span })
      return previewTuning(db, { ...body, ...span }, body.days)
    },

    tuningCreate: ({ body, actor }) =>
      commit(actor, async (tx) => {
        const input = storable(body)
        const span = spanOf(input)
        refuseUnfit({ ...input, ...span })
        const { count } = await tx
          .selectFrom('tuning_rules')
          .select((eb) => eb.fn.countAll<number>().as('count'))
          .executeTakeFirstOrThrow()
        if (count >= mostRules)
          throw new Refusal('conflict', `There are ${mostRules} tuning rules. Delete those that have expired first.`)
        const row = await tx
          .insertInto('tuning_rules')
          .values({
            id: randomUUID(),
            kind: input.kind,
            name: input.name,
            reason: input.reason,
            action: input.action,
            severity: input.action === 'lower' ? input.severity : null,
            scope: toJsonb(input.scope),
            conditions: toJsonb(input.conditions),
            schedule: input.schedule && toJsonb(input.schedule),
            starts_at: span.startsAt ? new Date(span.startsAt) : null,
            expires_at: span.expiresAt ? new Date(span.expiresAt) : null,
            created_by: actor.name,
            last_applied: null,
          })
          .returningAll()
          .executeTakeFirstOrThrow()
        const rule = tuningRecord(row)
        return { result: rule, entries: [entry('create', rule.id, { rule })], changed: ['tuning'] }
      }),

    tuningUpdate: ({ params, body, actor }) =>
      commit(actor, async (tx) => {
        const before = tuningRecord(await lockRule(tx, params.id))
        const changes = storable(body)
        const merged = { ...before, ...changes }
        const span = spanOf(merged)
        refuseUnfit({ ...merged, ...span })
        const changed = changedFields(before, { ...merged, ...span })
        if (Object.keys(changed).length === 0) return new Unchanged(before)
        const row = await tx
          .updateTable('tuning_rules')
          .set({
            name: merged.name,
            reason: merged.reason,
            action: merged.action,
            severity: merged.action === 'lower' ? merged.severity : null,
            scope: toJsonb(merged.scope),
            conditions: toJsonb(merged.conditions),
            schedule: merged.schedule && toJsonb(merged.schedule),
            enabled: merged.enabled,
            starts_at: span.startsAt ? new Date(span.startsAt) : null,
            expires_at: span.expiresAt ? new Date(span.expiresAt) : null,
            updated_at: new Date(),
          })
          .where('id', '=', params.id)
          .returningAll()
          .executeTakeFirstOrThrow()
        return { result: tuningRecord(row), entries: [entry('update', params.id, changed)], changed: ['tuning'] }
      }),

    async tuningApply({ params, body, actor }) {
      const row = await db.selectFrom('tuning_rules').selectAll().where('id', '=', params.id).executeTakeFirst()
      if (!row) throw noRule(params.id)
      return applyToPast({ db, commit }, actor, { rule: tuningRecord(row), days: body.days })
    },

    async tuningApplications({ params }) {
      const rows = await db
        .selectFrom('tuning_applications')
        .selectAll()
        .where('rule_id', '=', params.id)
        .orderBy('applied_at', 'desc')
        .limit(200)
        .execute()
      return { items: rows.map(applicationRecord) }
    },

    tuningUndo: ({ params, body, actor }) =>
      undoApplication({ db, commit }, actor, { id: params.id, reason: body.reason }),

    async tuningDelete({ params, actor }) {
      await commit(actor, async (tx) => {
        const rule = tuningRecord(await lockRule(tx, params.id))
        await tx.deleteFrom('tuning_rules').where('id', '=', params.id).execute()
        return { result: undefined, entries: [entry('delete', params.id, { rule })], changed: ['tuning'] }
      })
    },
  }
}

function entry(verb: string, id: string, details: Record<string, unknown>) {
  return { kind: `tuning.${verb}`, subject: `tuning:${id}`, details }
}

async function lockRule(tx: Tx, id: string): Promise<Selectable<Database['tuning_rules']>> {
  const row = await tx.selectFrom('tuning_rules').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
  if (!row) throw noRule(id)
  return row
}

function noRule(id: string): Refusal {
  return new Refusal('not-found', `There is no tuning rule ${id}.`)
}

// Times may come with any offset; comparisons and records want one.
function spanOf({ startsAt, expiresAt }: Pick<TuningInput, 'startsAt' | 'expiresAt'>) {
  const utc = (time: string | null) => (time === null ? null : new Date(time).toISOString())
  return { startsAt: utc(startsAt), expiresAt: utc(expiresAt) }
}

function refuseUnfit(rule: Parameters<typeof tuningProblem>[0]): void {
  const problem = tuningProblem(rule)
  if (problem) throw new Refusal('invalid', problem)
}

const changeable = [
  'name',
  'reason',
  'action',
  'severity',
  'scope',
  'conditions',
  'enabled',
  'startsAt',
  'expiresAt',
  'schedule',
] as const

function changedFields(before: TuningRule, after: Pick<TuningRule, (typeof changeable)[number]>) {
  const changed: Record<string, { from: unknown; to: unknown }> = {}
  for (const field of changeable)
    if (JSON.stringify(before[field]) !== JSON.stringify(after[field]))
      changed[field] = { from: before[field], to: after[field] }
  return changed
}
