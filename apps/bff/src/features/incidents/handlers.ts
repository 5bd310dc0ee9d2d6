import type { EntityGraph } from '@cordon/entities'
import { covers, type Scope } from '@cordon/rbac'
import { readIncident } from '../../adapters/postgres/incident-record.ts'
import type { Actor, Deps, Handlers } from '../../deps.ts'
import { Refusal } from '../../refusal.ts'
import { placeOfKey, requireIncident } from '../../within-scope.ts'
import { countFacets, countTrend } from './count-incidents.ts'
import { readIncidentGraph, type Surroundings } from './incident-graph.ts'
import { listIncidents } from './list-incidents.ts'
import { mergeByHand } from './merge-by-hand.ts'
import { moveAlerts } from './move-alerts.ts'
import { lockIncident, updateIncident } from './update-incident.ts'

type IncidentHandlers = Pick<
  Handlers,
  | 'incidentList'
  | 'incidentFacets'
  | 'incidentTrend'
  | 'incidentGet'
  | 'incidentUpdate'
  | 'incidentComment'
  | 'incidentGraph'
  | 'incidentMerge'
  | 'alertMove'
>

export function incidentHandlers(deps: Deps, surroundings: Surroundings): IncidentHandlers {
  const { db, commit } = deps
  const get = async (actor: Actor, id: number) => {
    await requireIncident(db, actor, id)
    const incident = await readIncident(db, id)
    if (!incident) throw new Refusal('not-found', `There is no incident ${id}.`)
    return incident
  }
  return {
    incidentList: ({ query, actor }) => listIncidents(db, query, actor.scope),
    incidentFacets: ({ actor }) => countFacets(db, actor.scope),
    incidentTrend: ({ query, actor }) => countTrend(db, query.hours, actor.scope),
    incidentGet: ({ params, actor }) => get(actor, params.id),
    async incidentUpdate({ params, body, actor }) {
      await requireIncident(db, actor, params.id)
      return updateIncident(deps, actor, params.id, body)
    },

    incidentMerge: ({ body, actor }) => mergeByHand(deps, actor, body),
    alertMove: ({ body, actor }) => moveAlerts(deps, actor, body),

    async incidentComment({ params, body, actor }) {
      await commit(actor, async (tx) => {
        await lockIncident(tx, params.id)
        await requireIncident(tx, actor, params.id)
        await tx
          .insertInto('activities')
          .values({
            incident_id: params.id,
            actor: actor.name,
            kind: 'comment',
            text: body.text,
            from_value: null,
            to_value: null,
          })
          .execute()
        return {
          result: undefined,
          entries: [{ kind: 'incident.comment', subject: `incident:${params.id}`, details: { text: body.text } }],
          changed: ['incident'],
        }
      })
      return get(actor, params.id)
    },

    async incidentGraph({ params, actor }): Promise<EntityGraph> {
      await requireIncident(db, actor, params.id)
      const graph = await readIncidentGraph(db, params.id, within(surroundings, actor.scope))
      if (!graph) throw new Refusal('not-found', `There is no incident ${params.id}.`)
      return graph
    },
  }
}

/** What the alerts name is shown; what else inventory knows around it only within the scope. */
function within(surroundings: Surroundings, scope: Scope): Surroundings {
  return {
    ...surroundings,
    async relatedEntities(keys) {
      const named = new Set(keys)
      const isSeen = (key: string): boolean => named.has(key) || covers(scope, placeOfKey(key))
      return (await surroundings.relatedEntities(keys)).filter(({ from, to }) => isSeen(from) && isSeen(to))
    },
  }
}
