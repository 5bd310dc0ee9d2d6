import { at, listAt, textAt, textsAt } from './plain.ts'

export interface RoleFacts {
  /** Plain-words names of the strong rights the rules give, e.g. `everything`, `read secrets`. */
  strong: string[]
}

export interface BindingFacts {
  role: string
  roleKind: string
  /** `User:eve`, `Group:system:masters`, `ServiceAccount:shop:default`. */
  subjects: string[]
}

interface Rule {
  verbs: string[]
  groups: string[]
  resources: string[]
}

// The rights that let their holder become more than they are, or read what others keep secret.
const strongRights: { name: string; verbs: string[]; resources: string[] }[] = [
  { name: 'read secrets', verbs: ['get', 'list', 'watch'], resources: ['secrets'] },
  { name: 'create pods', verbs: ['create'], resources: ['pods'] },
  {
    name: 'run commands in pods',
    verbs: ['create', 'get'],
    resources: ['pods/exec', 'pods/attach', 'pods/ephemeralcontainers'],
  },
  { name: 'reach kubelets', verbs: ['get', 'create'], resources: ['nodes/proxy'] },
  { name: 'issue tokens', verbs: ['create'], resources: ['serviceaccounts/token'] },
  {
    name: 'approve certificates',
    verbs: ['update', 'patch', 'approve'],
    resources: ['certificatesigningrequests/approval'],
  },
  {
    name: 'change webhooks',
    verbs: ['create', 'update', 'patch'],
    resources: ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
  },
  { name: 'grant roles', verbs: ['bind', 'escalate'], resources: ['roles', 'clusterroles'] },
  { name: 'impersonate', verbs: ['impersonate'], resources: ['users', 'groups', 'serviceaccounts'] },
]

/** Strong rights in the rules of a Role or ClusterRole object. */
export function roleFacts(object: unknown): RoleFacts | undefined {
  if (!Array.isArray(at(object, 'rules'))) return undefined
  const rules: Rule[] = listAt(object, 'rules').map((rule) => ({
    verbs: textsAt(rule, 'verbs'),
    groups: textsAt(rule, 'apiGroups'),
    resources: textsAt(rule, 'resources'),
  }))
  const strong = new Set<string>()
  for (const rule of rules) {
    const all = rule.verbs.includes('*')
    if (all && rule.resources.includes('*')) strong.add('everything')
    for (const right of strongRights) {
      const verb = all || right.verbs.some((name) => rule.verbs.includes(name))
      if (verb && right.resources.some((name) => covers(rule.resources, name))) strong.add(right.name)
    }
  }
  return { strong: [...strong] }
}

function covers(resources: string[], name: string): boolean {
  const [, sub] = name.split('/')
  return resources.includes(name) || resources.includes('*') || (sub !== undefined && resources.includes(`*/${sub}`))
}

/** Role and subjects of a binding object. */
export function bindingFacts(object: unknown): BindingFacts | undefined {
  const role = textAt(object, 'roleRef', 'name')
  if (role === undefined) return undefined
  const subjects = listAt(object, 'subjects').map((subject) => {
    const namespace = textAt(subject, 'namespace')
    const name = textAt(subject, 'name') ?? ''
    return `${textAt(subject, 'kind') ?? ''}:${namespace ? `${namespace}:` : ''}${name}`
  })
  return { role, roleKind: textAt(object, 'roleRef', 'kind') ?? '', subjects }
}
