import type { Input } from '@cordon/contract'
import {
  type Alert,
  type Severity,
  suggestConditions,
  type TuningAction,
  type TuningCondition,
  tuningProblem,
  type TuningRule,
} from '@cordon/incidents'
import { fromLocalTime, toLocalTime } from '@cordon/ui'

export interface DraftCondition {
  field: TuningCondition['field']
  operator: TuningCondition['operator']
  /** One value a line. */
  text: string
}

export interface DraftGroup {
  match: 'all' | 'any'
  items: DraftCondition[]
}

/** What the form holds: text as it is typed, times as the browser's own fields have them. */
export interface TuningDraft {
  kind: TuningRule['kind']
  name: string
  reason: string
  action: TuningAction
  severity: Severity
  match: 'all' | 'any'
  groups: DraftGroup[]
  /** Separated by commas. */
  clusters: string
  namespaces: string
  ruleIds: string
  repeats: 'once' | 'weekly'
  days: number[]
  from: string
  until: string
  timeZone: string
  /** Local date and time, or empty. */
  startsAt: string
  endsAt: string
  /** Days from now, empty for never, or `on`: the date of `endsAt`. */
  expires: string
}

type Body = Omit<Input<'tuningCreate'>['body'], 'name' | 'reason'>

const day = 86_400_000
export const newCondition = (): DraftCondition => ({ field: 'pod', operator: 'equals', text: '' })
const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC'

/** An empty form, or one that covers the alert narrowly. */
export function newDraft(kind: TuningRule['kind'], alert?: Alert): TuningDraft {
  const items = alert ? suggestConditions({ ...alert, time: Date.parse(alert.lastActivity) }) : []
  return {
    kind,
    name: alert ? `Tune ${alert.title}`.slice(0, 100) : '',
    reason: '',
    action: 'resolve',
    severity: 'informational',
    match: 'all',
    groups:
      kind === 'tuning' ? [{ match: 'all', items: items.length > 0 ? items.map(asDraft) : [newCondition()] }] : [],
    clusters: '',
    namespaces: '',
    ruleIds: '',
    repeats: 'once',
    days: [7],
    from: '22:00',
    until: '04:00',
    timeZone: ownZone(),
    startsAt: '',
    endsAt: '',
    expires: kind === 'tuning' ? '30' : '',
  }
}

/** The form of a rule that exists. */
export function draftOf(rule: TuningRule): TuningDraft {
  const { scope, conditions, schedule } = rule
  return {
    ...newDraft(rule.kind),
    name: rule.name,
    reason: rule.reason,
    action: rule.action,
    severity: rule.severity ?? 'informational',
    match: conditions.match,
    groups: conditions.groups.map(({ match, items }) => ({ match, items: items.map(asDraft) })),
    clusters: scope.clusters.join(', '),
    namespaces: scope.namespaces.join(', '),
    ruleIds: scope.ruleIds.join(', '),
    ...(schedule ? { ...schedule, repeats: 'weekly' as const } : {}),
    startsAt: toLocalTime(rule.startsAt ?? ''),
    endsAt: toLocalTime(rule.expiresAt ?? ''),
    expires: rule.expiresAt ? 'on' : '',
  }
}

/** What is sent. Conditions without a value are left out. */
export function bodyOf(draft: TuningDraft): Body {
  const isWeekly = draft.kind === 'maintenance' && draft.repeats === 'weekly'
  const hasEnd = draft.kind === 'maintenance' ? !isWeekly || draft.expires === 'on' : draft.expires === 'on'
  const groups = draft.groups
    .map(({ match, items }) => ({ match, items: items.map(asCondition).filter(({ values }) => values.length > 0) }))
    .filter(({ items }) => items.length > 0)
  return {
    kind: draft.kind,
    action: draft.action,
    severity: draft.action === 'lower' ? draft.severity : null,
    scope: { clusters: list(draft.clusters), namespaces: list(draft.namespaces), ruleIds: list(draft.ruleIds) },
    conditions: { match: draft.match, groups },
    startsAt: fromLocalTime(draft.startsAt) ?? null,
    expiresAt: hasEnd
      ? (fromLocalTime(draft.endsAt) ?? null)
      : draft.expires && draft.expires !== 'on'
        ? new Date(Date.now() + Number(draft.expires) * day).toISOString()
        : null,
    schedule: isWeekly
      ? { days: draft.days.toSorted(), from: draft.from, until: draft.until, timeZone: draft.timeZone }
      : null,
  }
}

/** Why the form can't be saved, in words; undefined when it can. `forPreview`: name and reason may be missing yet. */
export function draftProblem(draft: TuningDraft, forPreview = false): string | undefined {
  const body = bodyOf(draft)
  if (body.schedule && body.schedule.days.length === 0) return 'Choose at least one day of the week.'
  const problem = tuningProblem({
    kind: draft.kind,
    action: draft.action,
    severity: body.severity ?? null,
    scope: { clusters: [], namespaces: [], ruleIds: [], ...body.scope },
    conditions: body.conditions ?? { match: 'all', groups: [] },
    startsAt: body.startsAt ?? null,
    expiresAt: body.expiresAt ?? null,
    schedule: body.schedule ?? null,
  })
  if (problem || forPreview) return problem
  if (draft.name.trim().length < 2) return 'Give it a name of at least two characters.'
  return draft.reason.trim() === '' ? 'A reason is required: it becomes part of the record.' : undefined
}

function asDraft({ field, operator, values }: TuningCondition): DraftCondition {
  return { field, operator, text: values.join('\n') }
}

function asCondition({ field, operator, text }: DraftCondition): TuningCondition {
  const values = text.split('\n').map((value) => value.trim())
  return { field, operator, values: [...new Set(values.filter(Boolean))].slice(0, 50) }
}

function list(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
}
