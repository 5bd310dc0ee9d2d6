import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TlsListener } from '../../src/api/tls-listener.ts'
import { listen, startLab, type LabServer } from './lab-server.ts'

const available = (() => {
  try {
    execFileSync('kubectl', ['version', '--client'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

// Skipped only where no kubectl is on the PATH: there is nothing to run then.
describe.skipIf(!available)('kubectl (skipped without a kubectl on the PATH)', () => {
  let lab: LabServer
  let listener: TlsListener
  let dir: string

  beforeAll(async () => {
    lab = startLab('v1.31.5')
    const opened = await listen(lab)
    listener = opened.listener
    dir = mkdtempSync(join(tmpdir(), 'lab-kubectl-'))
    const { certPem, keyPem } = await opened.authority.issueClient('maria.keller', ['system:masters'])
    const base64 = (text: string) => Buffer.from(text).toString('base64')
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'lab',
      clusters: [
        {
          name: 'lab',
          cluster: { server: listener.url, 'certificate-authority-data': base64(opened.authority.caPem) },
        },
      ],
      users: [{ name: 'u', user: { 'client-certificate-data': base64(certPem), 'client-key-data': base64(keyPem) } }],
      contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'u', namespace: 'shop' } }],
    }
    writeFileSync(join(dir, 'config'), JSON.stringify(config))
    await lab.namespace('shop')
    await lab.send('POST', '/api/v1/nodes', {
      metadata: { name: 'node1' },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    })
    await lab.runningPod('shop', 'talk')
  })

  afterAll(async () => {
    await listener.close()
    rmSync(dir, { recursive: true })
  })

  const kubectl = (...args: string[]) =>
    new Promise<{ code: number; out: string; err: string }>((resolve) => {
      execFile(
        'kubectl',
        args,
        { env: { ...process.env, KUBECONFIG: join(dir, 'config'), HOME: dir } },
        (error, out, err) => resolve({ code: error ? Number(error.code ?? 1) : 0, out, err }),
      )
    })
  const ok = async (...args: string[]) => {
    const { code, out, err } = await kubectl(...args)
    expect(code, `kubectl ${args.join(' ')}: ${err}`).toBe(0)
    return out
  }

  test('get, describe, label, logs and auth', async () => {
    expect(await ok('get', 'pods', '-o', 'wide')).toMatch(
      /^NAME +READY +STATUS +RESTARTS +AGE +IP +NODE +NOMINATED NODE +READINESS GATES\ntalk +1\/1 +Running +0 +\d+s +10\.244\.1\.7 +node1 +<none> +<none>\n$/,
    )
    expect(await ok('describe', 'pod', 'talk')).toContain('Service Account:  default')
    expect(await ok('label', 'pod', 'talk', 'quarantine=true')).toContain('pod/talk labeled')
    expect(await ok('get', 'pods', '-l', 'quarantine=true', '-o', 'name')).toBe('pod/talk\n')
    expect(await ok('logs', 'talk', '--tail=1')).toBe('two\n')
    expect((await ok('auth', 'can-i', 'delete', 'pods')).trim()).toBe('yes')
    expect((await kubectl('auth', 'can-i', 'delete', 'pods', '--as=bob')).out.trim()).toBe('no')
    expect((await kubectl('get', 'pods', '--as=bob')).err).toContain(
      'Error from server (Forbidden): pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the namespace "shop"',
    )
  })

  test('exec reports output and exit code', async () => {
    expect(await ok('exec', 'talk', '--', 'echo', 'hello')).toBe('hello\n')
    const failed = await kubectl('exec', 'talk', '--', 'fail')
    expect([failed.code, failed.err]).toEqual([3, expect.stringMatching(/^err\ncommand terminated with exit code 3/)])
  })

  test('apply, apply again, server-side apply, patch, scale and delete', async () => {
    const file = join(dir, 'web.yaml')
    const manifest = (image: string) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "${image}", env: [{name: A, value: "1"}]}]}
`
    writeFileSync(file, manifest('nginx:1'))
    expect(await ok('apply', '-f', file)).toBe('deployment.apps/web created\n')
    expect(await ok('apply', '-f', file)).toBe('deployment.apps/web unchanged\n')
    writeFileSync(file, manifest('nginx:2'))
    expect(await ok('apply', '-f', file)).toBe('deployment.apps/web configured\n')
    expect(await ok('scale', 'deploy', 'web', '--replicas=3')).toBe('deployment.apps/web scaled\n')
    expect(await ok('apply', '--server-side', '--force-conflicts', '-f', file)).toContain('serverside-applied')
    await ok(
      'patch',
      'deploy',
      'web',
      '-p',
      '{"spec":{"template":{"spec":{"containers":[{"name":"web","image":"nginx:3"}]}}}}',
    )
    expect(
      await ok(
        'get',
        'deploy',
        'web',
        '-o',
        'jsonpath={.spec.replicas} {.spec.template.spec.containers[0].image} {.spec.template.spec.containers[0].env[0].value}',
      ),
    ).toBe('3 nginx:3 1')
    expect(await ok('delete', 'deploy', 'web')).toContain('deployment.apps "web" deleted')
    const wrong = join(dir, 'wrong.yaml')
    writeFileSync(wrong, manifest('nginx:1').replace('selector:', 'selektor:'))
    expect((await kubectl('apply', '-f', wrong)).code).not.toBe(0)
  })

  test('drain cordons the node and evicts', async () => {
    const drained = kubectl('drain', 'node1', '--force', '--ignore-daemonsets', '--timeout=10s')
    // The kubelet, which is not part of this test, removes the pod once it is told to.
    const stop = lab.api.watch('', 'pods', ({ type, object }) => {
      if (type !== 'DELETED' && object.metadata.deletionTimestamp)
        setImmediate(() => void lab.send('DELETE', '/api/v1/namespaces/shop/pods/talk?gracePeriodSeconds=0'))
    })
    expect((await drained).out).toContain('node/node1 drained')
    stop()
    expect(await ok('get', 'nodes')).toContain('Ready,SchedulingDisabled')
    await ok('uncordon', 'node1')
    const verbs = lab.events
      .filter((e) => e.objectRef?.subresource === 'eviction')
      .map((e) => [e.verb, e.responseStatus.code])
    expect(verbs).toEqual([['create', 201]])
  })
})
