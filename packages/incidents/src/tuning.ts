import type { Detection, Severity } from './alert.ts'
import type { Alert } from './incident.ts'
import { shortName } from './correlation.ts'
import { inSchedule, scheduleProblem } from './schedule.ts'
import { severityOrder } from './summary.ts'
import type { TuningAction, TuningCondition, TuningRule } from './tuning-rule.ts'
import type { TuningField } from './tuning-words.ts'

/** What of a rule decides. Times in ISO 8601 with Z. */
export type TuningMatcher = Pick<TuningRule, 'scope' | 'conditions' | 'startsAt' | 'expiresAt' | 'schedule' | 'kind'>

export type TunedAlert = Pick<
  Alert,
  'ruleId' | 'title' | 'severity' | 'tactics' | 'techniques' | 'cluster' | 'evidence' | 'events'
> & { namespace?: string | null | undefined; time: number }

/**
 * Does the rule cover this alert? Conditions on evidence look at every piece of that kind. A rule without conditions
 * covers everything of its scope, which only maintenance windows may.
 */
export function tunes(rule: TuningMatcher, alert: TunedAlert): boolean {
  if (rule.startsAt !== null && alert.time < Date.parse(rule.startsAt)) return false
  if (rule.expiresAt !== null && alert.time >= Date.parse(rule.expiresAt)) return false
  if (rule.schedule !== null && !inSchedule(rule.schedule, alert.time)) return false
  const { clusters, namespaces, ruleIds } = rule.scope
  if (clusters.length > 0 && !clusters.includes(alert.cluster)) return false
  if (namespaces.length > 0 && !(alert.namespace && namespaces.includes(alert.namespace))) return false
  if (ruleIds.length > 0 && !ruleIds.includes(alert.ruleId)) return false
  const { match, groups } = rule.conditions
  if (groups.length === 0) return rule.kind === 'maintenance'
  return linked(match, groups, (group) => linked(group.match, group.items, (item) => holds(item, alert)))
}

/** The rule that decides among those that cover an alert: hiding over resolving over lowering, then the oldest. */
export function strongest<T extends { action: TuningAction; createdAt: string }>(rules: readonly T[]): T | undefined {
  const rank: Record<TuningAction, number> = { hide: 0, resolve: 1, lower: 2 }
  return rules.toSorted((a, b) => rank[a.action] - rank[b.action] || (a.createdAt < b.createdAt ? -1 : 1))[0]
}

/** The lower of what the rule says and what the alert has: tuning never raises. */
export function loweredSeverity(has: Severity, to: Severity | null): Severity {
  if (to === null) return has
  return severityOrder.indexOf(to) > severityOrder.indexOf(has) ? to : has
}

/** Why these conditions can't be saved; undefined when they can. */
export function tuningProblem(rule: Omit<TuningMatcher, 'kind'> & Pick<TuningRule, 'kind' | 'action' | 'severity'>) {
  const { scope, conditions, startsAt, expiresAt, schedule } = rule
  if (startsAt !== null && expiresAt !== null && startsAt >= expiresAt) return 'It must end after it begins.'
  if (rule.action === 'lower' && rule.severity === null) return 'Say to which severity alerts are lowered.'
  if (rule.kind === 'maintenance') {
    if (schedule) {
      const problem = scheduleProblem(schedule)
      if (problem) return problem
    } else if (startsAt === null || expiresAt === null)
      return 'A maintenance window needs a beginning and an end, or hours of the week in which it repeats.'
    if (scope.clusters.length === 0 && scope.namespaces.length === 0)
      return 'A maintenance window needs a cluster or a namespace: nothing may be blinded as a whole.'
    return undefined
  }
  if (schedule) return 'Only maintenance windows repeat.'
  const items = conditions.groups.flatMap((group) => group.items)
  if (items.length === 0) return 'A tuning rule needs a condition.'
  const open = (value: string) => /^[*?\s]*$/.test(value)
  if (items.some(({ operator, values }) => operator === 'wildcard' && values.some(open)))
    return 'A wildcard of nothing but * and ? matches everything.'
  if (items.every(({ operator }) => operator === 'not-equals') && scope.ruleIds.length === 0)
    return 'Conditions that only exclude would cover nearly every alert. Add one that names what is meant.'
  return undefined
}

function linked<T>(match: 'all' | 'any', members: readonly T[], test: (member: T) => boolean): boolean {
  return match === 'all' ? members.every(test) : members.some(test)
}

function holds({ field, operator, values }: TuningCondition, alert: TunedAlert): boolean {
  const found = fieldValues(field, alert).map((value) => value.toLowerCase())
  const wanted = values.map((value) => value.toLowerCase())
  if (operator === 'not-equals') return found.length > 0 && !found.some((value) => wanted.includes(value))
  return found.some((value) =>
    wanted.some((one) =>
      operator === 'equals' ? value === one : operator === 'contains' ? value.includes(one) : glob(one, value),
    ),
  )
}

/** Every value an alert has for a field; evidence by its name and by the name with its namespace. */
export function fieldValues(field: TuningField, alert: TunedAlert): string[] {
  switch (field) {
    case 'ruleId':
    case 'title':
    case 'severity':
    case 'cluster':
      return [alert[field]]
    case 'namespace':
      return alert.namespace ? [alert.namespace] : []
    case 'tactic':
      return alert.tactics
    case 'technique':
      return alert.techniques
    case 'commandLine':
      return [
        ...alert.events.map((event) => event.summary),
        ...alert.evidence.flatMap(({ facts }) => (typeof facts.commandLine === 'string' ? [facts.commandLine] : [])),
      ]
    default:
      return alert.evidence
        .filter((item) => item.kind === field)
        .flatMap((item) => [item.name, shortName(item.key), ...pathOf(item.facts)])
  }
}

function pathOf(facts: Detection['evidence'][number]['facts']): string[] {
  return ['path', 'image'].flatMap((name) => (typeof facts[name] === 'string' ? [facts[name]] : []))
}

/**
 * `*` any text, `?` one character, over the whole value. Walks back to the last star only, so that no pattern of a
 * user is slower than its length times the value's.
 */
function glob(pattern: string, text: string): boolean {
  let [p, t, star, mark] = [0, 0, -1, 0]
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++
      mark = t
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++
      t++
    } else if (star >= 0) {
      p = star + 1
      t = ++mark
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}

const suggested: TuningField[] = [
  'ruleId',
  'cluster',
  'namespace',
  'workload',
  'image',
  'user',
  'service-account',
  'process',
]

/** Conditions that describe an alert narrowly, to begin a tuning rule with: the person removes what doesn't matter. */
export function suggestConditions(alert: TunedAlert): TuningCondition[] {
  return suggested.flatMap((field): TuningCondition[] => {
    const [value] = fieldValues(field, alert)
    return value ? [{ field, operator: 'equals', values: [value] }] : []
  })
}
