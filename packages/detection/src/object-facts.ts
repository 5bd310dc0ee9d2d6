import { addressClass } from './address.ts'
import { at, listAt, plain, textAt, textsAt } from './plain.ts'

export interface ServiceFacts {
  type: string
  /** Reachable from outside the cluster, as far as the Service alone can say. */
  exposed: boolean
  /** Ports and target ports. */
  ports: string[]
  /** Name, labels and selector, lower case: where the application's name shows. */
  text: string
  /** Ranges that may connect; `0.0.0.0/0` when the Service names none. */
  ranges: string[]
}

export interface WebhookFacts {
  /** URLs outside of the cluster that the API server will call. */
  externalUrls: string[]
  resources: string[]
}

export interface CsrFacts {
  signer: string
  requester?: string
  /** The request's user approved it now. */
  approved: boolean
  selfApproved: boolean
  groups: string[]
}

// Annotations by which the clouds keep a load balancer inside; fixed by AWS, Azure, Google, Oracle, Alibaba, OpenStack.
const internalMarks =
  /(load-balancer-internal|load-balancer-type|loadbalancer-internal|oci-load-balancer-internal|internal-load-balancer|load-balancer-scheme|address-type)$/

/** Exposure of a Service object. */
export function serviceFacts(object: unknown): ServiceFacts | undefined {
  const spec = plain(at(object, 'spec'))
  if (!spec) return undefined
  const type = textAt(spec, 'type') ?? 'ClusterIP'
  const annotations = plain(at(object, 'metadata', 'annotations')) ?? {}
  const internal = Object.entries(annotations).some(
    ([name, value]) =>
      typeof value === 'string' && internalMarks.test(name) && /^(true|internal|intranet|private)$/i.test(value),
  )
  const ports = listAt(spec, 'ports').flatMap((port) => [at(port, 'port'), at(port, 'targetPort'), at(port, 'name')])
  const named = [at(object, 'metadata', 'labels'), at(spec, 'selector')].flatMap((map) =>
    Object.values(plain(map) ?? {}),
  )
  const ranges = textsAt(spec, 'loadBalancerSourceRanges')
  const external = textsAt(spec, 'externalIPs').length > 0
  return {
    type,
    exposed: external || type === 'NodePort' || (type === 'LoadBalancer' && !internal),
    ports: ports.filter((port) => typeof port === 'number' || typeof port === 'string').map(String),
    text: [textAt(object, 'metadata', 'name'), ...named].join(' ').toLowerCase().slice(0, 4096),
    ranges: ranges.length > 0 ? ranges : ['0.0.0.0/0'],
  }
}

/** Where the webhooks of a configuration object point. */
export function webhookFacts(object: unknown): WebhookFacts | undefined {
  const webhooks = listAt(object, 'webhooks')
  if (!Array.isArray(at(object, 'webhooks'))) return undefined
  return {
    externalUrls: webhooks.flatMap((webhook) => externalUrl(textAt(webhook, 'clientConfig', 'url'))),
    resources: webhooks.flatMap((webhook) => listAt(webhook, 'rules').flatMap((rule) => textsAt(rule, 'resources'))),
  }
}

function externalUrl(url: string | undefined): string[] {
  if (url === undefined) return []
  const host = URL.parse(url)?.hostname ?? ''
  const inside = host.endsWith('.svc') || host.endsWith('.cluster.local')
  const address = addressClass(host.replace(/^\[|\]$/g, ''))
  return inside || address === 'private' || address === 'loopback' ? [] : [url.slice(0, 512)]
}

/** Who asked for a certificate and whether the same account approved it. */
export function csrFacts(object: unknown, actor: string, creation: boolean): CsrFacts | undefined {
  const spec = plain(at(object, 'spec'))
  if (!spec) return undefined
  const requester = textAt(spec, 'username') ?? (creation ? actor : undefined)
  const conditions = listAt(object, 'status', 'conditions')
  const approved = !creation && conditions.some((condition) => textAt(condition, 'type') === 'Approved')
  return {
    signer: textAt(spec, 'signerName') ?? '',
    requester,
    approved,
    selfApproved: approved && requester === actor,
    groups: textsAt(spec, 'groups'),
  }
}
