import { expect, test } from 'vitest'
import { applyMergePatch, applyStrategicMergePatch } from '../../src/api/patch.ts'
import { startLab } from './lab-server.ts'

const pod = {
  metadata: { finalizers: ['a/1', 'b/2'], labels: { x: '1' } },
  spec: {
    containers: [
      {
        name: 'a',
        image: 'i:1',
        env: [
          { name: 'A', value: '1' },
          { name: 'B', value: '2' },
        ],
        command: ['x', 'y'],
      },
      { name: 'b', image: 'j:1' },
    ],
    tolerations: [{ key: 'old' }],
    volumes: [{ name: 'v', emptyDir: {} }],
  },
}
const strategic = (patch: object) => applyStrategicMergePatch(pod, patch, 'Pod')

test('strategic merge merges keyed lists, replaces plain ones and obeys directives', () => {
  const merged = strategic({
    spec: {
      containers: [
        {
          name: 'a',
          env: [
            { name: 'B', value: '3' },
            { name: 'A', $patch: 'delete' },
          ],
          command: ['z'],
        },
      ],
      tolerations: [{ key: 'new' }],
    },
  })
  expect(merged.spec.containers).toEqual([
    { name: 'a', image: 'i:1', env: [{ name: 'B', value: '3' }], command: ['z'] },
    { name: 'b', image: 'j:1' },
  ])
  expect(merged.spec.tolerations).toEqual([{ key: 'new' }])
  expect(strategic({ metadata: { '$deleteFromPrimitiveList/finalizers': ['a/1'] } }).metadata.finalizers).toEqual([
    'b/2',
  ])
  expect(
    strategic({ spec: { containers: [{ $patch: 'replace' }, { name: 'c', image: 'k' }] } }).spec.containers,
  ).toEqual([{ name: 'c', image: 'k' }])
  expect(
    strategic({
      spec: {
        '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }],
        containers: [{ name: 'b', image: 'j:2' }],
      },
    }).spec.containers.map((c: { name: string }) => c.name),
  ).toEqual(['b', 'a'])
  expect(
    strategic({ spec: { volumes: [{ name: 'v', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/' } }] } }).spec
      .volumes,
  ).toEqual([{ name: 'v', hostPath: { path: '/' } }])
  expect(strategic({ metadata: { labels: null } }).metadata.labels).toBeUndefined()
  expect(() => strategic({ spec: { containers: [{ image: 'x' }] } })).toThrow(
    'does not contain declared merge key: name',
  )
  expect(pod.spec.containers[0]!.image).toBe('i:1')
})

test('merge patches follow RFC 7386 and cannot reach prototypes', () => {
  expect(applyMergePatch({ a: { b: 1, c: [1] } }, { a: { b: null, c: [2] }, d: 1 })).toEqual({ a: { c: [2] }, d: 1 })
  applyMergePatch({}, JSON.parse('{"__proto__":{"polluted":true}}'))
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
})

test('apply and update own fields; giving a field up removes it; a changed field moves its owner', async () => {
  const lab = startLab()
  await lab.namespace('shop')
  const uri = '/apis/apps/v1/namespaces/shop/deployments/web'
  const config = (image: string, env: object[]) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image, env }] } },
    },
  })
  const apply = (body: object, query = '') =>
    lab.send('PATCH', `${uri}?fieldManager=gitops${query}`, body, {
      headers: { 'content-type': 'application/apply-patch+yaml' },
    })
  expect(
    (
      await apply(
        config('i:1', [
          { name: 'A', value: '1' },
          { name: 'B', value: '2' },
        ]),
      )
    ).status,
  ).toBe(201)
  const second = await apply(config('i:1', [{ name: 'A', value: '1' }]))
  expect(second.body.spec.template.spec.containers[0].env).toEqual([{ name: 'A', value: '1' }])
  // Defaults the server added belong to nobody and stay.
  expect(second.body.spec.template.spec.containers[0].imagePullPolicy).toBe('IfNotPresent')
  await lab.send(
    'PATCH',
    `${uri}/scale`,
    { spec: { replicas: 5 } },
    { headers: { 'content-type': 'application/merge-patch+json' } },
  )
  const conflict = await apply(config('i:2', []))
  expect(conflict.status).toBe(409)
  expect(conflict.body.details.causes.map((c: { field: string }) => c.field)).toEqual(['.spec.replicas'])
  const forced = await apply(config('i:2', []), '&force=true')
  expect([forced.body.spec.replicas, forced.body.spec.template.spec.containers[0].image]).toEqual([2, 'i:2'])
})

test('names, labels, kinds and types of bad objects are refused with their fields', async () => {
  const lab = startLab()
  await lab.namespace('shop')
  const make = (group: string, plural: string, body: object) =>
    lab.send('POST', `${group}/namespaces/shop/${plural}`, body)
  const service = await make('/api/v1', 'services', { metadata: { name: '1web' }, spec: {} })
  expect(service.body.details.causes.map((c: { field: string }) => c.field)).toEqual(['metadata.name', 'spec.ports'])
  const deployment = await make('/apis/apps/v1', 'deployments', {
    metadata: { name: 'd' },
    spec: { selector: { matchLabels: { a: 'b' } }, template: { spec: { containers: [{ name: 'c' }] } } },
  })
  expect(deployment.body.details.causes.map((c: { field: string }) => c.field)).toEqual([
    'spec.template.metadata.labels',
    'spec.template.spec.containers[0].image',
  ])
  const typed = await make('/apis/apps/v1', 'deployments', { metadata: { name: 'd' }, spec: { replicas: 'two' } })
  expect([typed.status, typed.body.message]).toEqual([
    400,
    'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field Deployment.spec.replicas of type int32',
  ])
  const unnamed = await make('/api/v1', 'configmaps', { metadata: {} })
  expect(unnamed.body.message).toBe(
    'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
  )
})
