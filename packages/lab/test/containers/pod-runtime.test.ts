import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { KubeObject } from '../../src/ports.ts'
import { createLab, podObject } from './lab-pod.ts'

const objects: Record<string, Partial<KubeObject>> = {
  'configmaps/demo/settings': { data: { 'app.conf': 'mode=é\n', other: 'x' } },
  'secrets/demo/login': { data: { password: Buffer.from('hunter2').toString('base64') } },
}
const read = (_group: string, resource: string, namespace: string | undefined, name: string) =>
  objects[`${resource}/${namespace}/${name}`] as KubeObject | undefined

let lab: ReturnType<typeof createLab>
beforeEach(() => {
  lab = createLab({ read, peerIntervalMs: 20 })
})
afterEach(() => lab.runtime.close())

const until = async (holds: () => boolean) => {
  for (let attempt = 0; attempt < 200 && !holds(); attempt++) await new Promise((resolve) => setTimeout(resolve, 10))
  expect(holds()).toBe(true)
}
const target = (name: string, container = 'main') => ({
  namespace: 'demo',
  pod: name,
  podUid: `uid-${name}`,
  container,
})
const logOf = (name: string, previous = false) => lab.runtime.logs(target(name), { previous, timestamps: false })?.text

describe('pod runtime', () => {
  it('starts known images with their own command and unknown ones asleep', async () => {
    lab.network.pod('uid-web', '10.0.0.2', 'web')
    const [web] = await lab.runtime.startPod(podObject('web', 'docker.io/library/nginx:1.27'))
    expect(web).toMatchObject({
      name: 'main',
      image: 'docker.io/library/nginx:1.27',
      containerID: expect.stringMatching(/^containerd:\/\/[0-9a-f]{64}$/),
    })
    await lab.runtime.startPod(podObject('odd', 'registry.example/team/never-heard-of:1'))
    expect((await lab.exec('odd', ['ps', '-o', 'args'])).stdout).toContain('sleep')
    const answer = await lab.exec('odd', ['wget', '-qO-', 'http://web/'])
    expect(answer).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Welcome') })
    expect(logOf('web')).toMatch(/^\S+ - - \[.*\] "GET \/ HTTP\/1\.1" 200/)
  })

  it('refuses what cannot run', async () => {
    expect(await lab.runtime.startPod(podObject('bad', 'Not A Image'))).toMatchObject([
      { waitingReason: 'InvalidImageName' },
    ])
    expect(await lab.runtime.startPod(podObject('cmd', 'alpine', { command: ['/nope'] }))).toMatchObject([
      { waitingReason: 'RunContainerError' },
    ])
    expect(await lab.runtime.startPod(podObject('slim', 'gcr.io/distroless/static'))).toMatchObject([{ name: 'main' }])
    expect(await lab.exec('slim', ['sh'])).toMatchObject({
      exitCode: 127,
      startError: expect.stringContaining('not found'),
    })
    expect(lab.sensor.starts.map((start) => start.exe)).toEqual(['/app'])
  })

  it('mounts tokens, ConfigMaps, Secrets and shared directories', async () => {
    const spec = {
      volumes: [
        { name: 'conf', configMap: { name: 'settings', items: [{ key: 'app.conf', path: 'a/app.conf' }] } },
        { name: 'login', secret: { secretName: 'login' } },
        { name: 'shared', emptyDir: {} },
      ],
      containers: [
        {
          name: 'main',
          image: 'debian:12',
          command: ['sleep', '1000'],
          volumeMounts: [
            { name: 'conf', mountPath: '/etc/app' },
            { name: 'login', mountPath: '/login', readOnly: true },
            { name: 'shared', mountPath: '/shared' },
          ],
          env: [{ name: 'PW', valueFrom: { secretKeyRef: { name: 'login', key: 'password' } } }],
        },
        {
          name: 'side',
          image: 'busybox',
          command: ['sleep', '1000'],
          volumeMounts: [{ name: 'shared', mountPath: '/data' }],
          securityContext: { readOnlyRootFilesystem: true },
        },
      ],
    }
    await lab.runtime.startPod(podObject('multi', '', {}, spec))
    const script =
      'cat /run/secrets/kubernetes.io/serviceaccount/{token,namespace} /etc/app/a/app.conf /login/password; echo " $PW"; echo shared > /shared/f; echo x > /login/password; cp /usr/bin/id /shared/id; /shared/id -u'
    const main = await lab.exec('multi', ['bash', '-c', script])
    expect(main.stdout).toBe('token-of-the-poddemomode=é\nhunter2 hunter2\n0\n')
    expect(main.stderr).toContain('/login/password: Read-only file system')
    expect(lab.sensor.starts.at(-1)).toMatchObject({ exe: '/shared/id', upperLayer: false }) // a volume is no overlay
    let out = ''
    const io = {
      stdout: (chunk: Uint8Array) => (out += Buffer.from(chunk).toString()),
      stderr: (chunk: Uint8Array) => (out += Buffer.from(chunk).toString()),
      tty: false,
      signal: new AbortController().signal,
    }
    await lab.runtime.exec(target('multi', 'side'), ['sh', '-c', 'cat /data/f; echo x > /tmp/y'], io)
    expect(out).toBe('shared\nsh: /tmp/y: Read-only file system\n')
  })

  it('marks only files written after the start as upper layer', async () => {
    await lab.runtime.startPod(podObject('drift', 'debian:12', { command: ['sleep', '1000'] }))
    await lab.exec('drift', [
      'bash',
      '-c',
      'id; cp /usr/bin/id /usr/bin/id2; id2; mv /usr/bin/id /tmp/moved; /tmp/moved; echo "echo hi" > /tmp/s.sh; chmod +x /tmp/s.sh; /tmp/s.sh',
    ])
    const upper = lab.sensor.starts.filter((start) => start.upperLayer).map((start) => start.exe)
    expect(upper).toEqual(['/usr/bin/id2', '/tmp/moved'])
  })

  it('reports ends, restarts on request and keeps the log of before', async () => {
    const exits: unknown[] = []
    lab.runtime.onExit((exit) => exits.push(exit))
    const pod = podObject('job', 'busybox', { command: ['sh', '-c', 'echo run $$; exit 3'] })
    await lab.runtime.startPod(pod)
    await until(() => exits.length === 1)
    expect(exits[0]).toMatchObject({ podUid: 'uid-job', container: 'main', exitCode: 3 })
    expect(logOf('job')).toBe('run 1\n')
    await lab.runtime.startPod(pod)
    await until(() => exits.length === 2)
    expect(logOf('job', true)).toBe('run 1\n')
    expect(lab.sensor.ends.filter((end) => end.exitCode === 3)).toHaveLength(2)
  })

  it('starts a pod once its init containers ended well', async () => {
    const spec = {
      initContainers: [
        {
          name: 'first',
          image: 'busybox',
          command: ['sh', '-c', 'sleep 0.02; echo ready > /work/flag'],
          volumeMounts: [{ name: 'w', mountPath: '/work' }],
        },
      ],
      volumes: [{ name: 'w', emptyDir: {} }],
    }
    await lab.runtime.startPod(
      podObject(
        'init',
        'busybox',
        { command: ['sh', '-c', 'cat /work/flag'], volumeMounts: [{ name: 'w', mountPath: '/work' }] },
        spec,
      ),
    )
    await until(() => logOf('init') === 'ready\n')
  })

  it('leaves no process and no listener behind when stopped', async () => {
    lab.network.pod('uid-web', '10.0.0.2', 'web')
    await lab.runtime.startPod(podObject('web', 'nginx'))
    void lab.exec('web', ['sh', '-c', 'sleep 1000 & sleep 1000'])
    await until(() => lab.network.services.size === 1)
    await lab.runtime.stopPod('uid-web', 5)
    expect(lab.network.services.size).toBe(0)
    expect(lab.sensor.ends).toHaveLength(lab.sensor.starts.length)
    expect(await lab.exec('web', ['id'])).toMatchObject({ startError: expect.stringContaining('not found') })
  })

  it('keeps a connection to each peer, notices when it is cut, and says so in its log', async () => {
    lab.network.pod('uid-api', '10.0.0.3', 'api')
    lab.network.pod('uid-front', '10.0.0.4', 'front')
    await lab.runtime.startPod(podObject('api', 'shop/api:1', { ports: [{ containerPort: 8080 }] }))
    await lab.runtime.startPod(
      podObject('front', 'shop/frontend:1', { env: [{ name: 'API_URL', value: 'http://api:8080' }] }),
    )
    await until(() => lab.network.connections('uid-front').length === 1)
    expect((await lab.exec('front', ['curl', '-s', 'http://front/api/items'])).stdout).toBe(
      '{"status":"ok","path":"/api/items"}',
    )
    const service = lab.network.services.get('10.0.0.3:8080')!
    lab.network.services.delete('10.0.0.3:8080')
    for (const connection of lab.network.connections('uid-front')) connection.alive = false
    await until(() =>
      /connection to api:8080 lost[\s\S]*cannot reach api:8080: Connection refused/.test(logOf('front') ?? ''),
    )
    lab.network.services.set('10.0.0.3:8080', service)
    await until(() => /connection to api:8080 restored/.test(logOf('front') ?? ''))
    expect(lab.sensor.attempts.map((attempt) => attempt.result)).toContain('refused')
  })

  it('tries connections with tools as the network lets them', async () => {
    lab.network.pod('uid-box', '10.0.0.5', 'box')
    lab.network.host('pool.example', '192.0.2.9', 3333, async () => ({ status: 200, headers: {}, body: '' }))
    lab.network.silent.add('192.0.2.50')
    await lab.runtime.startPod(podObject('box', 'nicolaka/netshoot', {}))
    const script =
      'nc -z -v pool.example 3333; nc -z pool.example 1; echo $?; curl -s http://nowhere.example; echo $?; curl -s -m 0.2 http://192.0.2.50/; echo $?; nmap -Pn --open -p 3333,3334 pool.example | grep open; getent hosts pool.example'
    const { stdout, stderr } = await lab.exec('box', ['bash', '-c', script])
    expect(stdout).toBe('1\n6\n28\n3333/tcp open     unknown\n192.0.2.9       pool.example\n')
    expect(stderr).toContain('succeeded')
    expect(
      lab.sensor.attempts.map(({ destination, result }) => `${destination.ip}:${destination.port} ${result}`),
    ).toEqual([
      '192.0.2.9:3333 connected',
      '192.0.2.9:1 refused',
      '192.0.2.50:80 timeout',
      '192.0.2.9:3333 connected',
      '192.0.2.9:3334 refused',
    ])
  })
})
