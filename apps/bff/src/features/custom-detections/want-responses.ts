import { actionLabels } from '@cordon/response'
import type { Tx } from '../../adapters/postgres/commit.ts'
import { isDatabaseDown } from '../../adapters/postgres/is-database-down.ts'
import { storable } from '../../adapters/postgres/storable.ts'
import { Refusal } from '../../refusal.ts'
import type { Recorded } from '../../jobs/correlate/record-detections.ts'
import { authorOf } from './author-of.ts'
import { fillTemplate } from './fill-template.ts'
import type { AlertGroup } from './group-rows.ts'
import type { DetectionPorts, WantedResponse } from './ports.ts'
import type { Raising } from './to-detections.ts'

/** Most pods of one alert that a response is asked for. */
const mostTargets = 5
const mostAtOnce = 100
/** So long a response is asked for again while its cluster is away: later it says little about the alert. */
const patienceMs = 30 * 60_000
const firstWaitMs = 5000
const longestWaitMs = 5 * 60_000

/** Notes in the transaction of new alerts which responses they ask for. */
export async function wantResponses(
  tx: Tx,
  { id, definition, author }: Raising & { author: string },
  alerts: readonly Recorded[],
  groups: ReadonlyMap<string, AlertGroup>,
): Promise<void> {
  const { action } = definition
  if (!action) return
  const wanted = alerts.flatMap(({ alertId, dedupeKey }) => {
    const group = groups.get(dedupeKey)
    const pods = [...new Set(group?.rows.flatMap((row) => row.pods))].slice(0, mostTargets)
    const title = group ? fillTemplate(definition.title, group.rows[0].row) : definition.title
    return pods.map((target) => ({
      alert_id: alertId,
      target_key: target,
      detection_id: id,
      type: action.type,
      comment: storable(`Custom detection “${definition.name}”: ${title}`),
      requested_for: author,
      action_id: null,
    }))
  })
  if (wanted.length > 0)
    await tx
      .insertInto('custom_detection_requests')
      .values(wanted)
      .onConflict((on) => on.doNothing())
      .execute()
}

/**
 * Turns what alerts ask for into actions that wait for a second person; each once, also after a crash. One whose cluster
 * was away is asked for again, until its time is over.
 */
export async function requestResponses(ports: DetectionPorts): Promise<void> {
  const { db } = ports.deps
  const wanted = await db
    .selectFrom('custom_detection_requests')
    .innerJoin('alerts', 'alerts.id', 'custom_detection_requests.alert_id')
    .select([
      'alert_id',
      'target_key',
      'type',
      'comment',
      'requested_for',
      'alerts.incident_id',
      'custom_detection_requests.at',
      'attempts',
    ])
    .where('state', '=', 'wanted')
    .where('next_try', '<=', new Date())
    .orderBy('custom_detection_requests.at')
    .limit(mostAtOnce)
    .execute()
  for (const one of wanted) {
    const outcome = await ask(ports, one)
    await ports.deps.commitUnrecorded(async (tx) => {
      await tx
        .updateTable('custom_detection_requests')
        .set(outcome)
        .where('alert_id', '=', one.alert_id)
        .where('target_key', '=', one.target_key)
        .execute()
      return { result: undefined, changed: ['customDetection'] }
    })
  }
}

interface Wanted {
  alert_id: string
  target_key: string
  type: string
  comment: string
  requested_for: string
  incident_id: number
  at: Date
  attempts: number
}

async function ask(ports: DetectionPorts, one: Wanted) {
  const type = one.type as WantedResponse['type'] // our own write
  try {
    const author = await authorOf(ports.deps.db, one.requested_for)
    const { id } = await ports.request(author, {
      type,
      targetKey: one.target_key,
      incidentId: one.incident_id,
      comment: one.comment,
      reason: 'A custom detection has asked for it: a person must decide.',
      idempotencyKey: `custom:${one.alert_id}:${one.target_key}`.slice(0, 200),
    })
    return { state: 'requested', action_id: id, detail: `${actionLabels[type]} waits for approval.` }
  } catch (error) {
    if (isDatabaseDown(error)) throw error
    if (!(error instanceof Refusal))
      ports.deps.log.error({ err: error, alert: one.alert_id, target: one.target_key }, 'A response was not asked for')
    return notYet(one, error)
  }
}

/** What becomes of one that was refused: what may pass is tried again within its time, the rest is told at once. */
function notYet({ at, attempts }: Wanted, error: unknown) {
  const reason =
    error instanceof Refusal ? error.message : 'An unexpected error occurred; the log of the server names it.'
  if (error instanceof Refusal && !mayPass(error))
    return { state: 'refused', action_id: null, detail: storable(reason) }
  const tried = attempts + 1
  const until = at.getTime() + patienceMs
  const next = Date.now() + Math.min(firstWaitMs * 2 ** Math.min(attempts, 10), longestWaitMs)
  const times = tried === 1 ? 'Tried once' : `Tried ${tried} times`
  if (next > until) {
    const detail = storable(`${times} within ${patienceMs / 60_000} minutes. ${reason}`)
    return { state: 'refused', action_id: null, detail, attempts: tried }
  }
  const detail = storable(`${times}; tried again until ${new Date(until).toISOString().slice(11, 16)} UTC. ${reason}`)
  return { state: 'wanted', action_id: null, detail, attempts: tried, next_try: new Date(next) }
}

/** The cluster or something else was away for now; everything else is an answer. */
function mayPass({ code, errors }: Refusal): boolean {
  if (code === 'unavailable' || code === 'too-many') return true
  return code === 'cluster-refused' && (errors ?? []).some(({ path }) => path === 'cluster-reachable')
}
