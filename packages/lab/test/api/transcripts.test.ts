import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { Identity } from '../../src/ports.ts'
import { startLab, type LabServer } from './lab-server.ts'

type Json = any // any: recorded and own answers, compared structurally

interface Exchange {
  request: { method: string; path: string; headers?: Record<string, string>; body?: Json }
  response: { status: number; headers: Record<string, string>; body: Json }
  note?: string
}

const recorded = (name: string): Exchange[] =>
  JSON.parse(gunzipSync(readFileSync(new URL(`data/${name}.json.gz`, import.meta.url))).toString('utf8')).exchanges

const AUDITOR: Identity = { username: 'jo.audit', groups: ['auditors', 'system:authenticated'] }
const ANONYMOUS: Identity = { username: 'system:anonymous', groups: ['system:unauthenticated'] }
const NS = '/api/v1/namespaces/lab-demo'

interface Replay {
  lab: LabServer
  /** What the cluster did between the recorded requests, by the index of the next one. */
  before?: Record<number, () => Promise<unknown>>
  /** Who sent them, where it was not the administrator. */
  as?: Record<number, Identity>
  /** Recorded exchanges whose answer depends on the recorded cluster, with the reason. */
  except?: Record<number, string>
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g

/** Identifiers, versions and times differ between clusters; everything else of an error must be the same. */
const neutral = (value: Json): string =>
  JSON.stringify(value)
    .replace(UUID, '<uid>')
    .replace(/(in record \(|resource version: \d+ \(|current: )\d+/g, '$1<n>')
    .replace(/\\n@@(?:[^"\\]|\\.)*/g, '')

/** Paths of all fields of an object, list elements merged. */
function shape(value: Json, path = '', found = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const element of value) shape(element, `${path}[]`, found)
  else if (typeof value === 'object' && value !== null)
    for (const [key, inner] of Object.entries(value)) {
      if (key === 'managedFields' || key === 'status') continue
      found.add(`${path}.${key}`)
      if (!['labels', 'annotations', 'data'].includes(key)) shape(inner, `${path}.${key}`, found)
    }
  return found
}

async function replay(name: string, { lab, before = {}, as = {}, except = {} }: Replay): Promise<void> {
  for (const [at, { request, response, note }] of recorded(name).entries()) {
    await before[at]?.()
    if (except[at]) continue
    const body = withOwnUids(lab, request)
    const headers = {
      ...request.headers,
      ...(body === undefined ? {} : { 'content-type': request.headers?.['Content-Type'] ?? 'application/json' }),
    }
    const own = await lab.send(request.method, request.path, body, { headers, as: as[at] })
    const label = `${name} #${at} ${request.method} ${request.path} (${note ?? ''})`
    expect(own.status, `${label}: ${JSON.stringify(own.body).slice(0, 400)}`).toBe(response.status)
    if (response.status >= 400 || response.body?.kind === 'Status')
      expect(neutral(own.body), label).toBe(neutral(response.body))
    else if (typeof response.body === 'object') {
      const missing = [...shape(response.body)].filter((path) => !shape(own.body).has(path))
      expect(missing, label).toEqual([])
    }
    const { Warning: warning } = response.headers
    if (warning) expect(own.headers.warning, label).toBe(warning)
  }
}

/** Replaces the recorded uid of an object by the one it has here; made-up ones stay. */
function withOwnUids(lab: LabServer, request: Exchange['request']): Json {
  if (request.body === undefined || request.body === null) return undefined
  const [, pod] = /\/pods\/([^/?]+)/.exec(request.path) ?? []
  const uid = lab.api.read('', 'pods', 'lab-demo', pod ?? '')?.metadata.uid
  if (!uid || typeof request.body === 'string') return request.body
  const real = JSON.stringify(request.body).replace(UUID, (found) => (/^(0{8}|1{8})-/.test(found) ? found : uid))
  return JSON.parse(real)
}

async function demo(...pods: string[]): Promise<LabServer> {
  const lab = startLab()
  await lab.namespace('lab-demo')
  for (const name of pods) await lab.runningPod('lab-demo', name)
  return lab
}

const kubeletRemoves = (lab: LabServer, name: string) => () =>
  lab.send('DELETE', `${NS}/pods/${name}`, { gracePeriodSeconds: 0 })

test('version, discovery and health answer as recorded', async () => {
  const lab = await demo()
  // The recorded cluster serves more groups and some resources the lab has no use for.
  const unserved = /componentstatuses|ipaddresses|servicecidrs/
  for (const { request, response } of recorded('01-version-and-discovery')) {
    const own = await lab.send('GET', request.path, undefined, { headers: request.headers })
    expect(own.status, request.path).toBe(response.status)
    if (!response.body?.resources) continue
    const rows = (list: Json[]) =>
      list
        .filter((r) => !unserved.test(r.name))
        .map(({ storageVersionHash: _hash, ...r }) => ({ ...r, shortNames: r.shortNames ?? [] }))
        .sort((a, b) => (a.name < b.name ? -1 : 1))
    expect(rows(own.body.resources), request.path).toEqual(rows(response.body.resources))
  }
  const [core] = recorded('02-aggregated-discovery')
  const aggregated = await lab.send('GET', '/api', undefined, { headers: core!.request.headers })
  const strip = (items: Json[]) =>
    items[0].versions[0].resources
      .filter((r: Json) => !unserved.test(r.resource))
      .map((r: Json) => [
        r.resource,
        r.scope,
        r.singularResource,
        r.verbs,
        (r.subresources ?? []).map((s: Json) => s.subresource).sort(),
      ])
  expect(strip(aggregated.body.items)).toEqual(strip(core!.response.body.items))
})

test('pods print as kubectl tables with the recorded columns', async () => {
  const lab = await demo('table-a')
  const exchanges = recorded('03-list-pods-table')
  for (const at of [1, 2, 4, 6]) {
    const { request, response } = exchanges[at]!
    const own = await lab.send(request.method, request.path, undefined, { headers: request.headers })
    expect(own.status).toBe(response.status)
    const columns = (body: Json) => body.columnDefinitions?.map((c: Json) => [c.name, c.type, c.format, c.priority])
    expect(columns(own.body)).toEqual(columns(response.body))
    if (at === 1) expect(own.body.rows[0].cells.slice(0, 4)).toEqual(response.body.rows[0].cells.slice(0, 4))
    if (at === 6) expect(own.body).toEqual(response.body)
  }
})

test('labels and patches of all types answer as recorded', async () => {
  const lab = await demo('label-a')
  await replay('05-label-pod', { lab, except: {} })
  await replay('06-patch-types', { lab })
  const [first, second] = recorded('05-label-pod')
  expect(first!.response.body.metadata.resourceVersion).toBe(second!.response.body.metadata.resourceVersion)
})

test('a patch that changes nothing leaves version and watchers alone', async () => {
  const lab = await demo('label-a')
  const headers = { 'content-type': 'application/merge-patch+json' }
  const one = await lab.send('PATCH', `${NS}/pods/label-a`, { metadata: { labels: { q: 'true' } } }, { headers })
  const revision = lab.store.revision()
  const two = await lab.send('PATCH', `${NS}/pods/label-a`, { metadata: { labels: { q: 'true' } } }, { headers })
  expect(two.body.metadata.resourceVersion).toBe(one.body.metadata.resourceVersion)
  expect(lab.store.revision()).toBe(revision)
})

test('server-side apply finds the recorded conflicts', async () => {
  const lab = await demo()
  await replay('07-server-side-apply', { lab })
  expect((lab.api.read('', 'configmaps', 'lab-demo', 'ssa')!.metadata as Json).managedFields).toMatchObject([
    { manager: 'console-b', operation: 'Apply', fieldsV1: { 'f:metadata': { 'f:labels': { 'f:isolation': {} } } } },
  ])
})

test('deletion: preconditions, grace periods, finalizers', async () => {
  const lab = await demo('pre-a', 'g-default', 'g-one', 'g-zero', 'g2', 'g3', 'fin')
  const renew = async () => {
    await kubeletRemoves(lab, 'pre-a')()
    await lab.runningPod('lab-demo', 'pre-a')
  }
  const stale = 'the recorded uid belongs to an earlier pod of that name; checked in its own test'
  await replay('08-delete-preconditions', {
    lab,
    before: { 3: kubeletRemoves(lab, 'pre-a'), 4: renew },
    except: { 4: stale },
  })
  await replay('09-delete-grace-periods', { lab, before: { 6: kubeletRemoves(lab, 'g-default') } })
  const graces: unknown[] = []
  for (const { request, response } of recorded('10-second-delete-shortens')) {
    const own = await lab.send(request.method, request.path, request.body)
    expect(own.status).toBe(response.status)
    graces.push(own.body.metadata.deletionGracePeriodSeconds)
    expect(own.body.metadata.deletionGracePeriodSeconds).toBe(response.body.metadata.deletionGracePeriodSeconds)
  }
  expect(graces).toEqual([20, 20, 1, 20, 0])
  expect(lab.api.read('', 'pods', 'lab-demo', 'g3')).toBeUndefined()
  await lab.send(
    'PATCH',
    `${NS}/pods/fin`,
    { metadata: { finalizers: ['example.org/hold'] } },
    { headers: { 'content-type': 'application/merge-patch+json' } },
  )
  await replay('23-finalizer-held-pod', { lab, before: { 1: kubeletRemoves(lab, 'fin') } })
})

test('a successor of the same name survives a deletion with the old uid', async () => {
  const lab = await demo('pre-a')
  const { uid } = lab.api.read('', 'pods', 'lab-demo', 'pre-a')!.metadata
  await kubeletRemoves(lab, 'pre-a')()
  await lab.runningPod('lab-demo', 'pre-a')
  const own = await lab.send('DELETE', `${NS}/pods/pre-a`, { preconditions: { uid } })
  expect([own.status, own.body.reason]).toEqual([409, 'Conflict'])
  expect(lab.api.read('', 'pods', 'lab-demo', 'pre-a')!.metadata.deletionTimestamp).toBeUndefined()
})

test('evictions obey disruption budgets as recorded', async () => {
  const lab = await demo('ev-a', 'ev-b', 'ev-c')
  const budgets = '/apis/policy/v1/namespaces/lab-demo/poddisruptionbudgets'
  const status = {
    status: { observedGeneration: 1, disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 },
  }
  const controller = () =>
    lab.send('PATCH', `${budgets}/b1/status`, status, { headers: { 'content-type': 'application/merge-patch+json' } })
  const twice = async () => {
    for (const name of ['c1', 'c2'])
      await lab.send('POST', budgets, {
        metadata: { name },
        spec: { minAvailable: 0, selector: { matchLabels: { app: 'ev-c' } } },
      })
  }
  await replay('11-eviction', { lab, before: { 1: controller, 6: twice } })
})

test('network policies are defaulted, checked and refused as recorded', async () => {
  const lab = await demo('np-owner')
  await replay('12-networkpolicy', { lab })
})

test('lists page and expire as recorded', async () => {
  const lab = await demo('ev-c')
  for (const name of ['kube-root-ca.crt', 'page-0', 'page-1', 'page-2', 'page-3'])
    await lab.send('POST', `${NS}/configmaps`, { metadata: { name } })
  const first = await lab.send('GET', `${NS}/configmaps?limit=2`)
  expect(first.body.metadata.remainingItemCount).toBe(3)
  await lab.send('DELETE', `${NS}/configmaps/page-2`)
  const second = await lab.send('GET', `${NS}/configmaps?limit=2&continue=${first.body.metadata.continue}`)
  // The page comes from the state the first one showed.
  expect(second.body.items.map((i: Json) => i.metadata.name)).toEqual(['page-1', 'page-2'])
  expect(second.body.metadata.resourceVersion).toBe(first.body.metadata.resourceVersion)
  lab.store.compact()
  const late = await lab.send('GET', `${NS}/configmaps?limit=2&continue=${second.body.metadata.continue}`)
  expect([late.status, late.body.reason]).toEqual([410, 'Expired'])
  const rest = await lab.send('GET', `${NS}/configmaps?continue=${late.body.metadata.continue}`)
  expect(rest.body.items.map((i: Json) => i.metadata.name)).toEqual(['page-3'])
  const here = 'token and versions belong to the recorded cluster'
  await replay('15-list-paging-and-410', { lab, except: { 0: here, 1: here, 4: here, 5: here, 7: here } })
  const watch = await lab.send('GET', `${NS}/pods?watch=1&resourceVersion=1&timeoutSeconds=2`)
  expect(watch.status).toBe(200)
  expect(neutral(JSON.parse(watch.body))).toBe(neutral(recorded('15-list-paging-and-410')[5]!.response.body))
})

test('errors carry the recorded Status objects', async () => {
  const lab = await demo('table-a', 'dup')
  const auditor = { 2: AUDITOR, 3: AUDITOR, 4: AUDITOR, 5: AUDITOR, 6: AUDITOR }
  await replay('16-error-statuses', {
    lab,
    as: { 1: ANONYMOUS, ...auditor },
    except: { 0: 'needs credentials to refuse; see the listener test' },
  })
})

test('reviews answer as recorded', async () => {
  const lab = await demo()
  await lab.send('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'v' },
    roleRef: { kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'Group', name: 'auditors' }],
  })
  const viewer = { 3: AUDITOR, 4: AUDITOR, 5: AUDITOR, 6: AUDITOR, 7: AUDITOR, 8: AUDITOR, 9: ANONYMOUS }
  await replay('13-self-subject-reviews', { lab, as: viewer })
  const review = { spec: { resourceAttributes: { namespace: 'lab-demo', verb: 'list', resource: 'pods' } } }
  const own = await lab.send('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', review, { as: AUDITOR })
  expect(own.body.status).toEqual({
    allowed: true,
    reason: 'RBAC: allowed by ClusterRoleBinding "v" of ClusterRole "view" to Group "auditors"',
  })
})

test('logs answer as recorded', async () => {
  const lab = await demo('talk')
  await replay('24-pod-log', { lab, except: { 0: 'text of the container', 6: 'limits are the runtime’s' } })
})
