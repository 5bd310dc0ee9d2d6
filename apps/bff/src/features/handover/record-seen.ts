import { can } from '@cordon/rbac'
import { Unchanged } from '../../adapters/postgres/commit.ts'
import type { Actor, Deps, Handlers } from '../../deps.ts'

// More pairs than a shift looks at; forgetting one costs a look into the database, never a second entry.
const mostRemembered = 10_000

/**
 * Notes when someone who works incidents looks at one for the first time: that is when an alert was seen. The incident
 * is shown, whatever becomes of the note.
 */
export function notingWhoSees(
  { commit, log }: Pick<Deps, 'commit' | 'log'>,
  incidentGet: Handlers['incidentGet'],
): Handlers['incidentGet'] {
  const known = new Set<string>()
  return async (call) => {
    const incident = await incidentGet(call)
    const pair = `${incident.id} ${call.actor.name}`
    if (known.has(pair) || !can(call.actor.role, ['alerts.manage']).allowed || call.actor.via === 'system')
      return incident
    try {
      const noted = await note({ commit }, call.actor, incident.id)
      if (known.size >= mostRemembered) known.clear()
      known.add(pair)
      return noted ? await incidentGet(call) : incident
    } catch (error) {
      log.warn({ err: error, incident: incident.id }, 'Who saw an incident could not be noted')
      return incident
    }
  }
}

/** True when it is the first time. */
async function note({ commit }: Pick<Deps, 'commit'>, actor: Actor, incident: number): Promise<boolean> {
  return commit(actor, async (tx) => {
    const row = await tx
      .insertInto('incident_seen')
      .values({ incident_id: incident, account: actor.name })
      .onConflict((conflict) => conflict.doNothing())
      .returning('at')
      .executeTakeFirst()
    if (!row) return new Unchanged(false)
    await tx
      .insertInto('activities')
      .values({
        incident_id: incident,
        actor: actor.name,
        kind: 'seen',
        text: 'Opened the incident for the first time',
        from_value: null,
        to_value: null,
      })
      .execute()
    return {
      result: true,
      entries: [{ kind: 'incident.seen', subject: `incident:${incident}`, details: {} }],
      changed: ['incident'],
    }
  })
}
