import { covers } from '@cordon/rbac'
import { actionLabels, actionStateLabels } from '@cordon/response'
import type { Deps, Handlers } from '../../deps.ts'
import type { Clusters } from '../../jobs/inventory/cluster.ts'
import { actionOf } from '../../jobs/run-actions/action-store.ts'
import { Refusal } from '../../refusal.ts'
import { type ActionSelection, countActions, cursorAfter, selectActions } from './action-page.ts'
import { cancelAction, decideActions, findAction, renewAction, repairAction, reviewAction } from './change-action.ts'
import { containmentBoard } from './containment-board.ts'
import { type ActionPorts, preflightActions, requestAction, requestActions } from './request-action.ts'
import { readPolicy, updatePolicy } from './response-policy.ts'

type ActionHandlers = Pick<
  Handlers,
  | 'actionList'
  | 'actionGet'
  | 'actionPreflight'
  | 'actionRequest'
  | 'actionRequestMany'
  | 'actionApprove'
  | 'actionReject'
  | 'actionRepair'
  | 'actionRenew'
  | 'actionReview'
  | 'actionCancel'
  | 'actionExport'
  | 'actionBundle'
  | 'containmentList'
  | 'responsePolicyGet'
  | 'responsePolicyUpdate'
>

export function actionHandlers(
  deps: Pick<Deps, 'db' | 'commit'>,
  clusters: Clusters,
  poke: () => void,
  more: Pick<ActionPorts, 'flowsOf' | 'probes'> = {},
): ActionHandlers {
  const ports: ActionPorts = { deps, clusters, poke, ...more }
  return {
    actionPreflight: ({ actor, body }) => preflightActions(ports, actor, body),
    actionRequest: ({ actor, body, idempotencyKey }) => requestAction(ports, actor, body, idempotencyKey),
    actionRequestMany: ({ actor, body, idempotencyKey }) => requestActions(ports, actor, body, idempotencyKey),
    actionApprove: ({ actor, body }) => decideActions(ports, actor, { ...body, decision: 'approved' }),
    actionReject: ({ actor, body }) => decideActions(ports, actor, { ...body, decision: 'rejected' }),
    actionRepair: ({ actor, params, body }) => repairAction(ports, actor, params.id, body.comment),
    actionRenew: ({ actor, params, body }) => renewAction(ports, actor, params.id, body.expiresInMinutes),
    actionReview: ({ actor, params, body }) => reviewAction(ports, actor, params.id, body),
    actionCancel: ({ actor, params }) => cancelAction(ports, actor, params.id),
    actionGet: async ({ actor, params }) => (await findAction(ports, actor, params.id)).action,
    containmentList: async ({ actor }) => ({
      items: (await containmentBoard(deps.db, clusters)).filter((row) => covers(actor.scope, row)),
    }),
    responsePolicyGet: () => readPolicy(deps.db),
    responsePolicyUpdate: ({ actor, body }) => updatePolicy(deps, actor, body),

    async actionList({ query, actor: { scope } }) {
      const [rows, total] = await Promise.all([
        selectActions(deps.db, { ...query, scope }, query.limit + 1).execute(),
        countActions(deps.db, { ...query, scope }),
      ])
      const page = rows.slice(0, query.limit)
      const last = page.at(-1)
      return {
        items: page.map(actionOf),
        nextCursor: rows.length > query.limit && last ? cursorAfter(query, last) : null,
        total,
      }
    },

    actionExport: async ({ query, actor: { scope } }) => ({
      contentType: 'text/csv; charset=utf-8',
      filename: 'cordon-actions.csv',
      body: csv(deps, { ...query, scope }),
    }),

    async actionBundle({ actor, params }) {
      await findAction(ports, actor, params.id)
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
async function* csv(deps: Pick<Deps, 'db'>, query: ActionSelection): AsyncIterable<string> {
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
