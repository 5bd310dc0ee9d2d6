import { scheduleWords, tuningFields, tuningOperators, type TuningRule } from '@cordon/incidents'

export const tuningActions: Record<TuningRule['action'], string> = {
  hide: 'Hides',
  resolve: 'Resolves',
  lower: 'Lowers severity',
}

/** Of now. A window that repeats is in force between its hours too: it says when it holds. */
export function stateOfTuning({ enabled, startsAt, expiresAt }: TuningRule): string {
  const now = new Date().toISOString()
  if (!enabled) return 'Off'
  if (expiresAt && expiresAt <= now) return 'Expired'
  return startsAt && startsAt > now ? 'Planned' : 'In force'
}

/** What a rule covers, in words: a line for each group of conditions and each limit. */
export function coverWords({ conditions, scope, schedule }: TuningRule): string[] {
  const groups = conditions.groups.map(({ match, items }, at) => {
    const text = items
      .map(
        ({ field, operator, values }) => `${tuningFields[field]} ${tuningOperators[operator]} ${values.join(' or ')}`,
      )
      .join(match === 'all' ? ' and ' : ' or ')
    return at === 0 ? text : `${conditions.match === 'all' ? 'and' : 'or'} ${text}`
  })
  const limits = [
    scope.clusters.length > 0 && `Only in ${scope.clusters.join(', ')}`,
    scope.namespaces.length > 0 && `Only in the namespaces ${scope.namespaces.join(', ')}`,
    scope.ruleIds.length > 0 && `Only of the rules ${scope.ruleIds.join(', ')}`,
    schedule && scheduleWords(schedule),
  ].filter((text) => typeof text === 'string')
  return groups.length === 0 && limits.length === 0 ? ['Everything'] : [...groups, ...limits]
}
