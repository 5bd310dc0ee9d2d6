import { inSchedule, scheduleWords, tuningFields, tuningOperators, type TuningRule } from '@cordon/incidents'

export const tuningActions: Record<TuningRule['action'], string> = {
  hide: 'Hides',
  resolve: 'Resolves',
  lower: 'Lowers severity',
}

/** Of now: a window that repeats is waiting outside its hours. */
export function stateOfTuning({ enabled, startsAt, expiresAt, schedule }: TuningRule): string {
  const now = new Date().toISOString()
  if (!enabled) return 'Off'
  if (expiresAt && expiresAt <= now) return 'Expired'
  if (startsAt && startsAt > now) return 'Planned'
  return schedule && !inSchedule(schedule, Date.now()) ? 'Waiting' : 'In force'
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
