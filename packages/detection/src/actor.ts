import { LazyMembers } from '@cordon/sigma'
import { textAt, textsAt } from './plain.ts'

export type ActorKind = 'user' | 'service-account' | 'node' | 'system' | 'anonymous'

// Loops of the control plane; their names are fixed by Kubernetes.
const controllerUsers = new Set([
  'system:kube-controller-manager',
  'system:kube-scheduler',
  'system:apiserver',
  'system:cloud-controller-manager',
])
const controllerAccounts =
  /^system:serviceaccount:kube-system:([a-z-]+-controller|generic-garbage-collector|resourcequota-controller|pod-garbage-collector|horizontal-pod-autoscaler|[a-z-]+-provisioner|root-ca-cert-publisher|legacy-service-account-token-cleaner)$/

interface Identity {
  kind: ActorKind
  namespace?: string
  account?: string
  controller: boolean
}

const lazyNames: ReadonlySet<string> = new Set(['groups', 'pod'])

/** Who asked: the authenticated user, never the impersonated one. */
export class Actor extends LazyMembers {
  readonly name: string
  readonly kind: ActorKind
  /** For service accounts. */
  readonly namespace: string | undefined
  readonly account: string | undefined
  /** One of the control plane's own loops, which act for what others wrote. */
  readonly controller: boolean
  readonly #user: unknown

  /** @param user the `user` member of an audit event, whatever it is */
  constructor(user: unknown) {
    super()
    this.#user = user
    this.name = textAt(user, 'username') ?? ''
    const { kind, namespace, account, controller } = identityOf(this.name)
    this.kind = kind
    this.namespace = namespace
    this.account = account
    this.controller = controller
  }

  get lazyNames(): ReadonlySet<string> {
    return lazyNames
  }

  get groups(): string[] {
    return textsAt(this.#user, 'groups')
  }

  /** Pod the token is bound to, by the API server's own statement. */
  get pod(): string | undefined {
    return this.kind === 'service-account'
      ? textsAt(this.#user, 'extra', 'authentication.kubernetes.io/pod-name')[0]
      : undefined
  }
}

// The same accounts come all day; senders may send any, so the memory starts anew when it is full.
const known = new Map<string, Identity>()
const mostKnown = 5000
const longestKept = 512

function identityOf(name: string): Identity {
  const before = known.get(name)
  if (before) return before
  const identity = readIdentity(name)
  if (known.size >= mostKnown) known.clear()
  if (name.length <= longestKept) known.set(name, identity)
  return identity
}

function readIdentity(name: string): Identity {
  if (name === 'system:anonymous' || name === '') return { kind: 'anonymous', controller: false }
  if (name.startsWith('system:serviceaccount:')) {
    const [, , namespace, account] = name.split(':')
    return { kind: 'service-account', namespace, account, controller: controllerAccounts.test(name) }
  }
  if (name.startsWith('system:node:')) return { kind: 'node', controller: false }
  return name.startsWith('system:')
    ? { kind: 'system', controller: controllerUsers.has(name) }
    : { kind: 'user', controller: false }
}
