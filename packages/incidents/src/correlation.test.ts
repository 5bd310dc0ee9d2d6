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
    ['ignores namespace and image', [pod('db'), namespace, image], [incident(1, [namespace, image])], 0, apart],
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

  it('names the shared entity', () => {
    const { reason } = placeAlert({ time: 0, entities: [pod('web')] }, [incident(1, [pod('web')])])
    expect(reason.text).toBe('Same pod shop/web')
  })
})
