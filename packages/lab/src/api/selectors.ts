import type { KubeObject } from '../ports.ts'
import { badRequest } from './status-error.ts'

type Labels = Record<string, string>
export type LabelMatcher = (labels: Labels | undefined) => boolean
export type FieldMatcher = (object: KubeObject) => boolean

const TOKEN = /\s*(?:(,)|(!=|==|=|>|<|!)|(\()|(\))|([^\s,!=<>()]+))/y

interface Token {
  kind: 'comma' | 'operator' | 'open' | 'close' | 'word' | 'end'
  text: string
}

const unparsable = (text: string): Error => badRequest(`unable to parse requirement: ${text}`)

function tokens(text: string): Token[] {
  const found: Token[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const match = TOKEN.exec(text)
    if (!match) throw unparsable(`found '${text}', expected: identifier`)
    const kinds = ['comma', 'operator', 'open', 'close', 'word'] as const
    const at = match.slice(1).findIndex((group) => group !== undefined)
    found.push({ kind: kinds[at]!, text: match[at + 1]! })
  }
  return found
}

/** Parses a label selector: `a=b,c!=d,e in (x,y),f notin (z),g,!h,i>1`. @throws 400 on bad syntax. */
export function parseLabelSelector(text: string | null): LabelMatcher | undefined {
  if (!text?.trim()) return undefined
  const list = tokens(text)
  const requirements: LabelMatcher[] = []
  let at = 0
  const peek = (): Token => list[at] ?? { kind: 'end', text: '' }
  const word = (): string => {
    const token = peek()
    if (token.kind !== 'word') throw unparsable(`found '${token.text}', expected: identifier`)
    at++
    return token.text
  }
  const values = (): Set<string> => {
    if (peek().kind !== 'open') throw unparsable(`found '${peek().text}' expected: '('`)
    at++
    const found = new Set<string>()
    while (peek().kind !== 'close') {
      if (peek().kind === 'end') throw unparsable("found '', expected: ',', or ')'")
      if (peek().kind === 'comma') at++
      else found.add(word())
    }
    at++
    return found
  }
  for (;;) {
    requirements.push(requirement(peek, () => at++, word, values))
    if (peek().kind === 'end') break
    if (peek().kind !== 'comma') throw unparsable(`found '${peek().text}', expected: ',' or 'end of string'`)
    at++
  }
  return (labels = {}) => requirements.every((matches) => matches(labels))
}

function requirement(peek: () => Token, next: () => void, word: () => string, values: () => Set<string>): LabelMatcher {
  if (peek().text === '!' && peek().kind === 'operator') {
    next()
    const key = word()
    return (labels) => labels?.[key] === undefined
  }
  const key = word()
  const { kind, text } = peek()
  if (kind === 'end' || kind === 'comma') return (labels) => labels?.[key] !== undefined
  next()
  if (kind === 'word' && text === 'in') {
    const set = values()
    return (labels) => labels?.[key] !== undefined && set.has(labels[key])
  }
  if (kind === 'word' && text === 'notin') {
    const set = values()
    return (labels) => labels?.[key] === undefined || !set.has(labels[key])
  }
  if (kind !== 'operator' || text === '!') throw unparsable(`found '${text}', expected: in, notin, =, ==, !=, gt, lt`)
  const value = peek().kind === 'word' ? word() : ''
  if (text === '!=') return (labels) => labels?.[key] !== value
  if (text === '>' || text === '<') {
    const limit = Number(value)
    if (!/^-?\d+$/.test(value)) throw badRequest(`for 'Gt', 'Lt' operators, the value must be an integer`)
    return (labels) => {
      const own = Number(labels?.[key] ?? NaN)
      return text === '>' ? own > limit : own < limit
    }
  }
  return (labels) => labels?.[key] === value
}

/** Matcher of a `metav1.LabelSelector` object (matchLabels, matchExpressions). An empty selector matches all. */
export function labelSelectorMatcher(selector: {
  matchLabels?: Labels
  matchExpressions?: { key: string; operator: string; values?: string[] }[]
}): LabelMatcher {
  const equals = Object.entries(selector.matchLabels ?? {})
  const expressions = selector.matchExpressions ?? []
  return (labels = {}) =>
    equals.every(([key, value]) => labels[key] === value) &&
    expressions.every(({ key, operator, values = [] }) => {
      const own = labels[key]
      if (operator === 'In') return own !== undefined && values.includes(own)
      if (operator === 'NotIn') return own === undefined || !values.includes(own)
      return operator === 'Exists' ? own !== undefined : own === undefined
    })
}

type FieldReader = (object: KubeObject) => string

const COMMON: Record<string, FieldReader> = {
  'metadata.name': (o) => o.metadata.name,
  'metadata.namespace': (o) => o.metadata.namespace ?? '',
}

const involved =
  (field: string): FieldReader =>
  (o) =>
    o.involvedObject?.[field] ?? ''
const regarding =
  (field: string): FieldReader =>
  (o) =>
    o.regarding?.[field] ?? o.involvedObject?.[field] ?? ''
const EVENT_FIELDS = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath']

/** The field selectors each resource supports besides name and namespace. */
const SUPPORTED: Record<string, Record<string, FieldReader>> = {
  '/pods': {
    'spec.nodeName': (o) => o.spec?.nodeName ?? '',
    'spec.restartPolicy': (o) => o.spec?.restartPolicy ?? '',
    'spec.schedulerName': (o) => o.spec?.schedulerName ?? '',
    'spec.serviceAccountName': (o) => o.spec?.serviceAccountName ?? '',
    'spec.hostNetwork': (o) => String(o.spec?.hostNetwork ?? false),
    'status.phase': (o) => o.status?.phase ?? '',
    'status.podIP': (o) => o.status?.podIP ?? '',
    'status.nominatedNodeName': (o) => o.status?.nominatedNodeName ?? '',
  },
  '/events': {
    ...Object.fromEntries(EVENT_FIELDS.map((f) => [`involvedObject.${f}`, involved(f)])),
    ...Object.fromEntries(EVENT_FIELDS.map((f) => [`regarding.${f}`, regarding(f)])),
    reason: (o) => o.reason ?? '',
    reportingComponent: (o) => o.reportingComponent || o.source?.component || '',
    reportingController: (o) => o.reportingComponent ?? '',
    source: (o) => o.source?.component || o.reportingComponent || '',
    type: (o) => o.type ?? '',
  },
  '/nodes': { 'spec.unschedulable': (o) => String(o.spec?.unschedulable ?? false) },
  '/namespaces': { 'status.phase': (o) => o.status?.phase ?? '' },
  '/secrets': { type: (o) => o.type ?? '' },
  '/services': { 'spec.clusterIP': (o) => o.spec?.clusterIP ?? '', 'spec.type': (o) => o.spec?.type ?? '' },
  '/replicationcontrollers': { 'status.replicas': (o) => String(o.status?.replicas ?? 0) },
  'apps/replicasets': { 'status.replicas': (o) => String(o.status?.replicas ?? 0) },
  'batch/jobs': { 'status.successful': (o) => String(o.status?.succeeded ?? 0) },
  'certificates.k8s.io/certificatesigningrequests': { 'spec.signerName': (o) => o.spec?.signerName ?? '' },
}

/** Parses a field selector for a resource. @throws 400 for syntax and for fields the resource does not support. */
export function parseFieldSelector(text: string | null, storage: string): FieldMatcher | undefined {
  if (!text) return undefined
  const terms = text.split(',').map((term) => {
    const match = /^([^=!]+)(!=|==|=)(.*)$/.exec(term)
    if (!match) throw badRequest(`invalid field selector: ${term}; can't understand '${term}'`)
    const [, field, operator, value] = match as unknown as [string, string, string, string]
    const reader = COMMON[field] ?? SUPPORTED[storage]?.[field]
    if (!reader) throw badRequest(`field label not supported: ${field}`)
    const wanted = value.replace(/\\([\\,=])/g, '$1')
    return (object: KubeObject) => (reader(object) === wanted) === (operator !== '!=')
  })
  return (object) => terms.every((matches) => matches(object))
}
