import { parseCondition } from './condition.ts'
import { comparisons, correlationTypes } from './rule.ts'
import type { Comparison, CorrelationRule, CorrelationType } from './rule.ts'

type Plain = Record<string, unknown>
type Facts = Omit<
  CorrelationRule,
  | 'kind'
  | 'type'
  | 'rules'
  | 'groupBy'
  | 'aliases'
  | 'timespanMs'
  | 'thresholds'
  | 'fields'
  | 'percentile'
  | 'expression'
  | 'generate'
  | 'learningMs'
  | 'scope'
>

const units: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/**
 * Reads the `correlation` section.
 * @throws Error that says what doesn't fit
 */
export function parseCorrelation(facts: Facts, source: unknown): CorrelationRule {
  if (!isPlain(source)) throw new Error('correlation is not a map')
  const type = correlationTypes.find((known) => known === source['type'])
  if (!type)
    throw new Error(`correlation.type "${String(source['type'])}" is not one of ${correlationTypes.join(', ')}`)
  const rules = textList(source['rules'], 'correlation.rules')
  if (rules.length === 0) throw new Error('correlation.rules is missing')
  const groupBy = textList(source['group-by'], 'correlation.group-by')
  if (type === 'x-cordon-first-seen' && groupBy.length === 0)
    throw new Error('x-cordon-first-seen needs group-by: what is remembered as seen')
  return {
    kind: 'correlation',
    ...facts,
    type,
    rules,
    groupBy,
    aliases: parseAliases(source['aliases']),
    timespanMs: parseTimespan(source['timespan'], 'correlation.timespan'),
    ...parseThresholds(type, rules, source['condition']),
    generate: source['generate'] === true || facts.document['generate'] === true,
    learningMs:
      source['x-cordon-learning'] === undefined ? 0 : parseTimespan(source['x-cordon-learning'], 'x-cordon-learning'),
    scope: textList(source['x-cordon-scope'], 'x-cordon-scope'),
  }
}

/** Milliseconds of `90s`, `5m`, `1h`, `7d`, `2w`. */
export function parseTimespan(value: unknown, name: string): number {
  const match = typeof value === 'string' ? /^(\d{1,6})([smhdw])$/.exec(value) : null
  const ms = match ? Number(match[1]) * units[match[2]!]! : 0
  if (ms <= 0) throw new Error(`${name} "${String(value)}" is not a number with s, m, h, d or w`)
  return ms
}

function parseThresholds(type: CorrelationType, rules: string[], source: unknown) {
  const none = { thresholds: [], fields: [], percentile: undefined, expression: undefined }
  if (type === 'x-cordon-first-seen') return none
  const temporal = type === 'temporal' || type === 'temporal_ordered'
  if (source === undefined && temporal) return none
  if (typeof source === 'string') {
    if (!temporal) throw new Error(`an extended condition is for temporal types only, not for ${type}`)
    return { ...none, expression: parseCondition(source, rules) }
  }
  if (!isPlain(source)) throw new Error(`${type} needs a condition`)
  const thresholds: { comparison: Comparison; value: number }[] = []
  for (const [key, value] of Object.entries(source)) {
    if (key === 'field' || key === 'percentile') continue
    const comparison = comparisons.find((known) => known === key)
    if (!comparison) throw new Error(`unknown comparison "${key}" in correlation.condition`)
    if (typeof value !== 'number' || !Number.isFinite(value))
      throw new Error(`correlation.condition.${key} is no number`)
    thresholds.push({ comparison, value })
  }
  if (thresholds.length === 0) throw new Error('correlation.condition compares nothing')
  const fields = textList(source['field'], 'correlation.condition.field')
  if (type.startsWith('value_') && fields.length === 0) throw new Error(`${type} needs condition.field`)
  const percentile = source['percentile']
  if (percentile !== undefined && !(typeof percentile === 'number' && percentile >= 0 && percentile <= 100))
    throw new Error('correlation.condition.percentile is not between 0 and 100')
  return { thresholds, fields, percentile, expression: undefined }
}

function parseAliases(source: unknown): Record<string, Record<string, string>> {
  if (source === undefined || source === null) return {}
  if (!isPlain(source)) throw new Error('correlation.aliases is not a map')
  const aliases: Record<string, Record<string, string>> = {}
  for (const [alias, fields] of Object.entries(source)) {
    if (!isPlain(fields) || Object.values(fields).some((field) => typeof field !== 'string'))
      throw new Error(`correlation.aliases.${alias} must map rule names to fields`)
    aliases[alias] = fields as Record<string, string>
  }
  return aliases
}

function textList(value: unknown, name: string): string[] {
  if (value === undefined || value === null) return []
  const list = Array.isArray(value) ? value : [value]
  if (!list.every((member): member is string => typeof member === 'string')) throw new Error(`${name} must be texts`)
  return list
}

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
