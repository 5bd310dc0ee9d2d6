/** Where events come from, as a Sigma rule names it. A rule's attributes must all equal the event's. */
export interface LogSource {
  product?: string
  category?: string
  service?: string
}

/** One refused rule: why and where, so that its author finds it. */
export interface RuleProblem {
  file: string
  /** 1-based line in the YAML text. */
  line: number
  /** Title, name or id of the rule, whichever it has; empty when even that could not be read. */
  rule: string
  message: string
}

interface DocumentFacts {
  /** How matches and correlations refer to it: `name`, else `id`, else the title. */
  key: string
  title: string
  id?: string
  name?: string
  description: string
  status?: string
  level?: string
  tags: string[]
  references: string[]
  falsePositives: string[]
  author?: string
  file: string
  line: number
  /** The whole YAML document as plain data; members this package doesn't know are for its users. */
  document: Record<string, unknown>
}

export interface SigmaRule extends DocumentFacts {
  kind: 'rule'
  logsource: LogSource
  /** Search identifiers by name, in file order. */
  selections: ReadonlyMap<string, Selection>
  /** Several conditions are linked by OR. */
  conditions: Condition[]
}

export type Selection =
  | { kind: 'all' | 'any'; of: Selection[] }
  | { kind: 'item'; field: string | undefined; modifiers: string[]; values: SigmaValue[] }

export type SigmaValue = string | number | boolean | null

export type Condition =
  | { kind: 'name'; name: string }
  | { kind: 'not'; of: Condition }
  | { kind: 'and' | 'or'; of: Condition[] }
  /** `1 of x*`, `all of them`: how many of the named selections must hold. */
  | { kind: 'count'; atLeast: number | 'all'; names: string[] }

export const correlationTypes = [
  'event_count',
  'value_count',
  'temporal',
  'temporal_ordered',
  'value_sum',
  'value_avg',
  'value_percentile',
  'x-cordon-first-seen',
] as const
export type CorrelationType = (typeof correlationTypes)[number]

export const comparisons = ['gt', 'gte', 'lt', 'lte', 'eq', 'neq'] as const
export type Comparison = (typeof comparisons)[number]

export interface CorrelationRule extends DocumentFacts {
  kind: 'correlation'
  type: CorrelationType
  /** Keys of rules or correlations it watches, in the file's order. */
  rules: string[]
  groupBy: string[]
  /** alias → rule → field. */
  aliases: Record<string, Record<string, string>>
  timespanMs: number
  /** All comparisons must hold (a range when there are two). */
  thresholds: { comparison: Comparison; value: number }[]
  /** Fields of value_* types; several are counted as one combined value. */
  fields: string[]
  /** For value_percentile: compare this percentile of a numeric field; absent: the share of the event's own value. */
  percentile?: number
  /** Extended condition of temporal types: which rules must (not) have occurred. */
  expression?: Condition
  /** Whether matches of the referred rules stand alone too. */
  generate: boolean
  /** For first-seen: no match until events of this group have been seen for so long. */
  learningMs: number
  /** For first-seen: the fields that have a learning time of their own (e.g. the cluster). */
  scope: string[]
}

export interface FilterRule extends DocumentFacts {
  kind: 'filter'
  logsource: LogSource
  /** Rules it applies to; undefined: every rule of the log source. */
  rules: string[] | undefined
  selections: ReadonlyMap<string, Selection>
  conditions: Condition[]
}

export interface RuleSet {
  rules: SigmaRule[]
  correlations: CorrelationRule[]
  filters: FilterRule[]
  errors: RuleProblem[]
}
