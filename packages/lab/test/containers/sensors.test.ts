import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sensorFor } from '../../src/containers/sensors/sensor-for.ts'
import { createLab, podObject } from './lab-pod.ts'

type Json = Record<string, any> // any: the products' events, read field by field

let server: Server
let received: { body: string; headers: Json }[]
let answer: number
beforeEach(async () => {
  received = []
  answer = 200
  server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      if (answer === 200) received.push({ body, headers: request.headers })
      response.writeHead(answer).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

async function record(format: 'falco' | 'tetragon', command: string[], before: () => void = () => {}) {
  const sensor = sensorFor({
    format,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`,
    token: 'secret',
    cluster: 'one',
  })
  const lab = createLab({ sensor })
  lab.network.pod('uid-api-7d4b9c-x1', '10.0.0.7', 'api')
  lab.network.host('peer.example', '192.0.2.7', 80, async () => ({ status: 200, headers: {}, body: '\x7fELF fetched' }))
  const pod = podObject('api-7d4b9c-x1', 'docker.io/library/debian:12', {
    command: ['sleep', '1000'],
    securityContext: { privileged: true },
  })
  pod.metadata.labels = { app: 'api', 'pod-template-hash': '7d4b9c' }
  pod.metadata.ownerReferences = [
    { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'api-7d4b9c', uid: 'r', controller: true },
  ]
  before()
  await lab.runtime.startPod(pod)
  await lab.exec('api-7d4b9c-x1', command)
  if (answer !== 200) setTimeout(() => (answer = 200), 300)
  await sensor.flush()
  lab.runtime.close()
  return sensor.stats()
}

describe('Falco', () => {
  it('posts one alert per process start, in the shape of its http_output', async () => {
    await record('falco', ['bash', '-c', 'id -u | cat; nosuch; echo builtin'])
    const alerts = received.map(({ body }) => JSON.parse(body) as Json)
    expect(received[0]?.headers).toMatchObject({ authorization: 'Bearer secret', 'content-type': 'application/json' })
    expect(new Set(alerts.map((alert) => alert['rule']))).toEqual(new Set(['Process started in container']))
    expect(alerts.map((alert) => alert['output_fields']['proc.cmdline']).toSorted()).toEqual([
      'bash -c id -u | cat; nosuch; echo builtin',
      'cat',
      'id -u',
      'sleep 1000',
    ])
    const alert = alerts.find((each) => each['output_fields']['proc.name'] === 'id')
    expect(alert).toMatchObject({
      uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      output: expect.stringMatching(
        /^\d\d:\d\d:\d\d\.\d{9}: Informational Process started in container \| .*command=id -u/,
      ),
      priority: 'Informational',
      source: 'syscall',
      hostname: 'node-1',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/),
      tags: expect.arrayContaining(['container']),
    })
    expect(alert?.['output_fields']).toMatchObject({
      'evt.type': 'execve',
      'evt.time': expect.any(Number),
      'proc.exepath': '/usr/bin/id',
      'proc.pname': 'bash',
      'proc.pcmdline': 'bash -c id -u | cat; nosuch; echo builtin',
      'proc.aname[2]': 'containerd-shim',
      'proc.cwd': '/',
      'proc.tty': 0,
      'proc.is_exe_upper_layer': false,
      'user.name': 'root',
      'user.uid': 0,
      'container.id': expect.stringMatching(/^[0-9a-f]{12}$/),
      'container.name': 'main',
      'container.image.repository': 'docker.io/library/debian',
      'container.image.tag': '12',
      'container.image.digest': expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      'container.privileged': true,
      'k8s.ns.name': 'demo',
      'k8s.pod.name': 'api-7d4b9c-x1',
      'k8s.pod.uid': 'uid-api-7d4b9c-x1',
      'k8s.pod.labels': 'app:api, pod-template-hash:7d4b9c',
    })
  })
})

describe('Tetragon', () => {
  it('ships lines of its export with parents, exits and connections', async () => {
    await record('tetragon', [
      'bash',
      '-c',
      'exec 3<>/dev/tcp/peer.example/80; cp /usr/bin/id /tmp/x; /tmp/x -u; exit 3',
    ])
    const events = received.flatMap(({ body }) => body.trimEnd().split('\n')).map((line) => JSON.parse(line) as Json)
    expect(received.length).toBeLessThan(events.length) // lines travel in batches
    const execs = events.flatMap((event) =>
      event['process_exec'] === undefined ? [] : [event['process_exec'] as Json],
    )
    expect(execs.map(({ process }) => [process.binary, process.arguments])).toEqual([
      ['/usr/bin/sleep', '1000'],
      ['/usr/bin/bash', expect.stringMatching(/^-c "exec 3<>/)],
      ['/usr/bin/cp', '/usr/bin/id /tmp/x'],
      ['/tmp/x', '-u'],
    ])
    const { process, parent } = execs[3] as { process: Json; parent: Json }
    expect(process['parent_exec_id']).toBe(parent['exec_id'])
    expect(Buffer.from(process['exec_id'], 'base64').toString()).toBe(
      `node-1:${Buffer.from(process['exec_id'], 'base64').toString().split(':')[1]}:${process['pid']}`,
    )
    expect(process).toMatchObject({
      uid: 0,
      cwd: '/',
      flags: 'execve rootcwd clone',
      auid: 4_294_967_295,
      start_time: expect.stringMatching(/\.\d{9}Z$/),
      docker: expect.stringMatching(/^[0-9a-f]{31}$/),
      pod: {
        namespace: 'demo',
        name: 'api-7d4b9c-x1',
        container: {
          id: expect.stringMatching(/^containerd:\/\/[0-9a-f]{64}$/),
          image: { id: expect.stringMatching(/@sha256:/), name: 'docker.io/library/debian:12' },
          pid: 1,
        },
        pod_labels: { app: 'api' },
        workload: 'api',
        workload_kind: 'Deployment',
      },
    })
    expect(events[0]).toMatchObject({ node_name: 'node-1', cluster_name: 'one', time: expect.stringMatching(/Z$/) })
    const probes = events.flatMap((event) =>
      event['process_kprobe'] === undefined ? [] : [event['process_kprobe'] as Json],
    )
    expect(probes).toMatchObject([
      {
        function_name: 'tcp_connect',
        policy_name: 'connect',
        args: [{ sock_arg: { daddr: '192.0.2.7', dport: 80, protocol: 'IPPROTO_TCP' } }],
      },
      {
        function_name: 'security_bprm_check',
        policy_name: 'exec-outside-image',
        args: [{ linux_binprm_arg: { path: '/tmp/x' } }],
      },
    ])
    const exits = events.flatMap((event) =>
      event['process_exit'] === undefined ? [] : [event['process_exit'] as Json],
    )
    expect(exits.find((exit) => exit['process'].binary === '/usr/bin/bash')).toMatchObject({ status: 3 })
  })

  it('sends later what the receiver could not take, and gives up what it calls malformed', async () => {
    expect(await record('tetragon', ['id'], () => (answer = 503))).toEqual({ sent: 3, dropped: 0 })
    answer = 200
    const lost = await record('falco', ['id'], () => (answer = 400))
    expect(lost.sent + lost.dropped).toBe(2)
    expect(lost.dropped).toBeGreaterThan(0)
  })
})
