import { both, MAYBE, NO, sure, YES } from './certainty.ts'
import type { Certainty } from './certainty.ts'
import { field, foreignKeys, isObject, listField, textField } from './read-object.ts'

export interface Requirement {
  key: string
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  values: string[]
  /** The label is one a World does not carry (a service account's, say). */
  unknown?: boolean
}

export interface Selector {
  text: string
  /** The selector as a conjunction; null where it is not one. */
  requirements: Requirement[] | null
  /** Part of it could not be read: every match is at most maybe. */
  doubtful: boolean
  match(labels: Record<string, string>): Certainty
}

export type Complain = (what: string) => void

/** A selector over a conjunction of requirements. */
export function selectorOf(requirements: Requirement[], doubtful = false): Selector {
  return {
    text: requirements.length === 0 ? 'any' : requirements.map(describe).join(', '),
    requirements: doubtful ? null : requirements,
    doubtful,
    match(labels) {
      let result: Certainty = doubtful ? MAYBE : YES
      for (const requirement of requirements) {
        result = both(result, meets(requirement, labels))
        if (result === NO) return NO
      }
      return result
    },
  }
}

export const ANY: Selector = selectorOf([])

/**
 * Reads a LabelSelector (apimachinery `meta/v1`): matchLabels and matchExpressions are joined by AND, the empty
 * selector takes everything. What cannot be read makes every match doubtful and is complained about.
 */
export function parseLabelSelector(value: unknown, complain: Complain, rename = (key: string) => key): Selector {
  if (value === undefined) return ANY
  if (!isObject(value)) {
    complain('selector is not an object')
    return selectorOf([], true)
  }
  const requirements: Requirement[] = []
  let doubtful = false
  const doubt = (what: string) => {
    doubtful = true
    complain(what)
  }
  for (const key of foreignKeys(value, ['matchLabels', 'matchExpressions'])) doubt(`selector field ${key}`)
  const labels = field(value, 'matchLabels')
  if (labels !== undefined && !isObject(labels)) doubt('matchLabels is not an object')
  for (const [key, wanted] of isObject(labels) ? Object.entries(labels) : []) {
    if (typeof wanted === 'string') requirements.push({ key: rename(key), operator: 'In', values: [wanted] })
    else doubt(`matchLabels value of ${key}`)
  }
  const expressions = field(value, 'matchExpressions')
  if (expressions !== undefined && !Array.isArray(expressions)) doubt('matchExpressions is not a list')
  for (const item of Array.isArray(expressions) ? expressions : []) {
    const requirement = readExpression(item, rename)
    if (requirement) requirements.push(requirement)
    else doubt('matchExpressions item')
  }
  return selectorOf(requirements, doubtful)
}

function readExpression(item: unknown, rename: (key: string) => string): Requirement | null {
  const key = textField(item, 'key')
  const operator = textField(item, 'operator')
  const values = (listField(item, 'values') ?? []).filter((value) => typeof value === 'string')
  if (key === undefined) return null
  if (operator === 'In' || operator === 'NotIn') {
    return values.length > 0 ? { key: rename(key), operator, values } : null
  }
  if (operator === 'Exists' || operator === 'DoesNotExist') return { key: rename(key), operator, values: [] }
  return null
}

function meets(requirement: Requirement, labels: Record<string, string>): Certainty {
  if (requirement.unknown) return MAYBE
  const present = Object.hasOwn(labels, requirement.key)
  switch (requirement.operator) {
    case 'In':
      return sure(present && requirement.values.includes(labels[requirement.key] ?? ''))
    case 'NotIn':
      return sure(!present || !requirement.values.includes(labels[requirement.key] ?? ''))
    case 'Exists':
      return sure(present)
    case 'DoesNotExist':
      return sure(!present)
  }
}

function describe({ key, operator, values }: Requirement): string {
  if (operator === 'In') return values.length === 1 ? `${key}=${values[0]}` : `${key} in (${values.join(', ')})`
  if (operator === 'NotIn') return `${key} not in (${values.join(', ')})`
  return operator === 'Exists' ? `has ${key}` : `no ${key}`
}

/**
 * Whether `selector` takes a thing of which only the selector `given` is known to hold: yes if it follows, no if it
 * contradicts, else maybe.
 */
export function matchDescribed(selector: Selector, given: Selector): Certainty {
  if (selector.doubtful) return MAYBE
  if (selector.requirements?.length === 0) return YES
  if (selector.text === given.text && !given.doubtful) return YES
  if (!selector.requirements) return MAYBE
  const facts = given.requirements ?? []
  let result: Certainty = YES
  for (const wanted of selector.requirements) {
    const related = facts.filter((fact) => fact.key === wanted.key && !fact.unknown)
    result = both(result, wanted.unknown ? MAYBE : follows(wanted, related))
  }
  return result
}

function follows(wanted: Requirement, facts: Requirement[]): Certainty {
  let result: Certainty = MAYBE
  for (const fact of facts) {
    const verdict = followsFrom(wanted, fact)
    if (verdict === NO) return NO
    if (verdict === YES) result = YES
  }
  return result
}

function followsFrom(wanted: Requirement, fact: Requirement): Certainty {
  const subset = (a: string[], b: string[]) => a.every((value) => b.includes(value))
  const disjoint = (a: string[], b: string[]) => !a.some((value) => b.includes(value))
  if (wanted.operator === 'NotIn') return opposedTo({ ...wanted, operator: 'In' }, fact)
  if (wanted.operator === 'DoesNotExist') return opposedTo({ ...wanted, operator: 'Exists' }, fact)
  if (fact.operator === 'DoesNotExist') return NO
  if (wanted.operator === 'Exists') return fact.operator === 'NotIn' ? MAYBE : YES
  if (fact.operator === 'In') {
    if (subset(fact.values, wanted.values)) return YES
    return disjoint(fact.values, wanted.values) ? NO : MAYBE
  }
  return fact.operator === 'NotIn' && subset(wanted.values, fact.values) ? NO : MAYBE
}

function opposedTo(wanted: Requirement, fact: Requirement): Certainty {
  const verdict = followsFrom(wanted, fact)
  return verdict === YES ? NO : verdict === NO ? YES : MAYBE
}
