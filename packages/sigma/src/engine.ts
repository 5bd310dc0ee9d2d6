import { EventView, FieldSlots, wholeEvent } from './event-view.ts'
import { resolveField, splitPath } from './field.ts'
import type { ItemWitness, Lists } from './item.ts'
import { both, compileCondition, compileSelection, either } from './predicate.ts'
import type { FieldReader, Predicate } from './predicate.ts'
import { RuleIndex } from './rule-index.ts'
import type { CorrelationRule, FilterRule, LogSource, RuleProblem, RuleSet, SigmaRule } from './rule.ts'

/** Where the fields of a log source's rules are found in our events; names without an entry are paths themselves. */
export interface FieldMapping {
  logsource: LogSource
  fields: Record<string, string | string[]>
  /**
   * Path → path of which its values are always a part, letter case aside (a file named on a command line, the command
   * line). Rules are then found by one pass over the whole, and the part is worked out for those only.
   */
  partOf?: Record<string, string>
  /** Values that many events share, by path; `*` is any. A rule is found by them last. */
  common?: Record<string, '*' | readonly string[]>
}

export interface CompileOptions {
  fieldMapping?: FieldMapping[]
  /** Log sources that will be fed. Rules for none of them are listed in `unrouted`. */
  logsources?: LogSource[]
  /** Values of `expand` placeholders and of `x-cordon-in` lists. */
  lists?: Lists
}

export interface Match {
  rule: SigmaRule
  event: unknown
  /** Whether one selection of the rule holds for this event. */
  holds(selection: string): boolean
  /** Text values of a field, by the rule's field names. */
  field(name: string): string[]
}

export interface EngineStats {
  rules: number
  events: number
  /** Rules evaluated in full; events × rules would be the cost without the index. */
  evaluations: number
  matches: number
}

/** What one rule did and cost since it was compiled. */
export interface RuleUse {
  evaluations: number
  matches: number
  /** Events on which it failed; it is passed over then, the others run. */
  errors: number
  lastError?: string
  /** Mean time of one evaluation in microseconds, from every 61st event; 0 before the first sample. */
  microseconds: number
}

export interface Engine {
  rules: SigmaRule[]
  correlations: CorrelationRule[]
  /** Rules refused while compiling (unknown list, impossible value …); all others work. */
  errors: RuleProblem[]
  unrouted: SigmaRule[]
  match(logsource: LogSource, event: unknown): Match[]
  /** Text values of a field as the named rule's log source maps it. */
  fieldOf(rule: string, name: string, event: unknown): string[]
  stats(): EngineStats
  /** Per rule key. */
  uses(): Map<string, RuleUse>
}

interface CompiledRule {
  rule: SigmaRule
  use: Use
  predicate: Predicate
  selections: ReadonlyMap<string, Predicate>
  targets: (field: string) => string[]
}

interface Buckets {
  /** Frozen log sources only: others may change. */
  byObject: Map<LogSource, Bucket>
  byText: Map<string, Bucket>
}

interface Use {
  evaluations: number
  matches: number
  errors: number
  lastError: string | undefined
  timed: number
  timedMs: number
}

// Reading the clock costs as much as a rule does. No power of two, so that it doesn't fall in step with its input.
const timeEvery = 61

interface Bucket {
  rules: CompiledRule[]
  index: RuleIndex
}

/**
 * Compiles rules once to closures with an index per log source. Rules that cannot be compiled are listed in
 * `errors`; nothing is thrown for a bad rule.
 */
export function compile(set: RuleSet, options: CompileOptions = {}): Engine {
  const slots = new FieldSlots()
  const errors: RuleProblem[] = []
  const compiled: CompiledRule[] = []
  for (const rule of set.rules) {
    try {
      compiled.push(compileRule(rule, set.filters, slots, options))
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      errors.push({ file: rule.file, line: rule.line, rule: rule.title, message })
    }
  }
  const stats: EngineStats = { rules: compiled.length, events: 0, evaluations: 0, matches: 0 }
  const buckets: Buckets = { byObject: new Map(), byText: new Map() }
  const view = new EventView(slots)
  const byKey = new Map(compiled.map((one) => [one.rule.key, one]))
  const known = options.logsources
  // Now rather than at the first event, which would wait for it.
  for (const source of known ?? []) bucketFor(source, compiled, buckets)
  return {
    rules: compiled.map((one) => one.rule),
    correlations: set.correlations,
    errors,
    unrouted: known
      ? compiled.filter((one) => !known.some((source) => covers(one.rule.logsource, source))).map((one) => one.rule)
      : [],
    match(logsource, event) {
      const bucket = bucketFor(logsource, compiled, buckets)
      stats.events++
      view.reset(event)
      const isTimed = stats.events % timeEvery === 0
      const matches: Match[] = []
      for (const number of bucket.index.candidates(view)) {
        const one = bucket.rules[number]!
        stats.evaluations++
        if (holds(one, view, isTimed)) matches.push(matchOf(one, event, view))
      }
      stats.matches += matches.length
      return matches
    },
    fieldOf(rule, name, event) {
      const targets = byKey.get(rule)?.targets(name) ?? [name]
      return resolveField(event, targets.map(splitPath)).texts
    },
    stats: () => ({ ...stats }),
    uses: () => new Map(compiled.map(({ rule, use }) => [rule.key, useOf(use)])),
  }
}

function holds({ predicate, use }: CompiledRule, view: EventView, isTimed: boolean): boolean {
  const start = isTimed ? performance.now() : 0
  use.evaluations++
  let isMatch = false
  try {
    isMatch = predicate.test(view)
  } catch (error) {
    use.errors++
    use.lastError = error instanceof Error ? error.message : String(error)
  }
  if (isMatch) use.matches++
  if (isTimed) {
    use.timed++
    use.timedMs += performance.now() - start
  }
  return isMatch
}

function useOf({ evaluations, matches, errors, lastError, timed, timedMs }: Use): RuleUse {
  const microseconds = timed === 0 ? 0 : (timedMs * 1000) / timed
  return { evaluations, matches, errors, ...(lastError === undefined ? {} : { lastError }), microseconds }
}

function compileRule(rule: SigmaRule, filters: FilterRule[], slots: FieldSlots, options: CompileOptions): CompiledRule {
  const mappings = (options.fieldMapping ?? []).filter((one) => covers(one.logsource, rule.logsource))
  const targets = targetsFor(mappings)
  const fields = fieldReader(slots, targets, mappings)
  const lists = options.lists ?? {}
  const selections = new Map<string, Predicate>()
  for (const [name, selection] of rule.selections) selections.set(name, compileSelection(selection, fields, lists))
  const parts = [either(rule.conditions.map((condition) => compileCondition(condition, selections)))]
  for (const filter of filters) {
    if (!appliesTo(filter, rule)) continue
    const own = new Map([...filter.selections].map(([name, s]) => [name, compileSelection(s, fields, lists)] as const))
    parts.push(...filter.conditions.map((condition) => compileCondition(condition, own)))
  }
  const use: Use = { evaluations: 0, matches: 0, errors: 0, lastError: undefined, timed: 0, timedMs: 0 }
  return { rule, use, predicate: both(parts), selections, targets }
}

function appliesTo(filter: FilterRule, rule: SigmaRule): boolean {
  const named = filter.rules === undefined || filter.rules.some((ref) => ref === rule.id || ref === rule.name)
  return named && covers(filter.logsource, rule.logsource)
}

/** Whether every attribute the rule names equals the event source's. */
function covers(rule: LogSource, source: LogSource): boolean {
  return (['product', 'category', 'service'] as const).every(
    (part) => rule[part] === undefined || rule[part] === source[part]?.toLowerCase(),
  )
}

function targetsFor(mappings: FieldMapping[]): (field: string) => string[] {
  const fields = new Map<string, string[]>()
  for (const mapping of mappings)
    for (const [name, target] of Object.entries(mapping.fields))
      fields.set(name, typeof target === 'string' ? [target] : target)
  return (field) => fields.get(field) ?? [field]
}

function fieldReader(
  slots: FieldSlots,
  targets: (field: string) => string[],
  mappings: readonly FieldMapping[],
): FieldReader {
  const partOf = new Map(mappings.flatMap((one) => Object.entries(one.partOf ?? {})))
  const common = new Map(mappings.flatMap((one) => Object.entries(one.common ?? {})))
  const isCommon = (path: string, literal: string) => {
    const values = common.get(path)
    return values === '*' || (values?.includes(literal) ?? false)
  }
  return {
    slotOf: (field) => (field === undefined ? wholeEvent : slots.slot(targets(field))),
    witness(field, { kind, literal }) {
      const paths = targets(field)
      // Letters beyond ASCII can change case by what stands beside them.
      const whole = paths.length === 1 && isAscii.test(literal) ? partOf.get(paths[0]!) : undefined
      if (whole !== undefined) return weighed({ slot: slots.slot([whole]), kind: 'contains', literal }, false)
      return weighed(
        { slot: slots.slot(paths), kind, literal },
        paths.some((path) => isCommon(path, literal)),
      )
    },
  }
}

// oxlint-disable-next-line no-control-regex -- the range of ASCII
const isAscii = /^[\u0000-\u007f]+$/

function weighed(witness: ItemWitness & { slot: number }, isCommon: boolean) {
  const { kind, literal } = witness
  // Short texts occur in others by chance.
  const chance = kind === 'contains' ? 1 + 30 / Math.max(1, literal.length) ** 2 : kind === 'present' ? 20 : 1
  return { ...witness, weight: isCommon ? chance + 60 : chance }
}

// Callers pass the same few objects again and again; to build a text per event would cost as much as the rules.
function bucketFor(logsource: LogSource, compiled: CompiledRule[], buckets: Buckets): Bucket {
  const same = buckets.byObject.get(logsource)
  if (same) return same
  const key = `${logsource.product ?? ''}\n${logsource.category ?? ''}\n${logsource.service ?? ''}`
  const known = buckets.byText.get(key)
  if (known) return known
  const rules = compiled.filter((one) => covers(one.rule.logsource, logsource))
  const bucket = { rules, index: new RuleIndex(rules.map((one) => one.predicate.needs)) }
  buckets.byText.set(key, bucket)
  if (Object.isFrozen(logsource)) buckets.byObject.set(logsource, bucket)
  return bucket
}

function matchOf(one: CompiledRule, event: unknown, view: EventView): Match {
  return {
    rule: one.rule,
    event,
    holds(selection) {
      if (view.event !== event) view.reset(event)
      return one.selections.get(selection)?.test(view) ?? false
    },
    field: (name) => resolveField(event, one.targets(name).map(splitPath)).texts,
  }
}
