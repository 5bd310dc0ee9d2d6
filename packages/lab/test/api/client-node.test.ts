import {
  Attach,
  CoreV1Api,
  Exec,
  KubeConfig,
  Watch,
  PatchStrategy,
  setHeaderOptions,
  AuthorizationV1Api,
  V1Status,
  NetworkingV1Api,
} from '@kubernetes/client-node'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FakeContainerRuntime, listen, startLab, type LabServer } from './lab-server.ts'
import type { TlsListener } from '../../src/api/tls-listener.ts'

let lab: LabServer
let runtime: FakeContainerRuntime
let listener: TlsListener
let config: KubeConfig

beforeAll(async () => {
  runtime = new FakeContainerRuntime()
  lab = startLab('v1.36.2', { runtime })
  const { authority, listener: open } = await listen(lab)
  listener = open
  const { certPem, keyPem } = await authority.issueClient('maria.keller', ['system:masters', 'platform-admins'])
  config = new KubeConfig()
  config.loadFromOptions({
    clusters: [{ name: 'lab', server: listener.url, caData: Buffer.from(authority.caPem).toString('base64') }],
    users: [
      { name: 'u', certData: Buffer.from(certPem).toString('base64'), keyData: Buffer.from(keyPem).toString('base64') },
    ],
    contexts: [{ name: 'c', cluster: 'lab', user: 'u' }],
    currentContext: 'c',
  })
  await lab.namespace('shop')
  await lab.runningPod('shop', 'talk')
})

afterAll(() => listener.close())

test('the official client lists, patches and deletes over TLS with a client certificate', async () => {
  const core = config.makeApiClient(CoreV1Api)
  const pods = await core.listNamespacedPod({ namespace: 'shop' })
  expect(pods.items.map((pod) => [pod.metadata?.name, pod.status?.phase])).toEqual([['talk', 'Running']])
  const patched = await core.patchNamespacedPod(
    {
      namespace: 'shop',
      name: 'talk',
      body: [
        { op: 'test', path: '/metadata/uid', value: pods.items[0]!.metadata!.uid },
        { op: 'add', path: '/metadata/labels/quarantine', value: 'true' },
      ],
    },
    setHeaderOptions('Content-Type', PatchStrategy.JsonPatch),
  )
  expect(patched.metadata?.labels).toEqual({ app: 'talk', quarantine: 'true' })
  const stale = core.patchNamespacedPod(
    { namespace: 'shop', name: 'talk', body: [{ op: 'test', path: '/metadata/uid', value: 'other' }] },
    setHeaderOptions('Content-Type', PatchStrategy.JsonPatch),
  )
  await expect(stale).rejects.toMatchObject({ code: 422 })
  const networking = config.makeApiClient(NetworkingV1Api)
  const policy = await networking.createNamespacedNetworkPolicy({
    namespace: 'shop',
    body: { metadata: { name: 'iso' }, spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] } },
  })
  const removed = await networking.deleteNamespacedNetworkPolicy({
    namespace: 'shop',
    name: 'iso',
    body: { preconditions: { uid: policy.metadata!.uid! } },
  })
  expect(removed.status).toBe('Success')
  const log = await core.readNamespacedPodLog({ namespace: 'shop', name: 'talk', tailLines: 1 })
  expect(log).toBe('two\n')
  const review = await config.makeApiClient(AuthorizationV1Api).createSelfSubjectAccessReview({
    body: { spec: { resourceAttributes: { verb: 'delete', resource: 'pods', namespace: 'shop' } } },
  })
  expect(review.status?.allowed).toBe(true)
})

test('the certificate is the identity in the audit log', async () => {
  await config.makeApiClient(CoreV1Api).readNamespace({ name: 'shop' })
  const event = lab.events.findLast((e) => e.objectRef?.resource === 'namespaces')
  expect(event.user).toMatchObject({
    username: 'maria.keller',
    groups: ['system:masters', 'platform-admins', 'system:authenticated'],
  })
  expect(event.user.extra['authentication.kubernetes.io/credential-id'][0]).toMatch(/^X509SHA256=[0-9a-f]{64}$/)
  expect(event.sourceIPs).toEqual(['127.0.0.1'])
})

test('a watch delivers changes as they happen', async () => {
  const seen: string[] = []
  const core = config.makeApiClient(CoreV1Api)
  const { metadata } = await core.listNamespacedConfigMap({ namespace: 'shop' })
  const done = Promise.withResolvers<void>()
  const request = await new Watch(config).watch(
    '/api/v1/namespaces/shop/configmaps',
    { resourceVersion: metadata?.resourceVersion, allowWatchBookmarks: true },
    (type, object: { metadata: { name: string } }) => {
      seen.push(`${type} ${object.metadata.name}`)
      if (type === 'DELETED') done.resolve()
    },
    () => undefined,
  )
  await core.createNamespacedConfigMap({ namespace: 'shop', body: { metadata: { name: 'w' }, data: { a: '1' } } })
  await core.patchNamespacedConfigMap(
    { namespace: 'shop', name: 'w', body: { data: { a: '2' } } },
    setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
  )
  await core.deleteNamespacedConfigMap({ namespace: 'shop', name: 'w' })
  await done.promise
  request.abort()
  expect(seen).toEqual(['ADDED w', 'MODIFIED w', 'DELETED w'])
})

const runCommand = async (command: string[], stdin?: string) => {
  const out = new PassThrough()
  const err = new PassThrough()
  const text = { out: '', err: '' }
  out.on('data', (chunk) => (text.out += String(chunk)))
  err.on('data', (chunk) => (text.err += String(chunk)))
  const input = stdin === undefined ? null : new PassThrough()
  const status = await new Promise<V1Status>((resolve, reject) => {
    new Exec(config).exec('shop', 'talk', 'main', command, out, err, input, false, resolve).catch(reject)
    if (input) input.end(stdin)
  })
  return { ...text, status }
}

test('exec runs over WebSocket with output, exit code and start errors', async () => {
  const ok = await runCommand(['echo', 'hello'])
  expect([ok.out, ok.status.status]).toEqual(['hello\n', 'Success'])
  const failed = await runCommand(['fail'])
  expect(failed.err).toBe('err\n')
  expect(failed.status).toMatchObject({
    status: 'Failure',
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: '3' }] },
  })
  const missing = await runCommand(['nope'])
  expect(missing.status.message).toMatch(
    /OCI runtime exec failed: exec failed: unable to start container process: exec: "nope": executable file not found in \$PATH$/,
  )
  const stages = lab.events
    .filter((e) => e.objectRef?.subresource === 'exec')
    .map((e) => [e.verb, e.stage, e.responseStatus.code])
  expect(stages.slice(0, 2)).toEqual([
    ['get', 'ResponseStarted', 101],
    ['get', 'ResponseComplete', 101],
  ])
})

test('attach shows what the main process prints and is audited like exec', async () => {
  const out = new PassThrough()
  const socket = await new Attach(config).attach('shop', 'talk', 'main', out, null, null, false)
  const printed = new Promise((resolve) => out.once('data', (chunk) => resolve(String(chunk))))
  await runtime.print('a line\n')
  expect(await printed).toBe('a line\n')
  socket.close()
  const [started] = lab.events.filter((e) => e.objectRef?.subresource === 'attach')
  expect([started.verb, started.stage, started.responseStatus.code]).toEqual(['get', 'ResponseStarted', 101])
})
