import type { CustomDetection, CustomDetectionInput, Output } from '@cordon/contract'
import { can, isLimited, scopeText } from '@cordon/rbac'
import type { Actor, Handlers } from '../../deps.ts'
import { Refusal } from '../../refusal.ts'
import { askForRun, changeDetection, createDetection, deleteDetection } from './change-detection.ts'
import { checkDetection } from './check-query.ts'
import { definitionOf, readDetections, runRecord } from './detection-record.ts'
import type { DetectionPorts } from './ports.ts'
import { previewDetection } from './preview-detection.ts'
import type { DetectionScheduler } from './scheduler.ts'

type CustomDetectionHandlers = Pick<Handlers, Extract<keyof Handlers, `customDetection${string}`>>

const shownRuns = 100
const shownRequests = 200

/** Custom detections: their list, checks and previews, changes and runs. */
export function customDetectionHandlers(
  ports: DetectionPorts,
  scheduler: Pick<DetectionScheduler, 'poke'>,
): CustomDetectionHandlers {
  const { deps, hunts } = ports

  /** Refuses what a limited caller hasn't saved: its runs tell of what its author may see. */
  async function one(actor: Actor, id: string): Promise<CustomDetection> {
    const [found] = await readDetections(deps.db, [id])
    if (!found) throw new Refusal('not-found', `There is no custom detection ${id}.`)
    if (!isSeen(actor, found))
      throw new Refusal(
        'forbidden',
        `Your access is limited to ${scopeText(actor.scope)}, and this custom detection runs with the rights of ${found.updatedBy}.`,
      )
    return found
  }
  /** Throws `Refusal` with every problem: what is stored can run. */
  async function refuseUnfit(actor: Actor, input: CustomDetectionInput, signal: AbortSignal): Promise<void> {
    if (input.action) {
      const decision = can(actor.role, ['alerts.manage', 'response.manage'])
      if (!decision.allowed) throw new Refusal('forbidden', `To ask for a response: ${decision.reason}`)
    }
    const { problems } = await checkDetection(hunts, actor, input, signal)
    const [first] = problems
    if (first)
      throw new Refusal(
        'invalid',
        first.message,
        problems.map(({ field, message }) => ({ path: field, message })),
      )
  }

  return {
    customDetectionList: async ({ actor }) => ({
      items: (await readDetections(deps.db)).filter((each) => isSeen(actor, each)),
    }),

    async customDetectionGet({ actor, params }) {
      const [detection, runs, requests] = await Promise.all([
        one(actor, params.id),
        deps.db
          .selectFrom('custom_detection_runs')
          .selectAll()
          .where('detection_id', '=', params.id)
          .orderBy('id', 'desc')
          .limit(shownRuns)
          .execute(),
        requestsOf(ports, params.id),
      ])
      return { ...detection, runs: runs.map(runRecord), requests }
    },

    customDetectionCheck: ({ actor, body, signal }) => checkDetection(hunts, actor, body, signal),

    async customDetectionPreview({ actor, body, signal }) {
      await refuseUnfit(actor, body, signal)
      return previewDetection(hunts, actor, body, signal)
    },

    async customDetectionCreate({ actor, body, signal }) {
      await refuseUnfit(actor, body, signal)
      const id = await createDetection(deps, actor, body)
      scheduler.poke()
      return one(actor, id)
    },

    async customDetectionUpdate({ actor, params, body, signal }) {
      await one(actor, params.id)
      const row = await deps.db
        .selectFrom('custom_detections')
        .select(['definition'])
        .where('id', '=', params.id)
        .executeTakeFirst()
      if (!row) throw new Refusal('not-found', `There is no custom detection ${params.id}.`)
      const { version: _version, ...given } = body
      // To be switched off it needn't be fit.
      const switchesOff = body.enabled === false && Object.keys(given).length === 1
      if (!switchesOff) await refuseUnfit(actor, { ...definitionOf(row), ...given }, signal)
      await changeDetection(deps, actor, params.id, body)
      scheduler.poke()
      return one(actor, params.id)
    },

    async customDetectionDelete({ actor, params }) {
      await one(actor, params.id)
      await deleteDetection(deps, actor, params.id)
    },

    async customDetectionRun({ actor, params }) {
      await one(actor, params.id)
      await askForRun(deps, actor, params.id)
      scheduler.poke()
      return one(actor, params.id)
    },
  }
}

function isSeen(actor: Actor, { updatedBy }: CustomDetection): boolean {
  return !isLimited(actor.scope) || updatedBy === actor.name
}

async function requestsOf({ deps }: DetectionPorts, id: string): Promise<Output<'customDetectionGet'>['requests']> {
  const rows = await deps.db
    .selectFrom('custom_detection_requests')
    .leftJoin('alerts', 'alerts.id', 'custom_detection_requests.alert_id')
    .select(['alert_id', 'target_key', 'type', 'state', 'action_id', 'detail', 'at', 'incident_id'])
    .where('detection_id', '=', id)
    .orderBy('at', 'desc')
    .limit(shownRequests)
    .execute()
  return rows.map((row) => ({
    alertId: row.alert_id,
    incidentId: row.incident_id,
    type: row.type,
    target: row.target_key,
    state: row.state as Output<'customDetectionGet'>['requests'][number]['state'], // our own writes
    actionId: row.action_id,
    detail: row.detail,
    at: row.at.toISOString(),
  }))
}
