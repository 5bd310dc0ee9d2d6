import { CoreV1Api, Exec, KubeConfig, NetworkingV1Api } from '@kubernetes/client-node'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startLab, startLabProcess, type Lab, type Manifest } from '../../src/index.ts'
import { eventually } from './eventually.ts'
import { startReceiver } from './receiver.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'lab-test-'))
let receiver: Awaited<ReturnType<typeof startReceiver>>
let lab: Lab

const watcher: Manifest[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'watcher' } },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'console', namespace: 'watcher' } },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'watcher' },
    subjects: [{ kind: 'ServiceAccount', name: 'console', namespace: 'watcher' }],
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
  },
]
const account = { namespace: 'watcher', name: 'console' }

const begin = () =>
  startLab({
    dataDir,
    clusters: ['aks-prod', 'edge-k3s'],
    quiet: true,
    enforcementDelayMs: 0,
    connectTimeoutMs: 50,
    sinks: (cluster) => ({
      audit: { url: `${receiver.url}/audit/${cluster}`, token: 'audit-token' },
      runtime: { url: `${receiver.url}/runtime/${cluster}`, token: 'runtime-token' },
    }),
    bootstrap: () => watcher,
    tokensFor: () => [account],
    onFault: (cluster, component, error) => console.error(cluster, component, error),
  })

function kubeconfig(which: Parameters<Lab['writeKubeconfig']>[1], context: string): KubeConfig {
  const path = join(dataDir, 'kubeconfig.yaml')
  lab.writeKubeconfig(path, which)
  const config = new KubeConfig()
  config.loadFromFile(path)
  config.setCurrentContext(context)
  return config
}

beforeAll(async () => {
  receiver = await startReceiver()
  lab = await begin()
})

afterAll(async () => {
  await lab.stop()
  receiver.close()
  rmSync(dataDir, { recursive: true, force: true })
})

test('an ordinary client works with the kubeconfigs, within the rights of its account', async () => {
  const admin = kubeconfig('admin', 'aks-prod').makeApiClient(CoreV1Api)
  const { items } = await admin.listNamespacedPod({ namespace: 'payments' })
  expect(items.filter((pod) => pod.status?.phase === 'Running').length).toBeGreaterThanOrEqual(5)
  expect(items.find((pod) => pod.metadata?.name?.startsWith('ledger-migration'))?.status?.phase).toBe('Succeeded')
  const viewer = kubeconfig({ serviceaccount: account }, 'edge-k3s').makeApiClient(CoreV1Api)
  expect((await viewer.listNamespacedPod({ namespace: 'store' })).items.length).toBeGreaterThanOrEqual(4)
  await expect(viewer.deleteNamespacedPod({ namespace: 'store', name: 'firmware-check' })).rejects.toThrow('Forbidden')
})

test('exec into a pod reaches the audit webhook and, as a process, the sensor of that cluster', async () => {
  const config = kubeconfig('admin', 'aks-prod')
  const core = config.makeApiClient(CoreV1Api)
  const [pod] = (await core.listNamespacedPod({ namespace: 'shop', labelSelector: 'app=storefront' })).items
  const out = new PassThrough()
  let text = ''
  out.on('data', (chunk) => (text += String(chunk)))
  const status = await new Promise((resolve, reject) => {
    new Exec(config)
      .exec(
        'shop',
        pod!.metadata!.name!,
        'storefront',
        ['sh', '-c', 'echo marker-4711'],
        out,
        out,
        null,
        false,
        resolve,
      )
      .catch(reject)
  })
  expect(status).toMatchObject({ status: 'Success' })
  expect(text).toContain('marker-4711')
  await lab.flush()
  const of = (kind: string) => receiver.received.filter((item) => item.path.startsWith(`/${kind}/aks-prod`))
  const audit = await eventually(() => of('audit').find((item) => item.body.includes('marker-4711')), 'audit event')
  expect(audit.authorization).toBe('Bearer audit-token')
  const runtime = await eventually(
    () => of('runtime').find((item) => item.body.includes('marker-4711')),
    'runtime event',
  )
  expect(runtime.authorization).toBe('Bearer runtime-token')
  expect(runtime.body).toContain('process_exec')
  // The set-up of the cluster is no news.
  expect(of('audit').some((item) => item.body.includes('"requestURI":"/api/v1/namespaces"'))).toBe(false)
})

test('refusals and delays of the API server can be made and taken back', async () => {
  const core = kubeconfig('admin', 'edge-k3s').makeApiClient(CoreV1Api)
  const { faults } = lab.cluster('edge-k3s')
  await faults.refuseApi(true)
  await expect(core.listNode()).rejects.toThrow()
  await faults.refuseApi(false)
  expect((await core.listNode()).items.length).toBe(2)
  faults.hangApi(Infinity)
  const late = core.listNode()
  const first = await Promise.race([late, new Promise((resolve) => setTimeout(resolve, 200, 'nothing'))])
  expect(first).toBe('nothing')
  faults.hangApi(null)
  expect((await late).items.length).toBe(2)
})

test('a restart keeps addresses, isolation and credentials; containers run again in the same pods', async () => {
  const config = kubeconfig({ serviceaccount: account }, 'aks-prod')
  const admin = kubeconfig('admin', 'aks-prod')
  const core = admin.makeApiClient(CoreV1Api)
  const [pod] = (await core.listNamespacedPod({ namespace: 'shop', labelSelector: 'app=cart' })).items
  const { name, uid } = pod!.metadata!
  await core.patchNamespacedPod({
    namespace: 'shop',
    name: name!,
    body: [{ op: 'add', path: '/metadata/labels/isolation', value: 'act-1' }],
  })
  const policy = {
    metadata: { name: 'isolate' },
    spec: { podSelector: { matchLabels: { isolation: 'act-1' } }, policyTypes: ['Ingress', 'Egress'] },
  }
  await admin.makeApiClient(NetworkingV1Api).createNamespacedNetworkPolicy({ namespace: 'shop', body: policy })
  const before = lab.cluster('aks-prod').serverUrl
  await lab.stop()
  lab = await begin()
  expect(lab.cluster('aks-prod').serverUrl).toBe(before)
  const after = await config.makeApiClient(CoreV1Api).readNamespacedPod({ namespace: 'shop', name: name! })
  expect(after.metadata?.uid).toBe(uid)
  expect(after.metadata?.labels?.isolation).toBe('act-1')
  expect(after.status?.podIP).toBe(pod!.status!.podIP)
  expect(after.status?.containerStatuses?.[0]).toMatchObject({ restartCount: 1, ready: true })
  const { network } = lab.cluster('aks-prod')
  expect((await network.connect({ podUid: uid! }, { host: 'catalog', port: 8080, protocol: 'TCP' })).ok).toBe(false)
})

test('as a child process the lab obeys orders and ends when it is told to', async () => {
  const dir = join(dataDir, 'child')
  const child = await startLabProcess({
    dataDir: dir,
    clusters: ['edge-k3s'],
    quiet: true,
    bootstrap: { 'edge-k3s': watcher },
    tokensFor: { 'edge-k3s': [account] },
  })
  expect(child.clusters[0]).toMatchObject({ name: 'edge-k3s', tokens: [account] })
  await child.fault('edge-k3s', { fault: 'refuseApi', on: true })
  await expect(child.fault('elsewhere', { fault: 'dropAudit', on: true })).rejects.toThrow('no cluster')
  await child.stop()
  expect(await child.ended).toBe(0)
})
