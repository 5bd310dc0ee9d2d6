import type { Identity, KubeObject } from '../ports.ts'
import type { Store } from '../store/store.ts'
import { labelSelectorMatcher } from './selectors.ts'

export interface PolicyRule {
  verbs: string[]
  apiGroups?: string[]
  resources?: string[]
  resourceNames?: string[]
  nonResourceURLs?: string[]
}

/** What is asked: a verb on a resource, or on a path. */
export type AccessAttributes =
  | {
      resourceRequest: true
      verb: string
      group: string
      resource: string
      subresource: string
      namespace: string
      name: string
    }
  | { resourceRequest: false; verb: string; path: string }

export interface Decision {
  allowed: boolean
  reason: string
}

interface Subject {
  kind: string
  name: string
  namespace?: string
}

interface Binding {
  kind: 'ClusterRoleBinding' | 'RoleBinding'
  name: string
  namespace: string
  roleKind: string
  roleName: string
  subjects: Subject[]
}

const GROUP = 'rbac.authorization.k8s.io'
const BUCKETS = ['clusterroles', 'roles', 'clusterrolebindings', 'rolebindings'].map((r) => `${GROUP}/${r}`)

/** Role-based access control over the stored roles and bindings. */
export interface Rbac {
  authorize(identity: Identity, attributes: AccessAttributes): Decision
  /** All rules that apply to a user in a namespace. */
  rulesFor(identity: Identity, namespace: string): PolicyRule[]
  /** The rules of a role, aggregation resolved. Undefined when there is no such role. */
  rulesOf(kind: string, name: string, namespace: string): PolicyRule[] | undefined
}

export function createRbac(store: Store): Rbac {
  let index: { cluster: Binding[]; namespaced: Map<string, Binding[]> } | undefined
  const roleRules = new Map<string, PolicyRule[] | undefined>()
  for (const bucket of BUCKETS)
    store.subscribe(bucket, () => {
      index = undefined
      roleRules.clear()
    })

  const bindings = () => (index ??= readBindings(store))
  const rulesOf: Rbac['rulesOf'] = (kind, name, namespace) => {
    const key = kind === 'ClusterRole' ? name : `${namespace}/${name}`
    const cacheKey = `${kind} ${key}`
    if (!roleRules.has(cacheKey))
      roleRules.set(
        cacheKey,
        kind === 'ClusterRole' ? clusterRoleRules(store, key) : (store.get(`${GROUP}/roles`, key)?.rules ?? undefined),
      )
    return roleRules.get(cacheKey)
  }
  const applicable = function* (identity: Identity, namespace: string): Generator<[Binding, Subject, PolicyRule[]]> {
    const { cluster, namespaced } = bindings()
    for (const binding of [...cluster, ...(namespace ? (namespaced.get(namespace) ?? []) : [])]) {
      const subject = binding.subjects.find((s) => subjectMatches(s, identity, binding.namespace))
      if (!subject) continue
      const rules = rulesOf(binding.roleKind, binding.roleName, binding.namespace)
      if (rules) yield [binding, subject, rules]
    }
  }

  return {
    rulesOf,
    authorize(identity, attributes) {
      if (identity.groups.includes('system:masters')) return { allowed: true, reason: '' }
      const namespace = attributes.resourceRequest ? attributes.namespace : ''
      for (const [binding, subject, rules] of applicable(identity, namespace))
        if (rules.some((rule) => ruleAllows(rule, attributes)))
          return { allowed: true, reason: allowReason(binding, subject) }
      return { allowed: false, reason: '' }
    },
    rulesFor: (identity, namespace) => {
      const own: PolicyRule[] = identity.groups.includes('system:masters')
        ? [
            { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
            { verbs: ['*'], nonResourceURLs: ['*'] },
          ]
        : []
      return [...own, ...[...applicable(identity, namespace)].flatMap(([, , rules]) => rules)]
    },
  }
}

function readBindings(store: Store): { cluster: Binding[]; namespaced: Map<string, Binding[]> } {
  const of = (kind: Binding['kind'], object: KubeObject): Binding => ({
    kind,
    name: object.metadata.name,
    namespace: object.metadata.namespace ?? '',
    roleKind: object.roleRef?.kind ?? '',
    roleName: object.roleRef?.name ?? '',
    subjects: object.subjects ?? [],
  })
  const namespaced = new Map<string, Binding[]>()
  for (const [, object] of store.scan(`${GROUP}/rolebindings`)) {
    const binding = of('RoleBinding', object)
    namespaced.set(binding.namespace, [...(namespaced.get(binding.namespace) ?? []), binding])
  }
  const cluster = [...store.scan(`${GROUP}/clusterrolebindings`)].map(([, object]) => of('ClusterRoleBinding', object))
  return { cluster, namespaced }
}

function clusterRoleRules(store: Store, name: string): PolicyRule[] | undefined {
  const role = store.get(`${GROUP}/clusterroles`, name)
  if (!role) return undefined
  const selectors = role.aggregationRule?.clusterRoleSelectors as
    | Parameters<typeof labelSelectorMatcher>[0][]
    | undefined
  if (!selectors) return role.rules ?? []
  const matchers = selectors.map(labelSelectorMatcher)
  const parts = [...store.scan(`${GROUP}/clusterroles`)]
    .filter(([key, part]) => key !== name && matchers.some((matches) => matches(part.metadata.labels)))
    .flatMap(([key]) => clusterRoleRules(store, key) ?? [])
  return [...(role.rules ?? []), ...parts]
}

function subjectMatches(subject: Subject, identity: Identity, bindingNamespace: string): boolean {
  if (subject.kind === 'User') return subject.name === identity.username
  if (subject.kind === 'Group') return identity.groups.includes(subject.name)
  return identity.username === `system:serviceaccount:${subject.namespace || bindingNamespace}:${subject.name}`
}

function allowReason(binding: Binding, subject: Subject): string {
  const name = binding.namespace ? `${binding.name}/${binding.namespace}` : binding.name
  const who =
    subject.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace || binding.namespace}` : subject.name
  return `RBAC: allowed by ${binding.kind} "${name}" of ${binding.roleKind} "${binding.roleName}" to ${subject.kind} "${who}"`
}

/** Whether one rule covers a request. */
export function ruleAllows(rule: PolicyRule, attributes: AccessAttributes): boolean {
  if (!has(rule.verbs, attributes.verb)) return false
  if (!attributes.resourceRequest)
    return (rule.nonResourceURLs ?? []).some(
      (url) =>
        url === '*' || url === attributes.path || (url.endsWith('*') && attributes.path.startsWith(url.slice(0, -1))),
    )
  const { resource, subresource, group, name } = attributes
  const full = subresource ? `${resource}/${subresource}` : resource
  const resources = rule.resources ?? []
  return (
    has(rule.apiGroups ?? [], group) &&
    (has(resources, full) || (subresource !== '' && resources.includes(`*/${subresource}`))) &&
    (!rule.resourceNames?.length || rule.resourceNames.includes(name))
  )
}

const has = (list: string[], value: string): boolean => list.includes('*') || list.includes(value)

/** The part of `wanted` that `held` does not cover; empty when holding `held` allows granting `wanted`. */
export function uncoveredRules(held: PolicyRule[], wanted: PolicyRule[]): PolicyRule[] {
  const covers = (verb: string, rest: Partial<PolicyRule>) =>
    held.some((rule) =>
      has(rule.verbs, verb) && rest.nonResourceURLs
        ? rest.nonResourceURLs.every((url) =>
            (rule.nonResourceURLs ?? []).some(
              (own) => own === '*' || own === url || (own.endsWith('*') && url.startsWith(own.slice(0, -1))),
            ),
          )
        : has(rule.verbs, verb) &&
          rest.apiGroups!.every((g) => has(rule.apiGroups ?? [], g)) &&
          rest.resources!.every(
            (r) =>
              has(rule.resources ?? [], r) ||
              (r.includes('/') && (rule.resources ?? []).includes(`*/${r.split('/')[1]}`)),
          ) &&
          (!rule.resourceNames?.length ||
            (rest.resourceNames?.length ? rest.resourceNames.every((n) => rule.resourceNames!.includes(n)) : false)),
    )
  return wanted.flatMap(singleRules).filter((rule) => !covers(rule.verbs[0]!, rule))
}

function singleRules(rule: PolicyRule): PolicyRule[] {
  if (rule.nonResourceURLs?.length)
    return rule.verbs.flatMap((verb) => rule.nonResourceURLs!.map((url) => ({ verbs: [verb], nonResourceURLs: [url] })))
  return rule.verbs.flatMap((verb) =>
    (rule.apiGroups ?? []).flatMap((group) =>
      (rule.resources ?? []).map((resource) => ({
        verbs: [verb],
        apiGroups: [group],
        resources: [resource],
        ...(rule.resourceNames?.length ? { resourceNames: rule.resourceNames } : {}),
      })),
    ),
  )
}
