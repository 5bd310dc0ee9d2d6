import { bindingFacts, roleFacts } from './access-facts.ts'
import type { BindingFacts, RoleFacts } from './access-facts.ts'
import { LazyMembers } from '@cordon/sigma'
import { Actor } from './actor.ts'
import { addressClass } from './address.ts'
import type { AddressClass } from './address.ts'
import { at, listAt, numberAt, plain, textAt, textsAt } from './plain.ts'
import type { Plain } from './plain.ts'
import { podFacts } from './pod-facts.ts'
import type { PodSpecFacts } from './pod-facts.ts'
import { parseRequestLine } from './request-line.ts'
import type { RequestLine } from './request-line.ts'
import { csrFacts, serviceFacts, webhookFacts } from './object-facts.ts'
import type { CsrFacts, ServiceFacts, WebhookFacts } from './object-facts.ts'

export interface SourceFacts {
  ip?: string
  class?: AddressClass
  /** The client, or something before it, claimed to forward for another. */
  relayed: boolean
  /** A public address that isn't known as the cluster's own way out. */
  outside: boolean
}

export interface AgentFacts {
  name: string
  clientGo: boolean
  text: string
}

const writes = new Set(['create', 'update', 'patch'])

const lazyNames: ReadonlySet<string> = new Set(['impersonated', 'path', 'command', 'container', 'interactive'])

/** What rules read as `cordon.*` on an audit event: the raw event, understood. Total: missing parts stay undefined. */
export class AuditFacts extends LazyMembers {
  /** done: took effect. dry-run, denied, failed: did not. */
  readonly outcome: 'done' | 'dry-run' | 'denied' | 'failed'
  readonly done: boolean
  readonly denied: boolean
  /** `pods`, `pods/exec`, empty for requests that name no resource. */
  readonly resource: string
  readonly actor: Actor
  /** The API server refused the impersonation itself. */
  readonly impersonationDenied: boolean
  readonly source: SourceFacts
  readonly agent: AgentFacts
  readonly object: { name?: string; namespace?: string; uid?: string }
  /** The object after the request was in the event; without it specs cannot be judged. */
  readonly bodySeen: boolean
  readonly pod: PodSpecFacts | undefined
  readonly service: ServiceFacts | undefined
  readonly role: RoleFacts | undefined
  readonly binding: BindingFacts | undefined
  readonly webhook: WebhookFacts | undefined
  readonly csr: CsrFacts | undefined
  readonly #raw: Plain
  #line: RequestLine | undefined

  /** @param isInside whether a public address is the cluster's own */
  constructor(raw: Plain, isInside: (ip: string) => boolean) {
    super()
    this.#raw = raw
    const verb = textAt(raw, 'verb') ?? ''
    const reference = at(raw, 'objectRef')
    const base = textAt(reference, 'resource') ?? ''
    const sub = textAt(reference, 'subresource')
    this.outcome = outcomeOf(raw, () => this.#request().dryRun)
    this.done = this.outcome === 'done'
    this.denied = this.outcome === 'denied'
    this.resource = sub ? `${base}/${sub}` : base
    this.actor = new Actor(at(raw, 'user'))
    this.impersonationDenied =
      this.denied &&
      / cannot impersonate[\w:-]{0,80} resource /.test(textAt(at(raw, 'responseStatus'), 'message') ?? '')
    this.source = sourceOf(raw, isInside)
    this.agent = agentOf(textAt(raw, 'userAgent') ?? '')
    const object = resultingObject(raw, verb)
    const metadata = at(object, 'metadata')
    this.object = {
      name: textAt(reference, 'name') ?? textAt(metadata, 'name'),
      namespace: textAt(reference, 'namespace') ?? textAt(metadata, 'namespace'),
      uid: textAt(metadata, 'uid') ?? textAt(reference, 'uid'),
    }
    this.bodySeen = object !== undefined
    // What a patch says is true of the object, too; it only isn't all there is to know.
    const told = object ?? (verb === 'patch' ? plain(at(raw, 'requestObject')) : undefined)
    if (!told || !writes.has(verb)) return
    if (sub === undefined || sub === 'ephemeralcontainers') this.pod = podFacts(base, told)
    // Anybody can write an owner into a pod; only the controllers' own pods were examined as workloads before.
    if (this.pod && !this.actor.controller) this.pod.managed = false
    if (base === 'services' && sub === undefined) this.service = serviceFacts(told)
    if (base === 'roles' || base === 'clusterroles') this.role = roleFacts(told)
    if (base === 'rolebindings' || base === 'clusterrolebindings') this.binding = bindingFacts(told)
    if (base.endsWith('webhookconfigurations')) this.webhook = webhookFacts(told)
    if (base === 'certificatesigningrequests') this.csr = csrFacts(told, this.actor.name, verb === 'create')
  }

  get lazyNames(): ReadonlySet<string> {
    return lazyNames
  }

  get impersonated(): { name: string; groups: string[] } | undefined {
    const user = at(this.#raw, 'impersonatedUser')
    const name = textAt(user, 'username')
    return name === undefined ? undefined : { name, groups: textsAt(user, 'groups') }
  }

  get path(): string {
    return this.#request().path
  }

  get command(): string | undefined {
    return this.#request().command
  }

  get container(): string | undefined {
    return this.#request().container
  }

  get interactive(): boolean {
    return this.#request().interactive
  }

  #request(): RequestLine {
    return (this.#line ??= parseRequestLine(textAt(this.#raw, 'requestURI') ?? ''))
  }
}

/**
 * The object as it is after the request. For a patch the request holds only the patch, so the response counts; a body
 * that was too big is replaced by a text by some clouds and then nothing is known.
 */
function resultingObject(raw: Plain, verb: string): Plain | undefined {
  const response = plain(at(raw, 'responseObject'))
  if (response && response['kind'] !== 'Status') return response
  if (verb === 'patch') return undefined
  const request = plain(at(raw, 'requestObject'))
  return request && request['kind'] !== 'DeleteOptions' ? request : undefined
}

function outcomeOf(raw: Plain, isDryRun: () => boolean): AuditFacts['outcome'] {
  const code = numberAt(raw, 'responseStatus', 'code')
  const decision = textAt(raw, 'annotations', 'authorization.k8s.io/decision')
  if (code === 401 || code === 403 || decision === 'forbid') return 'denied'
  const success = code === 101 || (code !== undefined && code >= 200 && code < 300)
  if (!success) return 'failed'
  return isDryRun() ? 'dry-run' : 'done'
}

// Only the last address is the API server's own observation; those before it are what the client claimed.
function sourceOf(raw: Plain, isInside: (ip: string) => boolean): SourceFacts {
  const addresses = listAt(raw, 'sourceIPs').filter((address): address is string => typeof address === 'string')
  const ip = addresses.at(-1)?.slice(0, 64)
  const part = ip === undefined ? undefined : addressClass(ip)
  return { ip, class: part, relayed: addresses.length > 1, outside: part === 'public' && !isInside(ip!) }
}

// The same few programs come all day; senders may send any, so the memory starts anew when it is full.
const agents = new Map<string, AgentFacts>()
const mostAgents = 2000
const longestKept = 512

function agentOf(text: string): AgentFacts {
  const known = agents.get(text)
  if (known) return known
  const name = /^[^/\s]{0,128}/.exec(text)?.[0]?.toLowerCase() ?? ''
  const facts = Object.freeze({
    name,
    clientGo: /kubernetes\/([0-9a-f]{7,}|\$Format)/.test(text),
    text: text.slice(0, longestKept),
  })
  if (agents.size >= mostAgents) agents.clear()
  if (text.length <= longestKept) agents.set(text, facts)
  return facts
}
