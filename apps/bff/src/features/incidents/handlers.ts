import type { EntityGraph } from '@cordon/entities'
import { readIncident } from '../../adapters/postgres/incident-record.ts'
import type { Deps, Handlers } from '../../deps.ts'
import { Refusal } from '../../refusal.ts'
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
  const get = async (id: number) => {
    const incident = await readIncident(db, id)
    if (!incident) throw new Refusal('not-found', `There is no incident ${id}.`)
    return incident
  }
  return {
    incidentList: ({ query }) => listIncidents(db, query),
    incidentFacets: () => countFacets(db),
    incidentTrend: ({ query }) => countTrend(db, query.hours),
    incidentGet: ({ params }) => get(params.id),
    incidentUpdate: ({ params, body, actor }) => updateIncident(deps, actor, params.id, body),

    incidentMerge: ({ body, actor }) => mergeByHand(deps, actor, body),
    alertMove: ({ body, actor }) => moveAlerts(deps, actor, body),

    async incidentComment({ params, body, actor }) {
      await commit(actor, async (tx) => {
        await lockIncident(tx, params.id)
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
      return get(params.id)
    },

    async incidentGraph({ params }): Promise<EntityGraph> {
      const graph = await readIncidentGraph(db, params.id, surroundings)
      if (!graph) throw new Refusal('not-found', `There is no incident ${params.id}.`)
      return graph
    },
  }
}
