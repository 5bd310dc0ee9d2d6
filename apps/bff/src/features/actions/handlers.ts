import { actionLabels, actionStateLabels } from '@cordon/response'
import type { Deps, Handlers } from '../../deps.ts'
import type { Clusters } from '../../jobs/inventory/cluster.ts'
import { actionOf, readAction, saveAction, StaleAction } from '../../jobs/run-actions/action-store.ts'
import { Refusal } from '../../refusal.ts'
import { countActions, cursorAfter, selectActions } from './action-page.ts'
import { preflightActions, requestAction } from './request-action.ts'

type ActionHandlers = Pick<
  Handlers,
  'actionList' | 'actionGet' | 'actionPreflight' | 'actionRequest' | 'actionCancel' | 'actionExport' | 'actionBundle'
>

export function actionHandlers(
  deps: Pick<Deps, 'db' | 'commit'>,
  clusters: Clusters,
  poke: () => void,
): ActionHandlers {
  const ports = { deps, clusters, poke }
  const find = async (id: string) => {
    const stored = await readAction(deps.db, id)
    if (!stored) throw new Refusal('not-found', `There is no action ${id}.`)
    return stored
  }
  return {
    actionPreflight: ({ actor, body }) => preflightActions(ports, actor, body),
    actionRequest: ({ actor, body, idempotencyKey }) => requestAction(ports, actor, body, idempotencyKey),
    actionGet: async ({ params }) => (await find(params.id)).action,

    async actionList({ query }) {
      const [rows, total] = await Promise.all([
        selectActions(deps.db, query, query.limit + 1).execute(),
        countActions(deps.db, query),
      ])
      const page = rows.slice(0, query.limit)
      const last = page.at(-1)
      return {
        items: page.map(actionOf),
        nextCursor: rows.length > query.limit && last ? cursorAfter(query, last) : null,
        total,
      }
    },

    async actionCancel({ params, actor }) {
      const stored = await find(params.id)
      const begun = stored.action.steps.some((s) => s.request && s.state !== 'pending')
      if (stored.action.state !== 'requested' || begun)
        throw new Refusal('conflict', 'Its first write to the cluster has begun; it can no longer be cancelled.')
      try {
        return (
          await saveAction(
            deps,
            stored,
            { state: 'cancelled', outcome: `Cancelled by ${actor.name} before anything was written.` },
            { actor },
          )
        ).action
      } catch (error) {
        if (error instanceof StaleAction)
          throw new Refusal('conflict', 'It moved on meanwhile; look at its state again.')
        throw error
      }
    },

    actionExport: async ({ query }) => ({
      contentType: 'text/csv; charset=utf-8',
      filename: 'cordon-actions.csv',
      body: csv(deps, query),
    }),

    async actionBundle({ params }) {
      const row = await deps.db
        .selectFrom('evidence_bundles')
        .selectAll()
        .where('action_id', '=', params.id)
        .executeTakeFirst()
      if (!row) throw new Refusal('not-found', `Action ${params.id} has no evidence bundle.`)
      return { contentType: 'application/gzip', filename: `cordon-evidence-${params.id}.json.gz`, body: row.content }
    },
  }
}

const header = [
  'Time',
  'Action ID',
  'Action type',
  'Status',
  'Outcome',
  'Entity',
  'Cluster',
  'Namespace',
  'UID',
  'Requested by',
  'Comment',
  'Source',
  'Incident',
  'Applied',
  'Verified',
  'Ended',
]

/** The whole filtered set, page by page, so that a million rows need no memory. */
async function* csv(
  deps: Pick<Deps, 'db'>,
  query: Parameters<Handlers['actionExport']>[0]['query'],
): AsyncIterable<string> {
  yield `\uFEFF${header.join(',')}\r\n`
  let cursor: string | undefined
  do {
    const rows = await selectActions(deps.db, { ...query, cursor }, 500).execute()
    for (const row of rows) {
      const a = actionOf(row)
      const line = [
        a.requestedAt,
        a.id,
        actionLabels[a.type],
        actionStateLabels[a.state],
        a.outcome,
        a.target.name,
        a.target.cluster,
        a.target.namespace,
        a.target.uid,
        a.requestedBy,
        a.comment,
        a.source,
        a.incidentId,
        a.appliedAt,
        a.verifiedAt,
        a.endedAt,
      ]
      yield `${line.map(cell).join(',')}\r\n`
    }
    const last = rows.at(-1)
    cursor = rows.length === 500 && last ? cursorAfter(query, last) : undefined
  } while (cursor)
}

// A leading =, +, - or @ would be run as a formula by spreadsheet programs, and attackers choose pod names.
function cell(value: string | number | null): string {
  const text = value === null ? '' : String(value)
  const inert = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return `"${inert.replaceAll('"', '""')}"`
}
