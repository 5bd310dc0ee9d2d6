import type { Evidence, Relation } from '@cordon/entities'
import { compile, Correlator, observationFrom } from '@cordon/sigma'
import type { CorrelationMatch, Match, RuleProblem, RuleUse, SigmaRule } from '@cordon/sigma'
import type { AuditEvent, TelemetryEvent } from '@cordon/telemetry'
import { BoundedMap } from './bounded-map.ts'
import { addressClass } from './address.ts'
import { auditContext, connectionContext, processContext } from './event-context.ts'
import type { EventContext, Inventory } from './event-context.ts'
import { fieldMapping, logSources } from './field-mapping.ts'
import type { PackRule, Severity } from './pack-rule.ts'
import type { RulePack } from './pack.ts'
import { at, textAt } from './plain.ts'
import { ProcessTree } from './process-tree.ts'
import { displayLine } from './display-line.ts'
import type { RuleMatch, SourceEvent } from './rule-match.ts'

export interface DetectorOptions {
  rules: RulePack
  /** The parts of a snapshot to go on from. */
  state?: readonly unknown[]
  /** A detector with older rules whose windows and process trees this one takes over; it must not be used then. */
  predecessor?: Detector
  inventory?: Inventory
}

export interface DetectorStats {
  rules: number
  events: number
  /** Audit requests taken: several stages of one request count once. */
  acts: number
  matches: number
  evaluations: number
  processes: number
  /** Containers, and nodes, whose processes are remembered. */
  places: number
  groups: number
  /** Events that broke the code; each is a bug, none stops detection. */
  failures: number
  /** What the last of them was. */
  lastFailure?: string
}

export interface Detector {
  /** Takes one event, in order per cluster; returns what it completes. Never throws, whatever the event holds. */
  process(event: TelemetryEvent): RuleMatch[]
  /**
   * All state as plain JSON, in parts that are made one by one when asked for, none of more than some MB: a caller can
   * let others work in between. No event may be processed until the last part is taken.
   */
  snapshot(): Iterable<unknown>
  /** Takes over the parts of a snapshot; what isn't one is left out and starts empty. */
  restore(parts: readonly unknown[]): void
  stats(): DetectorStats
  /** What each rule did and cost, by the rule's id. */
  uses(): Map<string, RuleUse>
  /** Rules that could not be loaded or compiled. */
  problems: RuleProblem[]
}

interface Seen {
  source: SourceEvent
  evidence: Evidence[]
  relations: Relation[]
}

// Most of what feeds a correlation is never reported; it is worked out when asked for.
function valueOf(seen: Seen | (() => Seen) | undefined): Seen | undefined {
  return typeof seen === 'function' ? seen() : seen
}

const maxRequests = 20_000
const maxSeen = 1_000
const seenPerPart = 50
const maxEgress = 2_000
const maxEventsPerMatch = 100

/** What a detector remembers besides its windows; rules come and go, this stays. */
interface Memory {
  tree: ProcessTree
  requests: BoundedMap<1>
  seen: BoundedMap<Seen | (() => Seen)>
  egress: BoundedMap<1>
}

function newMemory(): Memory {
  return {
    tree: new ProcessTree(),
    requests: new BoundedMap(maxRequests),
    seen: new BoundedMap(maxSeen),
    egress: new BoundedMap(maxEgress),
  }
}

interface StatePart {
  version: 2
  kind: 'requests' | 'seen' | 'windows' | 'processes'
  state: unknown
}

function isPart(part: unknown): part is StatePart {
  return at(part, 'version') === 2
}

/** Builds a detector: rules compiled once, all state in bounded memory. */
export function createDetector(options: DetectorOptions): Detector {
  return new RuleDetector(options)
}

class RuleDetector implements Detector {
  readonly problems: RuleProblem[]
  private readonly engine
  private readonly byKey = new Map<string, PackRule>()
  private readonly feeds = new Set<string>()
  private readonly correlator: Correlator
  private readonly memory: Memory
  private readonly inventory: Inventory
  private lastFailure: string | undefined
  private counts = { events: 0, acts: 0, matches: 0, failures: 0 }

  constructor({ rules, state, predecessor, inventory = {} }: DetectorOptions) {
    this.inventory = inventory
    this.memory = predecessor instanceof RuleDetector ? predecessor.memory : newMemory()
    this.engine = compile(rules.sigma, { fieldMapping, logsources: logSources, lists: rules.lists })
    this.correlator = new Correlator(this.engine)
    this.problems = [...rules.problems, ...this.engine.errors]
    for (const rule of rules.rules) for (const one of rule.documents) this.byKey.set(one.key, rule)
    for (const correlation of this.engine.correlations) for (const ref of correlation.rules) this.feeds.add(ref)
    if (predecessor instanceof RuleDetector) this.correlator.takeOver(predecessor.correlator)
    if (state !== undefined) this.restore(state)
  }

  process(event: TelemetryEvent): RuleMatch[] {
    this.counts.events++
    try {
      const matches = this.route(event)
      this.counts.matches += matches.length
      return matches
    } catch (error) {
      this.counts.failures++
      this.lastFailure =
        error instanceof Error ? `${error.message} (${error.stack?.split('\n')[1]?.trim() ?? ''})` : String(error)
      return []
    }
  }

  *snapshot(): Generator<StatePart> {
    const { requests, egress, seen, tree } = this.memory
    yield { version: 2, kind: 'requests', state: { requests: requests.snapshot(), egress: egress.snapshot() } }
    const waiting = seen.snapshot()
    for (let from = 0; from < waiting.length; from += seenPerPart)
      yield {
        version: 2,
        kind: 'seen',
        state: waiting.slice(from, from + seenPerPart).map(([id, one]) => [id, valueOf(one)]),
      }
    for (const state of this.correlator.snapshot()) yield { version: 2, kind: 'windows', state }
    for (const state of tree.snapshot()) yield { version: 2, kind: 'processes', state }
  }

  restore(parts: readonly unknown[]): void {
    const known = (Array.isArray(parts) ? parts : []).filter(isPart)
    const { requests, egress, seen, tree } = this.memory
    const first = known.find(({ kind }) => kind === 'requests')?.state
    requests.restore(at(first, 'requests'))
    egress.restore(at(first, 'egress'))
    seen.restore(
      known.flatMap(({ kind, state: some }) => (kind === 'seen' && Array.isArray(some) ? (some as unknown[]) : [])),
    )
    this.correlator.restore(known.filter(({ kind }) => kind === 'windows').map(({ state }) => state))
    tree.clear()
    for (const { kind, state } of known) if (kind === 'processes') tree.restore(state)
  }

  stats(): DetectorStats {
    const { rules, evaluations } = this.engine.stats()
    return {
      ...this.counts,
      lastFailure: this.lastFailure,
      rules,
      evaluations,
      processes: this.memory.tree.size,
      places: this.memory.tree.placeCount,
      groups: this.correlator.stats().groups,
    }
  }

  uses(): Map<string, RuleUse> {
    const uses = this.engine.uses()
    const found = new Map<string, RuleUse>()
    for (const rule of new Set(this.byKey.values())) {
      const own = rule.documents.flatMap((one) =>
        one.kind === 'rule' ? [one.key] : fedBy(one.rules, this.engine.rules),
      )
      found.set(rule.id, sumOfUses(own.flatMap((key) => uses.get(key) ?? [])))
    }
    return found
  }

  private route(event: TelemetryEvent): RuleMatch[] {
    switch (event.type) {
      case 'audit':
        if (!this.isAct(event)) return []
        this.counts.acts++
        return this.evaluate(auditContext(event, (ip) => this.isInside(event, ip)))
      case 'process': {
        const { ancestors, recent } = this.memory.tree.enter(event)
        const context = processContext(event, ancestors, recent)
        return this.evaluate(context, (mark) => this.memory.tree.mark(event, ancestors, mark))
      }
      case 'process-exit':
        this.memory.tree.exit(event)
        return []
      case 'connection':
        return this.evaluate(connectionContext(event))
      default:
        return [] // an event kind of a newer release
    }
  }

  /**
   * One request gives several events. A long request (exec, watch, log) counts when it starts, any other when it is
   * complete; the later stages of the same auditID, and repeats of a delivery, don't count again.
   */
  private isAct(event: AuditEvent): boolean {
    const stage = event.stage || textAt(event.raw, 'stage')
    if (stage !== 'ResponseStarted' && stage !== 'ResponseComplete' && stage !== 'Panic') return false
    this.learnEgress(event)
    if (!event.auditId) return true
    return this.memory.requests.add(`${event.cluster}/${event.auditId}`, 1)
  }

  // In managed clusters nodes and pods reach the API server by a shared public address. The kubelets use it all day,
  // so what they come from is the cluster's own way out.
  private learnEgress(event: AuditEvent): void {
    const user = textAt(event.raw, 'user', 'username') ?? ''
    if (!user.startsWith('system:node:') || !(textAt(event.raw, 'userAgent') ?? '').startsWith('kubelet/')) return
    const addresses = event.raw['sourceIPs']
    const ip: unknown = Array.isArray(addresses) ? addresses.at(-1) : undefined
    if (typeof ip === 'string' && addressClass(ip) === 'public') this.memory.egress.set(`${event.cluster}/${ip}`, 1)
  }

  private isInside(event: AuditEvent, ip: string): boolean {
    return this.inventory.isClusterAddress?.(event.cluster, ip) ?? this.memory.egress.has(`${event.cluster}/${ip}`)
  }

  private evaluate(context: EventContext, mark?: (mark: string) => void): RuleMatch[] {
    const found: RuleMatch[] = []
    for (const match of this.engine.match(context.logsource, context.view)) {
      const rule = this.byKey.get(match.rule.key)
      if (rule) {
        found.push(this.ruleMatch(rule, match, context))
        if (rule.mark) mark?.(rule.mark)
      }
      if (this.feeds.has(match.rule.key) || (match.rule.id && this.feeds.has(match.rule.id)))
        found.push(...this.correlate(match, context))
    }
    return found
  }

  private ruleMatch(rule: PackRule, match: Match, context: EventContext): RuleMatch {
    const raised = rule.raise.find(([selection]) => match.holds(selection))
    const { evidence, relations } = context.extract(rule.evidence).finish()
    const values = rule.dedupeBy.map((field) => match.field(field).join(',').slice(0, 256))
    return {
      ...alertFacts(rule, raised?.[1] ?? rule.severity, context),
      description: describe(rule, (field) => match.field(field)),
      dedupeKey: dedupeKey(rule, context, values),
      evidence,
      relations,
      events: [context.source()],
    }
  }

  private correlate(match: Match, context: EventContext): RuleMatch[] {
    // Two clusters may have users and namespaces of the same names, so windows never span clusters.
    const observation = { ...observationFrom(match, context.time, context.id), scope: context.cluster }
    const results = this.correlator.observe(observation)
    this.memory.seen.set(context.id, () => ({
      source: context.source(),
      ...context
        .extract([{ name: 'actor' }, { name: 'object' }, { name: 'source' }, { name: 'process' }, { name: 'pod' }])
        .finish(),
    }))
    return results.flatMap((result) => this.correlationMatch(result, match, context))
  }

  private correlationMatch(result: CorrelationMatch, match: Match, context: EventContext): RuleMatch[] {
    const rule = this.byKey.get(result.correlation.key)
    if (!rule) return []
    const set = context.extract(rule.evidence)
    const events: SourceEvent[] = []
    for (const entry of result.entries.slice(-maxEventsPerMatch)) {
      const seen = valueOf(this.memory.seen.get(entry.id))
      if (!seen) continue
      events.push(seen.source)
      set.merge(seen.evidence, seen.relations)
    }
    const { evidence, relations } = set.finish()
    const values = rule.dedupeBy.map((name) => result.group[name] ?? match.field(name).join(',').slice(0, 256))
    const field = (name: string) =>
      name === 'count'
        ? [String(Math.round(result.value * 100) / 100)]
        : Object.hasOwn(result.group, name)
          ? [result.group[name]!]
          : match.field(name)
    return [
      {
        ...alertFacts(rule, rule.severity, context),
        description: describe(rule, field),
        dedupeKey: dedupeKey(rule, context, values),
        evidence,
        relations,
        events: events.length > 0 ? events : [context.source()],
      },
    ]
  }
}

// A correlation costs what the rules cost that feed it.
function fedBy(refs: readonly string[], rules: readonly SigmaRule[]): string[] {
  return rules
    .filter(({ key, id, name }) => refs.some((ref) => ref === key || ref === id || ref === name))
    .map(({ key }) => key)
}

function sumOfUses(uses: readonly RuleUse[]): RuleUse {
  const sum: RuleUse = { evaluations: 0, matches: 0, errors: 0, microseconds: 0 }
  let total = 0
  for (const use of uses) {
    sum.evaluations += use.evaluations
    sum.matches += use.matches
    sum.errors += use.errors
    sum.lastError = use.lastError ?? sum.lastError
    total += use.microseconds * use.evaluations
  }
  sum.microseconds = sum.evaluations === 0 ? 0 : total / sum.evaluations
  return sum
}

function alertFacts(rule: PackRule, severity: Severity, context: EventContext) {
  return {
    ruleId: rule.id,
    title: rule.title,
    severity,
    tier:
      rule.tier === 'workload-runtime' && (context.view['cordon'] as { inContainer?: boolean }).inContainer === false
        ? ('host' as const)
        : rule.tier,
    tactics: rule.tactics,
    techniques: rule.techniques,
    cluster: context.cluster,
    ...(context.namespace === undefined ? {} : { namespace: context.namespace }),
    time: context.time,
    response: rule.response,
    falsePositives: rule.falsePositives,
  }
}

function dedupeKey(rule: PackRule, context: EventContext, values: string[]): string {
  return [rule.id, context.cluster, ...values].map(encodeKeyPart).join('|')
}

function encodeKeyPart(part: string): string {
  return part.replaceAll(/[%|]/g, (char) => (char === '%' ? '%25' : '%7C'))
}

function describe(rule: PackRule, field: (name: string) => string[]): string {
  if (rule.summary === undefined) return rule.description
  const filled = rule.summary.replaceAll(/\{([^{}]{1,80})\}/g, (_, name: string) => {
    const values = field(name)
    return values.length === 0 ? '(not told)' : displayLine(values.slice(0, 8).join(', '), 300)
  })
  return `${filled} ${rule.description}`.trim()
}
