import { bindingFacts, roleFacts } from './access-facts.ts'
import type { BindingFacts, RoleFacts } from './access-facts.ts'
import { addressClass } from './address.ts'
import type { AddressClass } from './address.ts'
import { at, listAt, numberAt, plain, textAt, textsAt } from './plain.ts'
import type { Plain } from './plain.ts'
import { podFacts } from './pod-facts.ts'
import type { PodSpecFacts } from './pod-facts.ts'
import { parseRequestLine } from './request-line.ts'
import { csrFacts, serviceFacts, webhookFacts } from './object-facts.ts'
import type { CsrFacts, ServiceFacts, WebhookFacts } from './object-facts.ts'

export type ActorKind = 'user' | 'service-account' | 'node' | 'system' | 'anonymous'

export interface Actor {
  /** The authenticated user, never the impersonated one. */
  name: string
  kind: ActorKind
  groups: string[]
  /** For service accounts. */
  namespace?: string
  account?: string
  /** Pod the token is bound to, by the API server's own statement. */
  pod?: string
  /** One of the control plane's own loops, which act for what others wrote. */
  controller: boolean
}

/** What rules read as `cordon.*` on an audit event: the raw event, understood. */
export interface AuditFacts {
  /** done: took effect. dry-run, denied, failed: did not. */
  outcome: 'done' | 'dry-run' | 'denied' | 'failed'
  done: boolean
  denied: boolean
  /** `pods`, `pods/exec`, empty for requests that name no resource. */
  resource: string
  actor: Actor
  impersonated?: { name: string; groups: string[] }
  /** The API server refused the impersonation itself. */
  impersonationDenied: boolean
  source: { ip?: string; class?: AddressClass; relayed: boolean }
  agent: { name: string; clientGo: boolean; text: string }
  object: { name?: string; namespace?: string; uid?: string }
  path: string
  command?: string
  container?: string
  interactive: boolean
  /** The object after the request was in the event; without it specs cannot be judged. */
  bodySeen: boolean
  pod?: PodSpecFacts
  service?: ServiceFacts
  role?: RoleFacts
  binding?: BindingFacts
  webhook?: WebhookFacts
  csr?: CsrFacts
}

const writes = new Set(['create', 'update', 'patch'])

// Loops of the control plane; their names are fixed by Kubernetes.
const controllerUsers = new Set([
  'system:kube-controller-manager',
  'system:kube-scheduler',
  'system:apiserver',
  'system:cloud-controller-manager',
])
const controllerAccounts =
  /^system:serviceaccount:kube-system:([a-z-]+-controller|generic-garbage-collector|resourcequota-controller|pod-garbage-collector|horizontal-pod-autoscaler|[a-z-]+-provisioner|root-ca-cert-publisher|legacy-service-account-token-cleaner)$/

/** Understands a raw audit event; total: any input gives facts, missing parts stay undefined. */
export function auditFacts(raw: Plain): AuditFacts {
  const reference = at(raw, 'objectRef')
  const base = textAt(reference, 'resource') ?? ''
  const sub = textAt(reference, 'subresource')
  const line = parseRequestLine(textAt(raw, 'requestURI') ?? '')
  const outcome = outcomeOf(raw, line.dryRun)
  const object = resultingObject(raw)
  const status = at(raw, 'responseStatus')
  const facts: AuditFacts = {
    outcome,
    done: outcome === 'done',
    denied: outcome === 'denied',
    resource: sub ? `${base}/${sub}` : base,
    actor: actorOf(at(raw, 'user')),
    impersonated: impersonatedOf(at(raw, 'impersonatedUser')),
    impersonationDenied:
      outcome === 'denied' && / cannot impersonate[\w:-]{0,80} resource /.test(textAt(status, 'message') ?? ''),
    source: sourceOf(raw),
    agent: agentOf(textAt(raw, 'userAgent') ?? ''),
    object: {
      name: textAt(reference, 'name') ?? textAt(object, 'metadata', 'name'),
      namespace: textAt(reference, 'namespace') ?? textAt(object, 'metadata', 'namespace'),
      uid: textAt(object, 'metadata', 'uid') ?? textAt(reference, 'uid'),
    },
    path: line.path,
    command: line.command,
    container: line.container,
    interactive: line.interactive,
    bodySeen: object !== undefined,
  }
  if (object && writes.has(textAt(raw, 'verb') ?? '')) addObjectFacts(facts, base, sub, object, raw)
  return facts
}

function addObjectFacts(facts: AuditFacts, base: string, sub: string | undefined, object: Plain, raw: Plain): void {
  if (sub === undefined || sub === 'ephemeralcontainers') facts.pod = podFacts(base, object)
  // Anybody can write an owner into a pod; only the controllers' own pods were examined as workloads before.
  if (facts.pod && !facts.actor.controller) facts.pod.managed = false
  if (base === 'services' && sub === undefined) facts.service = serviceFacts(object)
  if (base === 'roles' || base === 'clusterroles') facts.role = roleFacts(object)
  if (base === 'rolebindings' || base === 'clusterrolebindings') facts.binding = bindingFacts(object)
  if (base.endsWith('webhookconfigurations')) facts.webhook = webhookFacts(object)
  if (base === 'certificatesigningrequests')
    facts.csr = csrFacts(object, facts.actor.name, textAt(raw, 'verb') === 'create')
}

/**
 * The object as it is after the request. For a patch the request holds only the patch, so the response counts; a body
 * that was too big is replaced by a text by some clouds and then nothing is known.
 */
function resultingObject(raw: Plain): Plain | undefined {
  const response = plain(at(raw, 'responseObject'))
  if (response && response['kind'] !== 'Status') return response
  if (textAt(raw, 'verb') === 'patch') return undefined
  const request = plain(at(raw, 'requestObject'))
  return request && request['kind'] !== 'DeleteOptions' ? request : undefined
}

function outcomeOf(raw: Plain, dryRun: boolean): AuditFacts['outcome'] {
  const code = numberAt(raw, 'responseStatus', 'code')
  const decision = textAt(raw, 'annotations', 'authorization.k8s.io/decision')
  if (code === 401 || code === 403 || decision === 'forbid') return 'denied'
  const success = code === 101 || (code !== undefined && code >= 200 && code < 300)
  if (!success) return 'failed'
  return dryRun ? 'dry-run' : 'done'
}

function actorOf(user: unknown): Actor {
  const name = textAt(user, 'username') ?? ''
  const actor: Actor = { name, kind: 'user', groups: textsAt(user, 'groups'), controller: false }
  if (name === 'system:anonymous' || name === '') actor.kind = 'anonymous'
  else if (name.startsWith('system:serviceaccount:')) {
    actor.kind = 'service-account'
    const [, , namespace, account] = name.split(':')
    actor.namespace = namespace
    actor.account = account
    actor.pod = textsAt(user, 'extra', 'authentication.kubernetes.io/pod-name')[0]
    actor.controller = controllerAccounts.test(name)
  } else if (name.startsWith('system:node:')) actor.kind = 'node'
  else if (name.startsWith('system:')) {
    actor.kind = 'system'
    actor.controller = controllerUsers.has(name)
  }
  return actor
}

function impersonatedOf(user: unknown): AuditFacts['impersonated'] {
  const name = textAt(user, 'username')
  return name === undefined ? undefined : { name, groups: textsAt(user, 'groups') }
}

// Only the last address is the API server's own observation; those before it are what the client claimed.
function sourceOf(raw: Plain): AuditFacts['source'] {
  const addresses = listAt(raw, 'sourceIPs').filter((address): address is string => typeof address === 'string')
  const ip = addresses.at(-1)?.slice(0, 64)
  return { ip, class: ip === undefined ? undefined : addressClass(ip), relayed: addresses.length > 1 }
}

function agentOf(text: string): AuditFacts['agent'] {
  const name = /^[^/\s]{0,128}/.exec(text)?.[0]?.toLowerCase() ?? ''
  return { name, clientGo: /kubernetes\/([0-9a-f]{7,}|\$Format)/.test(text), text: text.slice(0, 512) }
}
