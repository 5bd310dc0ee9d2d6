import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createStore } from '../../src/store/store.ts'
import { startLab } from './lab-server.ts'

const dirs: string[] = []
const tempDir = () => {
  const dir = mkdtempSync(join(tmpdir(), 'lab-store-'))
  dirs.push(dir)
  return dir
}
afterEach(() => dirs.splice(0).forEach((dir) => rmSync(dir, { recursive: true })))

const NS = '/api/v1/namespaces/shop'

test('the state survives a restart, versions go on, old watches must list again', async () => {
  const snapshotPath = join(tempDir(), 'state')
  const store = createStore({ snapshotPath })
  const lab = startLab('v1.36.2', { store })
  await lab.namespace('shop')
  const before = await lab.send('POST', `${NS}/configmaps`, { metadata: { name: 'a' }, data: { k: 'v' } })
  await store.close()
  const restored = createStore({ snapshotPath })
  const again = startLab('v1.36.2', { store: restored })
  expect((await again.send('GET', `${NS}/configmaps/a`)).body).toEqual(before.body)
  const next = await again.send('POST', `${NS}/configmaps`, { metadata: { name: 'b' } })
  expect(Number(next.body.metadata.resourceVersion)).toBeGreaterThan(Number(before.body.metadata.resourceVersion))
  const watch = await again.send('GET', `${NS}/configmaps?watch=1&resourceVersion=2&timeoutSeconds=1`)
  expect(JSON.parse(watch.body)).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } })
  await restored.close()
})

test('a damaged snapshot stops the start instead of losing the state', () => {
  const snapshotPath = join(tempDir(), 'state')
  writeFileSync(
    snapshotPath,
    '{"format":"lab-store/1","revision":9,"count":2}\n{"resource":"/pods","key":"a/b","object":{}}\n',
  )
  expect(() => createStore({ snapshotPath })).toThrow(/1 objects instead of 2/)
})

test('a watch resumes where it was left and follows its selector', async () => {
  const lab = startLab()
  await lab.namespace('shop')
  const label = (name: string, value: string | null) =>
    lab.send(
      'PATCH',
      `${NS}/configmaps/${name}`,
      { metadata: { labels: { set: value } } },
      { headers: { 'content-type': 'application/merge-patch+json' } },
    )
  await lab.send('POST', `${NS}/configmaps`, { metadata: { name: 'w', labels: { set: 'w' } } })
  const { resourceVersion } = (await lab.send('GET', `${NS}/configmaps`)).body.metadata
  await label('w', null)
  await label('w', 'w')
  await lab.send('DELETE', `${NS}/configmaps/w`)
  const lines = async (query: string) => {
    const { body } = await lab.send('GET', `${NS}/configmaps?watch=1&timeoutSeconds=1&${query}`)
    return (body as string)
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
  }
  const seen = await lines(`labelSelector=set%3Dw&resourceVersion=${resourceVersion}`)
  expect(seen.map((e) => e.type)).toEqual(['DELETED', 'ADDED', 'DELETED'])
  const versions = seen.map((e) => Number(e.object.metadata.resourceVersion))
  expect(versions).toEqual([...versions].sort((a, b) => a - b))
  await lab.send('POST', `${NS}/configmaps`, { metadata: { name: 'x' } })
  const streamed = await lines('sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true')
  expect(streamed.map((e) => [e.type, e.object.metadata.annotations?.['k8s.io/initial-events-end']])).toEqual([
    ['ADDED', undefined],
    ['BOOKMARK', 'true'],
  ])
})

test.each([
  ['a=1,b!=2', ['one']],
  ['a in (1,2)', ['one', 'two']],
  ['a notin (1)', ['none', 'two']],
  ['!a', ['none']],
  ['a>1', ['two']],
  ['a', ['one', 'two']],
])('label selector %s', async (selector, names) => {
  const lab = startLab()
  await lab.namespace('shop')
  for (const [name, labels] of [
    ['one', { a: '1' }],
    ['two', { a: '2', b: '2' }],
    ['none', {}],
  ] as const)
    await lab.send('POST', `${NS}/configmaps`, { metadata: { name, labels } })
  const own = await lab.send('GET', `${NS}/configmaps?labelSelector=${encodeURIComponent(selector)}`)
  expect(own.body.items.map((i: { metadata: { name: string } }) => i.metadata.name)).toEqual(names)
})

test('field selectors select, unknown ones are refused', async () => {
  const lab = startLab()
  await lab.namespace('shop')
  await lab.runningPod('shop', 'a')
  const names = async (selector: string) => {
    const own = await lab.send('GET', `/api/v1/pods?fieldSelector=${encodeURIComponent(selector)}`)
    return own.status === 200 ? own.body.items.length : own.body.message
  }
  expect(await names('spec.nodeName=node1,status.phase!=Pending')).toBe(1)
  expect(await names('metadata.namespace=other')).toBe(0)
  expect(await names('spec.nope=1')).toBe('field label not supported: spec.nope')
})

test('five thousand pods list in one answer that a hundred watchers do not slow down', async () => {
  const lab = startLab()
  await lab.namespace('shop')
  const stops = Array.from({ length: 100 }, () => lab.api.watch('', 'pods', () => undefined))
  const template = (await lab.runningPod('shop', 'model')) as { metadata: object; spec: object; status: object }
  for (let at = 0; at < 5000; at++)
    lab.store.put('/pods', `shop/p-${at}`, {
      kind: 'Pod',
      apiVersion: 'v1',
      ...template,
      metadata: { ...template.metadata, name: `p-${at}` },
    } as never)
  const own = await lab.send('GET', '/api/v1/pods')
  expect(own.body.items).toHaveLength(5001)
  for (const stop of stops) stop()
})
