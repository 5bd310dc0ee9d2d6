import { mostEntities } from './correlation.ts'
import type { Incident } from './incident.ts'

/** At most this many incidents become one at a time. */
export const mostMerged = 5

export type Mergeable = Pick<Incident, 'id' | 'status' | 'assignedTo' | 'classification' | 'determination'> & {
  entityCount: number
}

/**
 * Why people can't merge these; undefined when they can. The rules are those of correlation, said in words: nothing
 * resolved, no differing decisions of people, not larger than an incident can be looked at.
 */
export function mergeProblem(incidents: readonly Mergeable[]): string | undefined {
  if (incidents.length < 2) return 'Choose at least two incidents.'
  if (incidents.length > mostMerged) return `At most ${mostMerged} incidents can be merged at a time.`
  const closed = incidents.filter(({ status }) => status === 'resolved' || status === 'redirected')
  if (closed.length > 0)
    return `${names(closed)} ${closed.length > 1 ? 'are' : 'is'} closed. Only open incidents can be merged.`
  if (differ(incidents, ({ assignedTo }) => assignedTo, true)) return 'They are assigned to different people.'
  if (differ(incidents, ({ classification }) => classification)) return 'They are classified differently.'
  if (differ(incidents, ({ determination }) => determination)) return 'Their determinations differ.'
  const entities = incidents.reduce((sum, { entityCount }) => sum + entityCount, 0)
  if (entities > mostEntities)
    return `Together they have ${entities} entities; ${mostEntities} is the most for one incident.`
  return undefined
}

/** Nobody chooses the direction: the oldest keeps its number, since links to it are the most likely to be in use. */
export function mergeTarget<T extends { id: number }>(incidents: readonly T[]): T | undefined {
  return incidents.toSorted((a, b) => a.id - b.id)[0]
}

function differ(incidents: readonly Mergeable[], of: (one: Mergeable) => string | null, canBeOpen = false): boolean {
  const values = incidents.map(of).filter((value) => !canBeOpen || value !== null)
  return new Set(values).size > 1
}

function names(incidents: readonly Mergeable[]): string {
  return `Incident ${incidents.map(({ id }) => id).join(', ')}`
}
