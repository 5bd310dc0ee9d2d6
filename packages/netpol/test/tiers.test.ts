import { describe, expect, test } from 'vitest'
import { canConnect, isolationVerdict, openPaths, selecting, unsupported } from '../src/index.ts'
import type { PolicyObject, World } from '../src/index.ts'

const deny = { action: 'Deny' }
const open = { podSelector: {}, policyTypes: ['Ingress', 'Egress'], ingress: [{}], egress: [{}] }

function policy(apiVersion: string, kind: string, spec: object, metadata: object = {}): PolicyObject {
  return { apiVersion, kind, metadata: { name: kind.toLowerCase(), ...metadata }, spec }
}

const plain = (spec: object, name = 'np') =>
  policy('networking.k8s.io/v1', 'NetworkPolicy', spec, { name, namespace: 'shop' })
const cilium = (spec: object, name = 'cnp') =>
  policy('cilium.io/v2', 'CiliumNetworkPolicy', spec, { name, namespace: 'shop' })
const calico = (spec: object, name = 'cali') =>
  policy('projectcalico.org/v3', 'NetworkPolicy', spec, { name, namespace: 'shop' })
const cluster = (spec: object, name = 'kcnp') =>
  policy('policy.networking.k8s.io/v1alpha2', 'ClusterNetworkPolicy', spec, { name })

/** Suspect pod `bad`, peer `web` on another node, `probe` in its own node's network; the namespace allows everything. */
function world(...policies: PolicyObject[]): World {
  const pod = (name: string, namespace: string, node: string, ip: string) => ({
    name,
    namespace,
    node,
    ip,
    labels: (name === 'bad' ? { app: 'web', quarantine: 'act-1' } : { app: name }) as Record<string, string>,
    ports: { http: 8080 },
  })
  return {
    namespaces: ['shop', 'ops'].map((name) => ({ name, labels: { 'kubernetes.io/metadata.name': name } })),
    pods: [
      pod('bad', 'shop', 'n1', '10.1.0.1'),
      pod('web', 'shop', 'n2', '10.1.1.1'),
      pod('tool', 'ops', 'n2', '10.1.1.2'),
      { ...pod('probe', 'ops', 'n1', '10.9.0.1'), hostNetwork: true },
    ],
    policies: [plain(open, 'namespace-wide-allow'), ...policies],
  }
}

const quarantined = { matchLabels: { quarantine: 'act-1' } }
const everyone = [{ namespaces: {} }]
const networks = [{ networks: ['0.0.0.0/0', '::/0'] }]
const adminDeny = {
  tier: 'Admin',
  priority: 1,
  subject: { pods: { podSelector: quarantined } },
  ingress: [{ ...deny, from: everyone }],
  egress: [{ ...deny, to: networks }],
}

describe('isolation against a namespace-wide allow', () => {
  test.each([
    [
      'a plain deny-all does nothing',
      plain({ podSelector: quarantined, policyTypes: ['Ingress', 'Egress'] }, 'iso'),
      false,
    ],
    [
      'Cilium deny from and to all',
      cilium({
        endpointSelector: quarantined,
        ingressDeny: [{ fromEntities: ['all'] }],
        egressDeny: [{ toEntities: ['all'] }],
      }),
      true,
    ],
    [
      'Cilium empty deny rules deny no named peer',
      cilium({ endpointSelector: quarantined, ingressDeny: [{}], egressDeny: [{}] }),
      false,
    ],
    [
      'Cilium deny of the cluster alone leaves the world',
      cilium({
        endpointSelector: quarantined,
        ingressDeny: [{ fromEntities: ['all'] }],
        egressDeny: [{ toEntities: ['cluster'] }],
      }),
      false,
    ],
    [
      'Calico deny before order 1000',
      calico({
        selector: `quarantine == 'act-1'`,
        order: 1,
        types: ['Ingress', 'Egress'],
        ingress: [deny],
        egress: [deny],
      }),
      true,
    ],
    [
      'Calico deny after order 1000',
      calico({
        selector: `quarantine == 'act-1'`,
        order: 2000,
        types: ['Ingress', 'Egress'],
        ingress: [deny],
        egress: [deny],
      }),
      false,
    ],
    [
      'Calico deny in a tier whose order is not known',
      calico({
        selector: 'all()',
        tier: 'mystery',
        order: 1,
        types: ['Ingress', 'Egress'],
        ingress: [deny],
        egress: [deny],
      }),
      false,
    ],
    [
      'Calico deny for one IP version',
      calico({ order: 1, types: ['Ingress', 'Egress'], ingress: [deny], egress: [{ ...deny, ipVersion: 4 }] }),
      false,
    ],
    ['ClusterNetworkPolicy cannot name outside sources', cluster(adminDeny), false],
  ])('%s', (_, isolating, isolated) => {
    const made = world(isolating)
    expect(isolationVerdict(made, 'bad').isolated).toBe(isolated)
    expect(canConnect(made, 'probe', 'bad', { port: 8080, protocol: 'TCP' })).toMatchObject({
      allowed: true,
      because: [{ rule: 'own-node' }],
    })
    if (isolated) expect(canConnect(made, 'bad', 'tool', { port: 8080 }).allowed).toBe(false)
  })

  test('a ClusterNetworkPolicy leaves exactly ingress from outside and from nodes', () => {
    const paths = openPaths(world(cluster(adminDeny)), 'bad')
    expect(paths.map((path) => [path.direction, path.kind, path.ranges])).toEqual([
      ['ingress', 'outside', ['0.0.0.0/0', '::/0']],
    ])
    expect(paths[0]?.policy?.name).toBe('namespace-wide-allow')
  })
})

describe('order inside the admin tiers', () => {
  const rule = (action: string, port: number) => ({
    action,
    from: everyone,
    protocols: [{ tcp: { destinationPort: { number: port } } }],
  })
  const subject = { namespaces: {} }

  test.each([
    ['a lower priority number goes first', 80, true],
    ['Pass leaves it to the NetworkPolicies', 81, true],
    ['Deny is final', 82, false],
  ])('%s', (_, port, allowed) => {
    const strong = {
      tier: 'Admin',
      priority: 1,
      subject,
      ingress: [rule('Accept', 80), rule('Pass', 81), rule('Deny', 82)],
    }
    const weak = { tier: 'Admin', priority: 2, subject, ingress: [{ action: 'Deny', from: everyone }] }
    expect(canConnect(world(cluster(weak, 'weak'), cluster(strong, 'strong')), 'tool', 'web', { port }).allowed).toBe(
      allowed,
    )
  })

  test('Baseline counts only where no NetworkPolicy selects', () => {
    const baseline = policy('policy.networking.k8s.io/v1alpha1', 'BaselineAdminNetworkPolicy', {
      subject,
      ingress: [{ action: 'Deny', from: everyone }],
    })
    const made = world(baseline)
    expect(canConnect(made, 'tool', 'web', { port: 80 }).allowed).toBe(true)
    const bare = canConnect({ ...made, policies: [baseline] }, 'tool', 'web', { port: 80 })
    expect(bare).toMatchObject({ allowed: false, because: [{ direction: 'egress' }, { rule: 'explicit-deny' }] })
  })
})

describe('what is not understood never helps a claim of isolation', () => {
  const closed = plain({ podSelector: quarantined, policyTypes: ['Ingress', 'Egress'] }, 'iso')
  const only = (...policies: PolicyObject[]): World => ({ ...world(), policies: [closed, ...policies] })

  test('the closed pod alone is isolated, with its own node named', () => {
    const verdict = isolationVerdict(only(), 'bad')
    expect(verdict).toMatchObject({ isolated: true, partly: [] })
    expect(verdict.unavoidable[0]).toContain('ops/probe')
  })

  test.each([
    ['an unknown kind', policy('networking.k8s.aws/v1alpha1', 'ClusterPolicyEndpoint', {})],
    ['an unknown field', plain({ podSelector: {}, policyTypes: ['Ingress'], shadow: true })],
    ['an unknown peer', plain({ podSelector: {}, ingress: [{ from: [{ cloudSelector: {} }] }] })],
    ['a malformed CIDR', plain({ podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/99' } }] }] })],
    [
      'an unknown selector operator',
      plain({ podSelector: { matchExpressions: [{ key: 'a', operator: 'Near' }] }, ingress: [{}] }),
    ],
    ['a selector that cannot be read', calico({ selector: 'app === web', ingress: [{ action: 'Allow' }] })],
    ['a policy that is no object', { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' } as PolicyObject],
  ])('%s', (_, strange) => {
    const made = only(strange)
    expect(isolationVerdict(made, 'bad').isolated).toBe(false)
    expect(unsupported(made).length).toBeGreaterThan(0)
  })

  test('a deny with a condition that is not understood is not counted', () => {
    const spec = {
      selector: 'has(quarantine)',
      order: 1,
      types: ['Ingress', 'Egress'],
      ingress: [{ ...deny, moonPhase: 'full' }],
      egress: [deny],
    }
    expect(canConnect(world(calico(spec)), 'web', 'bad', { port: 80 }).allowed).toBe(true)
  })

  test('an allow for a pod that does not exist is a latent path', () => {
    const future = plain(
      { podSelector: {}, ingress: [{ from: [{ podSelector: { matchLabels: { app: 'later' } } }] }] },
      'later',
    )
    const { isolated, partly } = isolationVerdict(only(future), 'bad')
    expect(isolated).toBe(false)
    expect(partly).toMatchObject([{ direction: 'ingress', latent: true, pods: [], policy: { name: 'later' } }])
  })

  test('a policy too large to examine is called open, not isolated', () => {
    const ingress = Array.from({ length: 3000 }, (_, index) => {
      const block = { ipBlock: { cidr: `10.${index >> 8}.${index & 255}.0/25` } }
      return { ...(index % 2 ? { from: [block] } : {}), ports: [{ port: index + 1 }] }
    })
    const { isolated, partly } = isolationVerdict(only(plain({ podSelector: {}, ingress }, 'huge')), 'bad')
    expect(isolated).toBe(false)
    expect(partly.some((path) => path.ports[0] === 'not examined')).toBe(true)
  })

  test('labels named like object internals select nothing by accident', () => {
    const selector = JSON.parse(
      '{"matchLabels":{"__proto__":"x"},"matchExpressions":[{"key":"constructor","operator":"Exists"}]}',
    )
    expect(selecting(only(plain({ podSelector: selector, ingress: [{}] }, 'trick')), 'bad', 'ingress')).toHaveLength(1)
  })
})

describe('naming the ends', () => {
  test('refuses what it cannot place', () => {
    const made = world()
    made.pods.push({ ...made.pods[1]!, namespace: 'ops' })
    expect(() => canConnect(made, 'web', 'bad', { port: 80 })).toThrow(/ambiguous/)
    expect(() => canConnect(made, 'nobody', 'bad', { port: 80 })).toThrow(/not in the world/)
    expect(() => canConnect(made, { ip: '10.0.0.256' }, 'bad', { port: 80 })).toThrow(/not an IP address/)
    expect(() => canConnect(made, 'shop/web', 'bad', { port: 0 })).toThrow(/port/)
  })

  test('takes pod objects, names, addresses and nodes alike', () => {
    const made = world()
    const [bad, web] = made.pods
    const forms = [
      bad!,
      'bad',
      'shop/bad',
      { namespace: 'shop', pod: 'bad' },
      { namespace: 'shop', name: 'bad' },
      { ip: '10.1.0.1' },
    ]
    for (const form of forms) expect(canConnect(made, form, web!, { port: 80, protocol: 'TCP' }).allowed).toBe(true)
    expect(canConnect(made, { node: 'n1' }, bad!, { port: 80 }).because[0]?.rule).toBe('own-node')
    expect(canConnect(made, { ip: '::ffff:198.51.100.1' }, bad!, { port: 80 }).because[0]?.rule).toBe('outside-cluster')
  })
})
