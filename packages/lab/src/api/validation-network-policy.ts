import { BlockList, isIP } from 'node:net'
import type { FieldError } from './status-error.ts'

type Json = any // any: a NetworkPolicy spec, checked here

/** Errors of a NetworkPolicy spec. */
export function validateNetworkPolicy(spec: Json): FieldError[] {
  const found: FieldError[] = []
  for (const [direction, peers] of [
    ['ingress', 'from'],
    ['egress', 'to'],
  ] as const)
    for (const [at, rule] of (spec?.[direction] ?? []).entries()) {
      const field = `spec.${direction}[${at}]`
      for (const [p, port] of (rule.ports ?? []).entries()) found.push(...portErrors(port, `${field}.ports[${p}]`))
      for (const [p, peer] of (rule[peers] ?? []).entries()) found.push(...peerErrors(peer, `${field}.${peers}[${p}]`))
    }
  const types = spec?.policyTypes ?? []
  if (types.length > 2)
    found.push({
      type: 'Invalid value',
      field: 'spec.policyTypes',
      value: types,
      detail: 'may not specify more than two policyTypes',
    })
  for (const [at, type] of types.entries())
    if (type !== 'Ingress' && type !== 'Egress')
      found.push({
        type: 'Unsupported value',
        field: `spec.policyTypes[${at}]`,
        value: type,
        detail: 'supported values: "Ingress", "Egress"',
      })
  return found
}

function portErrors(port: Json, field: string): FieldError[] {
  const found: FieldError[] = []
  if (!['TCP', 'UDP', 'SCTP'].includes(port.protocol))
    found.push({
      type: 'Unsupported value',
      field: `${field}.protocol`,
      value: port.protocol,
      detail: 'supported values: "SCTP", "TCP", "UDP"',
    })
  if (typeof port.port === 'number' && !(port.port >= 1 && port.port <= 65535))
    found.push({
      type: 'Invalid value',
      field: `${field}.port`,
      value: port.port,
      detail: 'must be between 1 and 65535, inclusive',
    })
  if (port.endPort === undefined) return found
  if (port.port === undefined)
    found.push({
      type: 'Required value',
      field: `${field}.port`,
      detail: 'must be specified when `endPort` is specified',
    })
  else if (typeof port.port === 'string')
    found.push({
      type: 'Invalid value',
      field: `${field}.endPort`,
      value: port.endPort,
      detail: 'may not specify endPort when `port` is non-numeric',
    })
  // The server quotes the port here, not the endPort.
  else if (port.endPort < port.port)
    found.push({
      type: 'Invalid value',
      field: `${field}.endPort`,
      value: port.port,
      detail: 'must be greater than or equal to `port`',
    })
  return found
}

function peerErrors(peer: Json, field: string): FieldError[] {
  const { podSelector, namespaceSelector, ipBlock } = peer
  if (!podSelector && !namespaceSelector && !ipBlock)
    return [{ type: 'Required value', field, detail: 'must specify a peer' }]
  if (!ipBlock) return []
  if (podSelector || namespaceSelector)
    return [{ type: 'Forbidden', field, detail: 'may not specify both ipBlock and another peer' }]
  const cidr = `${field}.ipBlock.cidr`
  if (!ipBlock.cidr) return [{ type: 'Required value', field: cidr }]
  if (!parseCidr(ipBlock.cidr))
    return [
      {
        type: 'Invalid value',
        field: cidr,
        value: ipBlock.cidr,
        detail: 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
      },
    ]
  return (ipBlock.except ?? []).flatMap((except: string, at: number): FieldError[] => {
    const of = `${field}.ipBlock.except[${at}]`
    if (!parseCidr(except))
      return [
        {
          type: 'Invalid value',
          field: of,
          value: except,
          detail: 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
        },
      ]
    return strictSubset(except, ipBlock.cidr)
      ? []
      : [{ type: 'Invalid value', field: of, value: except, detail: 'must be a strict subset of `cidr`' }]
  })
}

function parseCidr(text: string): { address: string; prefix: number; family: 'ipv4' | 'ipv6' } | undefined {
  const [address = '', prefix = ''] = String(text).split('/')
  const version = isIP(address)
  if (version === 0 || !/^\d+$/.test(prefix) || Number(prefix) > (version === 4 ? 32 : 128)) return undefined
  return { address, prefix: Number(prefix), family: version === 4 ? 'ipv4' : 'ipv6' }
}

function strictSubset(inner: string, outer: string): boolean {
  const a = parseCidr(inner)!
  const b = parseCidr(outer)!
  if (a.family !== b.family || a.prefix <= b.prefix) return false
  const list = new BlockList()
  list.addSubnet(b.address, b.prefix, b.family)
  return list.check(a.address, a.family)
}
