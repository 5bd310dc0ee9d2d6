import { describe, expect, it } from 'vitest'
import { type Candidate, type CorrelationEntity, placeAlert } from './correlation.ts'

const pod = (name: string, role: CorrelationEntity['role'] = 'attacked') =>
  ({ key: `pod:c/shop/${name}`, kind: 'pod', role }) as const
const user = (name: string, role: CorrelationEntity['role'] = 'attacker') =>
  ({ key: `user:c/${name}`, kind: 'user', role }) as const
const namespace = { key: 'namespace:c/shop', kind: 'namespace', role: 'contextual' } as const
const image = { key: 'image:nginx', kind: 'image', role: 'suspicious' } as const
const account = (name: string) =>
  ({ key: `service-account:c/shop/${name}`, kind: 'service-account', role: 'attacker' }) as const
const hour = 3_600_000

const incident = (id: number, shared: CorrelationEntity[], more: Partial<Candidate> = {}): Candidate => ({
  id,
  status: 'new',
  assignedTo: null,
  classification: null,
  determination: null,
  entityCount: 5,
  namespaces: ['shop'],
  shared: shared.map((entity) => ({ ...entity, lastActivity: 0 })),
  ...more,
})
const place = (entities: CorrelationEntity[], candidates: Candidate[], time = 0) => {
  const { incidentId, reason, merge } = placeAlert({ time, entities }, candidates)
  return { incidentId, code: reason.code, merge: merge.map((m) => m.id) }
}
const apart = { incidentId: undefined, code: 'first-alert', merge: [] }

describe('placing an alert', () => {
  it.each<[string, CorrelationEntity[], Candidate[], number, object]>([
    [
      'joins by its pod',
      [pod('web')],
      [incident(1, [pod('web')])],
      hour,
      { incidentId: 1, code: 'same-asset', merge: [] },
    ],
    ['stays apart with another pod', [pod('db')], [incident(1, [])], 0, apart],
    ['stays apart after a day', [pod('web')], [incident(1, [pod('web')])], 25 * hour, apart],
    [
      'takes events that arrive late',
      [pod('web')],
      [incident(1, [pod('web')])],
      -23 * hour,
      { incidentId: 1, code: 'same-asset', merge: [] },
    ],
    ['ignores the namespace', [pod('db'), namespace], [incident(1, [namespace])], 0, apart],
    ['ignores the image where the namespace is not told', [pod('db'), image], [incident(1, [image])], 0, apart],
    ['leaves resolved incidents alone', [pod('web')], [incident(1, [pod('web')], { status: 'resolved' })], 0, apart],
    [
      'is not joined by the operator both pods saw',
      [pod('db'), user('admin')],
      [incident(1, [user('admin')])],
      0,
      apart,
    ],
    [
      'without a pod is joined by its actor',
      [user('admin')],
      [incident(1, [user('admin')])],
      0,
      { incidentId: 1, code: 'same-actor', merge: [] },
    ],
    ['is not joined by a system user', [user('system:node')], [incident(1, [user('system:node')])], 0, apart],
    [
      'is joined by an account of its own',
      [pod('db'), account('builder')],
      [incident(1, [account('builder')])],
      0,
      { incidentId: 1, code: 'same-actor', merge: [] },
    ],
    [
      'is not joined by the default account',
      [pod('db'), account('default')],
      [incident(1, [account('default')])],
      0,
      apart,
    ],
    [
      'follows a connection',
      [pod('db'), pod('web', 'link')],
      [incident(1, [pod('web')])],
      0,
      { incidentId: 1, code: 'lateral-movement-path', merge: [] },
    ],
    [
      'is not joined by a pod both only reached',
      [pod('db'), pod('dns', 'link')],
      [incident(1, [pod('dns', 'link')])],
      0,
      apart,
    ],
    [
      'merges what it connects, into the older',
      [pod('web'), pod('db', 'link')],
      [incident(2, [pod('web')]), incident(1, [pod('db')])],
      0,
      { incidentId: 1, code: 'lateral-movement-path', merge: [2] },
    ],
    [
      'does not merge different assignees',
      [pod('web'), pod('db', 'link')],
      [incident(1, [pod('web')], { assignedTo: 'a' }), incident(2, [pod('db')], { assignedTo: 'b' })],
      0,
      { incidentId: 1, code: 'same-asset', merge: [] },
    ],
    [
      'does not merge different classifications',
      [pod('web'), pod('db', 'link')],
      [incident(1, [pod('web')]), incident(2, [pod('db')], { classification: 'false-positive' })],
      0,
      { incidentId: 1, code: 'same-asset', merge: [] },
    ],
    [
      'does not merge beyond the limit',
      [pod('web'), pod('db', 'link')],
      [incident(1, [pod('web')], { entityCount: 499 }), incident(2, [pod('db')])],
      0,
      { incidentId: 1, code: 'same-asset', merge: [] },
    ],
    [
      'does not merge by an account',
      [account('b'), user('x')],
      [incident(1, [account('b')]), incident(2, [user('x')])],
      0,
      { incidentId: 1, code: 'same-actor', merge: [] },
    ],
  ])('%s', (_, entities, candidates, time, expected) => {
    expect(place(entities, candidates, time)).toEqual(expected)
  })

  it('follows an actor within a namespace only, and anywhere with what has none', () => {
    const at = (namespace?: string) =>
      placeAlert({ time: 0, namespace, entities: [user('admin')] }, [incident(1, [user('admin')])]).incidentId
    expect([at('shop'), at(undefined), at('other')]).toEqual([1, 1, undefined])
  })

  it('takes pods of one image for one attack within their namespace', () => {
    const at = (namespace: string) =>
      placeAlert({ time: 0, namespace, entities: [pod('db'), image] }, [incident(1, [image])])
    expect(at('shop')).toMatchObject({
      incidentId: 1,
      reason: { code: 'shared-indicators', text: expect.stringMatching(/^Same .*image nginx in the same namespace$/) },
    })
    expect(at('other').incidentId).toBeUndefined()
  })

  it('follows the kill chain: later stages soon after, in the namespace, where nothing is shared', () => {
    const minute = 60_000
    const entry = (id: number, tactics: string[], lastActivity = 0) =>
      incident(id, [], { earlier: { tactics, lastActivity } })
    const at = (tactics: string[], minutes: number, candidates: Candidate[], namespace = 'shop') =>
      placeAlert({ time: minutes * minute, namespace, tactics, entities: [pod('db')] }, candidates)
    const web = entry(1, ['execution', 'persistence'])
    expect(at(['discovery'], 12, [web]).reason).toEqual({
      code: 'event-sequence',
      text: 'Next stage in the namespace shop: discovery, within 12 min after execution, persistence',
    })
    expect(at(['impact'], 12, [web, entry(2, ['discovery'], 5 * minute)]).incidentId).toBe(2)
    const alone = [
      at(['discovery'], 31, [web]),
      at(['discovery'], 0, [web]),
      at(['discovery'], -1, [web]),
      at(['discovery'], 12, [web], 'other'),
      at(['persistence', 'discovery'], 12, [web]),
      at(['discovery'], 12, [entry(1, ['execution', 'impact'])]),
      at([], 12, [web]),
    ]
    expect(alone.map(({ incidentId }) => incidentId)).toEqual(alone.map(() => undefined))
  })

  it('names the shared entity', () => {
    const { reason } = placeAlert({ time: 0, entities: [pod('web')] }, [incident(1, [pod('web')])])
    expect(reason.text).toBe('Same pod shop/web')
  })
})
