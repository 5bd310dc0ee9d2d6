import type { Condition, Selection, SigmaRule } from '@cordon/sigma'
import type { TelemetryEvent } from '@cordon/telemetry'
import { fieldMapping } from './field-mapping.ts'
import { at, numberAt, plain, textAt } from './plain.ts'
import type { PackRule } from './pack-rule.ts'

/**
 * Something a rule cannot do without. `anyOf` are abilities of sources as `abilitiesOf` names them; one that was seen
 * is enough. `blindBy` are abilities whose sight proves that the need is not met.
 */
export interface Need {
  anyOf: string[]
  blindBy: string[]
  /** In words, what to send: “bodies of services (audit level Request or higher)”. */
  text: string
}

/** `unproven`: nothing that could tell has been seen yet, e.g. no write of a service. */
export interface Readiness {
  state: 'works' | 'partly' | 'unproven' | 'blind'
  /** What is missing or not known yet, in words. */
  missing: string[]
}

const workloads = [
  'pods',
  'deployments',
  'daemonsets',
  'statefulsets',
  'replicasets',
  'replicationcontrollers',
  'jobs',
  'cronjobs',
]

// Facts that are read from the object in the body; see `audit-facts.ts`.
const bodies: Record<string, string[]> = {
  'cordon.pod': workloads,
  'cordon.service': ['services'],
  'cordon.role': ['roles', 'clusterroles'],
  'cordon.binding': ['rolebindings', 'clusterrolebindings'],
  'cordon.webhook': ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
  'cordon.csr': ['certificatesigningrequests'],
}

// What Google's Cloud Audit Logs leave out of a request; see the GKE part of docs/sources.md.
const requestParts = [
  'cordon.command',
  'cordon.interactive',
  'cordon.container',
  'cordon.impersonated',
  'impersonatedUser',
]
const wholeRequest: Need = {
  anyOf: ['whole-request'],
  blindBy: ['no-whole-request'],
  text: 'queries, impersonated users and relays of requests (Cloud Audit Logs leave them out)',
}

const audit: Need = { anyOf: ['audit'], blindBy: [], text: 'Kubernetes audit events' }
const processes: Need = {
  anyOf: ['process'],
  blindBy: [],
  text: 'process events of a sensor (Falco, Tetragon or other)',
}
const connections: Need = { anyOf: ['connection'], blindBy: [], text: 'connection events of a sensor' }
const activities: Need = {
  anyOf: ['activity'],
  blindBy: [],
  text: 'events of what running processes do, as a sensor policy reports them (file, system call)',
}
const drift: Need = {
  anyOf: ['drift'],
  blindBy: ['no-drift'],
  text: 'statement of the sensor whether a binary is part of the image',
}
const alerts: Need = { anyOf: ['sensor-alert'], blindBy: [], text: 'alerts of a sensor with its rule name' }

/**
 * What an event proves its source can do: `audit`, `whole-request` or `no-whole-request`, `body:pods` or `no-body:pods` for writes, `process`, `drift`,
 * `connection`, `activity`, `sensor-alert`. Resource names come from senders: the caller bounds how many it keeps.
 */
export function abilitiesOf(event: TelemetryEvent): string[] {
  switch (event.type) {
    case 'audit':
      return ['audit', event.source === 'gke' ? 'no-whole-request' : 'whole-request', ...bodyAbility(event.raw)]
    case 'process':
      return [
        event.activity === undefined ? 'process' : 'activity',
        ...(event.process.drift === undefined ? ['no-drift'] : ['drift']),
        ...(event.sensorAlert ? ['sensor-alert'] : []),
      ]
    case 'connection':
      return ['connection', ...(event.sensorAlert ? ['sensor-alert'] : [])]
    default:
      return []
  }
}

const writes = new Set(['create', 'update', 'patch'])

function bodyAbility(raw: Record<string, unknown>): string[] {
  const verb = textAt(raw, 'verb') ?? ''
  const resource = textAt(raw, 'objectRef', 'resource')
  const code = numberAt(raw, 'responseStatus', 'code') ?? 0
  // Refused requests have a status as body, whatever the level.
  if (!writes.has(verb) || resource === undefined || textAt(raw, 'objectRef', 'subresource') || code >= 300) return []
  if (raw['stage'] !== 'ResponseComplete') return []
  // For a patch the request holds the patch only. Some clouds put a text in place of a body that was too big.
  const seen = (verb === 'patch' ? undefined : plain(at(raw, 'requestObject'))) ?? plain(at(raw, 'responseObject'))
  return [`${seen === undefined ? 'no-body' : 'body'}:${resource.slice(0, 63)}`]
}

/** What a rule needs, per alternative document: one alternative that is met is enough. */
export function ruleNeeds(
  rule: PackRule,
  { sigma: { rules }, lists }: { sigma: { rules: readonly SigmaRule[] }; lists: Readonly<Record<string, string[]>> },
): Need[][] {
  return rule.documents.map((one) => {
    if (one.kind === 'rule') return [...documentNeeds(one), ...listNeeds(one, lists)]
    const fed = rules.filter(({ key, id, name }) => one.rules.some((ref) => [key, id, name].includes(ref)))
    // Temporal correlations need all of their rules; the counting ones work with any, which the first stands for.
    const parts = one.type.startsWith('temporal') ? fed : fed.slice(0, 1)
    return parts.flatMap(documentNeeds)
  })
}

// Reserved for documentation and tests (RFC 5737, RFC 2606): no list of real threats holds nothing else.
const isReserved = (member: string) => /^192\.0\.2\.\d+$|\.(invalid|test|example)$/.test(member)

/** Lists of reputation data that nobody has filled: a rule that has no other list to look in cannot find anything. */
function listNeeds(rule: SigmaRule, lists: Readonly<Record<string, string[]>>): Need[] {
  const names = new Set<string>()
  const walk = (selection: Selection): void => {
    if (selection.kind !== 'item') selection.of.forEach(walk)
    else if (selection.modifiers.includes('x-cordon-in')) for (const name of selection.values) names.add(String(name))
  }
  for (const selection of rule.selections.values()) walk(selection)
  const reputation = [...names].filter((name) => /^(threat|proxy)-/.test(name))
  if (reputation.length === 0 || reputation.some((name) => !(lists[name] ?? []).every(isReserved))) return []
  const shown = reputation.join(' or ')
  return [
    {
      anyOf: reputation.map((name) => `list:${name}`),
      blindBy: [],
      text: `entries of yours in the list ${shown} (lists.yml of a rule folder)`,
    },
  ]
}

function documentNeeds(rule: SigmaRule): Need[] {
  const { product, category } = rule.logsource
  const fields = mapped(rule, union(rule.conditions.length === 1 ? [required(rule, rule.conditions[0]!)] : [new Set()]))
  if (product === 'kubernetes') {
    const isUntold = [...fields].some((field) => requestParts.some((part) => `${field}.`.startsWith(`${part}.`)))
    return [audit, ...(isUntold ? [wholeRequest] : []), ...bodyNeeds(rule, fields)]
  }
  const base =
    category === 'network_connection' ? connections : category === 'process_activity' ? activities : processes
  const needs = [base]
  if (fields.has('process.drift') || fields.has('cordon.drift')) needs.push(drift)
  if ([...fields].some((field) => field.startsWith('sensorAlert.'))) needs.push(alerts)
  return needs
}

function bodyNeeds(rule: SigmaRule, fields: ReadonlySet<string>): Need[] {
  const found = new Map<string, Need>()
  for (const field of fields) {
    const prefix = field.split('.').slice(0, 2).join('.')
    const isRaw = /^(requestObject|responseObject)\b/.test(field)
    const resources = isRaw ? namedResources(rule) : bodies[prefix]
    if (!resources) continue
    const shown = prefix === 'cordon.pod' ? 'pods and workloads' : resources.join(', ')
    found.set(shown, {
      anyOf: resources.map((name) => `body:${name}`),
      blindBy: resources.map((name) => `no-body:${name}`),
      text: `bodies of ${shown} (audit level Request or RequestResponse)`,
    })
  }
  return [...found.values()]
}

function namedResources(rule: SigmaRule): string[] {
  const names: string[] = []
  const walk = (selection: Selection): void => {
    if (selection.kind !== 'item') selection.of.forEach(walk)
    else if (selection.field === 'objectRef.resource' && selection.modifiers.length === 0)
      names.push(...selection.values.map(String))
  }
  for (const selection of rule.selections.values()) walk(selection)
  return names.length > 0 ? names : workloads
}

type Fields = ReadonlySet<string>

/** Fields without which the condition can't hold. */
function required(rule: SigmaRule, condition: Condition): Fields {
  switch (condition.kind) {
    case 'name':
      return fieldsOf(rule.selections.get(condition.name)!) // names were checked when the rule was parsed
    case 'not':
      return new Set()
    case 'and':
      return union(condition.of.map((part) => required(rule, part)))
    case 'or':
      return common(condition.of.map((part) => required(rule, part)))
    case 'count': {
      const parts = condition.names.map((name) => fieldsOf(rule.selections.get(name)!))
      return condition.atLeast === 'all' ? union(parts) : common(parts)
    }
  }
}

function fieldsOf(selection: Selection): Fields {
  if (selection.kind !== 'item') return (selection.kind === 'all' ? union : common)(selection.of.map(fieldsOf))
  const { field, modifiers, values } = selection
  if (field === undefined || modifiers.some((m) => ['neq', 'x-cordon-not-in'].includes(m))) return new Set()
  if (values.every((value) => value === null)) return new Set()
  if (modifiers.includes('exists') && !['true', 'yes'].includes(String(values[0]).toLowerCase())) return new Set()
  return new Set([field])
}

function union(sets: Fields[]): Fields {
  return new Set(sets.flatMap((set) => [...set]))
}

function common([first, ...others]: Fields[]): Fields {
  return new Set([...(first ?? [])].filter((field) => others.every((set) => set.has(field))))
}

function mapped(rule: SigmaRule, fields: Fields): Fields {
  const mapping = fieldMapping.find(
    ({ logsource }) =>
      logsource.product === rule.logsource.product &&
      (logsource.category === undefined || logsource.category === rule.logsource.category),
  )
  return new Set(
    [...fields].flatMap((field) => {
      const target = mapping?.fields[field]
      return target === undefined ? [field] : typeof target === 'string' ? [target] : target
    }),
  )
}

/** Can the rule work with what a cluster's sources have shown they can do? The best of its alternatives counts. */
export function readinessOf(needs: readonly Need[][], seen: ReadonlySet<string>): Readiness {
  const rank = { works: 0, partly: 1, unproven: 2, blind: 3 }
  const each = needs.map((alternative) => judge(alternative, seen))
  return each.toSorted((a, b) => rank[a.state] - rank[b.state])[0] ?? { state: 'works', missing: [] }
}

function judge(needs: readonly Need[], seen: ReadonlySet<string>): Readiness {
  const missing: string[] = []
  let state: Readiness['state'] = 'works'
  const worse = (next: Readiness['state'], text: string) => {
    const order = ['works', 'partly', 'unproven', 'blind']
    if (order.indexOf(next) > order.indexOf(state)) state = next
    missing.push(text)
  }
  for (const { anyOf, blindBy, text } of needs) {
    const isMet = anyOf.some((ability) => seen.has(ability))
    const contrary = blindBy.filter((ability) => seen.has(ability) && !seen.has(ability.replace(/^no-/, '')))
    if (isMet && contrary.length > 0)
      worse('partly', `No ${text}: missing for ${contrary.map((one) => one.replace('no-body:', '')).join(', ')}`)
    else if (!isMet && (contrary.length > 0 || blindBy.length === 0)) worse('blind', `No ${text}`)
    else if (!isMet) worse('unproven', `Not seen yet: ${text}`)
  }
  return { state, missing }
}
