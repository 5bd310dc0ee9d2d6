import type { Engine } from './engine.ts'
import { compare, numeric } from './item.ts'
import type { Match } from './engine.ts'
import type { Condition, CorrelationRule } from './rule.ts'

/** One match (of a rule or of a correlation) as correlations see it. */
export interface Observation {
  /** `key` of the rule; its id and name are known to the correlator. */
  rule: string
  /** Epoch milliseconds. */
  time: number
  /** Identity of the event; the same id counts once. */
  id: string
  /** Events of different scopes (clusters, tenants) never share a window. */
  scope?: string
  /** Text values of a field, by the rule's own field names. */
  field(name: string): string[]
}

export interface CorrelationMatch {
  correlation: CorrelationRule
  /** Values of the group-by fields. */
  group: Record<string, string>
  time: number
  /** Contributing events not reported before for this group, oldest first. */
  entries: { id: string; time: number; rule: string }[]
  /** The count, sum, share … that met the condition. */
  value: number
}

export interface CorrelatorLimits {
  /** Groups remembered over all correlations; the one unused longest is forgotten first. */
  groups: number
  /** Events remembered per group; the oldest are forgotten first. */
  entries: number
  /** Events remembered over all groups; beyond, groups unused longest are forgotten. */
  total: number
}

interface Entry {
  id: string
  time: number
  rule: string
  value?: string
  reported?: boolean
}

interface Group {
  /** In order of time. */
  entries: Entry[]
  /** How many of them each rule contributed. */
  byRule: Map<string, number>
  latest: number
  /** For first-seen: when the scope or the value came up first. */
  since?: number
}

export interface CorrelatorSnapshot {
  version: 1
  groups: [string, Omit<Group, 'byRule'>][]
}

const defaultLimits: CorrelatorLimits = { groups: 20_000, entries: 2_000, total: 400_000 }
const maxChain = 8
const groupsPerPart = 1000
const entriesPerPart = 20_000

/** Keeps the windows of correlation rules in bounded memory. Feed it every match of the engine. */
export class Correlator {
  private readonly byRule = new Map<string, CorrelationRule[]>()
  private readonly keys = new Map<string, string>()
  private readonly limits: CorrelatorLimits
  // Insertion order is order of use: a touched group moves to the end.
  private groups = new Map<string, Group>()
  /** Events in all of them. */
  private entries = 0

  /** @param engine gives the rules whose names and ids the correlations refer to */
  constructor(engine: Pick<Engine, 'rules' | 'correlations'>, limits: Partial<CorrelatorLimits> = {}) {
    this.limits = { ...defaultLimits, ...limits }
    for (const rule of [...engine.rules, ...engine.correlations])
      for (const name of [rule.id, rule.name, rule.key]) if (name) this.keys.set(name, rule.key)
    for (const correlation of engine.correlations)
      for (const ref of correlation.rules) {
        const key = this.keys.get(ref) ?? ref
        this.byRule.set(key, [...(this.byRule.get(key) ?? []), correlation])
      }
  }

  /** Takes one match; returns the correlations it completes, those of chained correlations included. */
  observe(observation: Observation): CorrelationMatch[] {
    return this.step(observation, 0)
  }

  /** State as plain JSON, in parts of bounded size; each is made when asked for. */
  *snapshot(): Generator<CorrelatorSnapshot> {
    let groups: CorrelatorSnapshot['groups'] = []
    let entries = 0
    for (const [key, group] of this.groups) {
      const { latest, since } = group
      groups.push([key, { latest, since, entries: group.entries.map((entry) => ({ ...entry })) }])
      entries += group.entries.length
      if (groups.length < groupsPerPart && entries < entriesPerPart) continue
      yield { version: 1, groups }
      groups = []
      entries = 0
    }
    if (groups.length > 0) yield { version: 1, groups }
  }

  /** Takes over a snapshot's parts; what isn't one is ignored. */
  restore(parts: readonly unknown[]): void {
    this.groups = new Map()
    this.entries = 0
    for (const part of parts) {
      const source = part as Partial<CorrelatorSnapshot> | null
      if (source?.version !== 1 || !Array.isArray(source.groups)) continue
      for (const [key, group] of structuredClone(source.groups)) {
        if (!Array.isArray(group?.entries)) continue
        const byRule = new Map<string, number>()
        for (const { rule } of group.entries) byRule.set(rule, (byRule.get(rule) ?? 0) + 1)
        this.groups.set(key, { ...group, byRule })
        this.entries += group.entries.length
      }
    }
  }

  /** Goes on with the windows of another, which must not be used any more. */
  takeOver(other: Correlator): void {
    this.groups = other.groups
    this.entries = other.entries
  }

  stats(): { groups: number; entries: number } {
    return { groups: this.groups.size, entries: this.entries }
  }

  private step(observation: Observation, depth: number): CorrelationMatch[] {
    if (depth > maxChain) return [] // correlations that refer to each other in a circle
    const found: CorrelationMatch[] = []
    for (const correlation of this.byRule.get(observation.rule) ?? []) {
      const match =
        correlation.type === 'x-cordon-first-seen'
          ? this.firstSeen(correlation, observation)
          : this.window(correlation, observation)
      if (!match) continue
      found.push(match, ...this.step(chained(match, observation), depth + 1))
    }
    return found
  }

  private window(correlation: CorrelationRule, seen: Observation): CorrelationMatch | undefined {
    const names = groupValues(correlation, correlation.groupBy, seen)
    const group = this.touch(keyOf(correlation, seen, 'window', names))
    if (isKnown(group.entries, seen)) return undefined
    group.latest = Math.max(group.latest, seen.time)
    const from = group.latest - correlation.timespanMs
    const before = group.entries.length
    let gone = 0
    while (gone < before && group.entries[gone]!.time < from) gone++
    dropFirst(group, gone)
    if (seen.time >= from) {
      insert(group, { id: seen.id, time: seen.time, rule: seen.rule, value: combined(correlation, seen) })
      if (group.entries.length > this.limits.entries) dropFirst(group, 1)
    }
    this.entries += group.entries.length - before
    this.makeRoom()
    if (seen.time < from) return undefined
    const value = this.measure(correlation, group, seen)
    if (value === undefined) return undefined
    return { correlation, group: names, time: seen.time, entries: takeNew(group.entries), value }
  }

  private measure(correlation: CorrelationRule, group: Group, seen: Observation): number | undefined {
    if (correlation.type === 'temporal' || correlation.type === 'temporal_ordered')
      return this.together(correlation, group)
    const value = aggregate(correlation, group.entries, combined(correlation, seen))
    if (value === undefined) return undefined
    return correlation.thresholds.every((t) => compare(value, t.comparison, t.value)) ? value : undefined
  }

  private together(correlation: CorrelationRule, { entries, byRule: present }: Group): number | undefined {
    const wanted = correlation.rules.map((ref) => this.keys.get(ref) ?? ref)
    const count = wanted.filter((key) => present.has(key)).length
    const { expression, thresholds } = correlation
    if (expression) {
      const names = new Map(correlation.rules.map((ref, i) => [ref, present.has(wanted[i]!)]))
      if (!evaluate(expression, names)) return undefined
    } else if (thresholds.length > 0) {
      if (!thresholds.every((t) => compare(count, t.comparison, t.value))) return undefined
    } else if (count < wanted.length) return undefined
    if (
      correlation.type === 'temporal_ordered' &&
      !inOrder(
        wanted.filter((key) => present.has(key)),
        entries,
      )
    )
      return undefined
    return count
  }

  private firstSeen(correlation: CorrelationRule, seen: Observation): CorrelationMatch | undefined {
    const names = groupValues(correlation, correlation.groupBy, seen)
    const scope = groupValues(correlation, correlation.scope, seen)
    const watch = this.touch(keyOf(correlation, seen, 'scope', scope))
    watch.since ??= seen.time
    watch.latest = Math.max(watch.latest, seen.time)
    const memory = this.touch(keyOf(correlation, seen, 'seen', [scope, names]))
    const known = memory.since !== undefined && seen.time - memory.latest <= correlation.timespanMs
    memory.since ??= seen.time
    memory.latest = Math.max(memory.latest, seen.time)
    if (known || seen.time - watch.since < correlation.learningMs) return undefined
    return {
      correlation,
      group: names,
      time: seen.time,
      entries: [{ id: seen.id, time: seen.time, rule: seen.rule }],
      value: 1,
    }
  }

  private touch(key: string): Group {
    const group = this.groups.get(key) ?? { entries: [], byRule: new Map(), latest: 0 }
    this.groups.delete(key)
    this.groups.set(key, group)
    if (this.groups.size > this.limits.groups) this.forgetOldest()
    return group
  }

  private makeRoom(): void {
    while (this.entries > this.limits.total && this.groups.size > 1) this.forgetOldest()
  }

  private forgetOldest(): void {
    const oldest = this.groups.entries().next()
    if (oldest.done) return
    const [key, group] = oldest.value
    this.groups.delete(key)
    this.entries -= group.entries.length
  }
}

function keyOf(correlation: CorrelationRule, seen: Observation, part: string, values: unknown): string {
  return JSON.stringify([correlation.key, seen.scope ?? '', part, values])
}

/** A match of the engine as an observation. */
export function observationFrom(match: Match, time: number, id: string): Observation {
  return { rule: match.rule.key, time, id, field: (name) => match.field(name) }
}

function chained(match: CorrelationMatch, last: Observation): Observation {
  return {
    rule: match.correlation.key,
    time: match.time,
    scope: last.scope,
    id: `${match.correlation.key}/${last.id}`,
    field: (name) => (Object.hasOwn(match.group, name) ? [match.group[name]!] : last.field(name)),
  }
}

// A group-by field the event doesn't have counts as the empty value (cluster-wide requests have no namespace).
function groupValues(correlation: CorrelationRule, fields: string[], seen: Observation): Record<string, string> {
  const values: Record<string, string> = {}
  for (const name of fields) {
    const alias = Object.hasOwn(correlation.aliases, name) ? correlation.aliases[name]! : {}
    values[name] = seen.field(alias[seen.rule] ?? name)[0]?.slice(0, 512) ?? ''
  }
  return values
}

function combined(correlation: CorrelationRule, seen: Observation): string | undefined {
  if (correlation.fields.length === 0) return undefined
  const values = correlation.fields.map((field) => seen.field(field)[0])
  if (values.includes(undefined)) return undefined
  return values.map((value) => value!.slice(0, 512)).join('\n')
}

// The same event has the same time, so only those of that time are looked at.
function isKnown(entries: Entry[], seen: Observation): boolean {
  for (let at = entries.length - 1; at >= 0 && entries[at]!.time >= seen.time; at--)
    if (entries[at]!.id === seen.id && entries[at]!.rule === seen.rule) return true
  return false
}

function dropFirst({ entries, byRule }: Group, count: number): void {
  for (let at = 0; at < count; at++) {
    const { rule } = entries[at]!
    const left = (byRule.get(rule) ?? 1) - 1
    if (left > 0) byRule.set(rule, left)
    else byRule.delete(rule)
  }
  if (count > 0) entries.splice(0, count)
}

function insert({ entries, byRule }: Group, entry: Entry): void {
  let at = entries.length
  while (at > 0 && entries[at - 1]!.time > entry.time) at--
  if (at === entries.length) entries.push(entry)
  else entries.splice(at, 0, entry)
  byRule.set(entry.rule, (byRule.get(entry.rule) ?? 0) + 1)
}

function takeNew(entries: Entry[]): CorrelationMatch['entries'] {
  const fresh = entries.filter((entry) => !entry.reported)
  for (const entry of fresh) entry.reported = true
  return fresh.map(({ id, time, rule }) => ({ id, time, rule }))
}

function aggregate(correlation: CorrelationRule, entries: Entry[], current: string | undefined): number | undefined {
  if (correlation.type === 'event_count') return entries.length
  const values = entries.flatMap((entry) => (entry.value === undefined ? [] : [entry.value]))
  if (correlation.type === 'value_count') return new Set(values).size
  if (correlation.type === 'value_percentile' && correlation.percentile === undefined) {
    if (current === undefined) return undefined
    return (values.filter((value) => value === current).length / values.length) * 100
  }
  const numbers = values.map(numeric).filter((number) => number !== undefined)
  if (numbers.length === 0) return undefined
  const sum = numbers.reduce((total, number) => total + number, 0)
  if (correlation.type === 'value_sum') return sum
  if (correlation.type === 'value_avg') return sum / numbers.length
  return percentileOf(numbers, correlation.percentile ?? 50)
}

// Nearest rank: the smallest value that at least p percent of the values don't exceed.
function percentileOf(numbers: number[], percentile: number): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil((percentile / 100) * sorted.length) - 1)]!
}

function inOrder(wanted: string[], entries: Entry[]): boolean {
  let next = 0
  for (const entry of entries) if (entry.rule === wanted[next]) next++
  return next >= wanted.length
}

function evaluate(condition: Condition, names: ReadonlyMap<string, boolean>): boolean {
  switch (condition.kind) {
    case 'name':
      return names.get(condition.name) ?? false
    case 'not':
      return !evaluate(condition.of, names)
    case 'and':
      return condition.of.every((part) => evaluate(part, names))
    case 'or':
      return condition.of.some((part) => evaluate(part, names))
    case 'count': {
      const count = condition.names.filter((name) => names.get(name)).length
      return count >= (condition.atLeast === 'all' ? condition.names.length : condition.atLeast)
    }
  }
}
