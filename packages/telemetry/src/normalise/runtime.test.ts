import { expect, test } from 'vitest'
import { normaliseFalco, normaliseProcessEvents, normaliseTetragon } from '../index.ts'

const receivedAt = Date.parse('2026-11-20T12:00:00Z')
const ctx = { cluster: 'prod', receivedAt }

test('a Falco alert on a process start, and one on a file', () => {
  const alert = {
    uuid: 'u-1',
    time: '2026-11-20T11:59:58.335246440Z',
    rule: 'Terminal shell in container',
    priority: 'Notice',
    source: 'syscall',
    hostname: 'node-1',
    output: 'shell with PGPASSWORD=hunter2',
    tags: ['container', 'shell'],
    output_fields: {
      'evt.type': 'execve',
      'proc.name': 'bash',
      'proc.exepath': '/usr/bin/bash',
      'proc.cmdline': 'bash -i',
      'proc.pid': 321,
      'proc.ppid': 300,
      'proc.pname': 'nginx',
      'proc.aname[2]': 'containerd-shim',
      'proc.tty': 34816,
      'proc.pid.ts': 1763639998000000000,
      'proc.is_exe_upper_layer': true,
      'user.name': '<NA>',
      'user.uid': 0,
      'container.id': 'bb1a36fcb1d5',
      'container.image.repository': 'docker.io/library/nginx',
      'container.image.tag': '1.27',
      'k8s.ns.name': 'shop',
      'k8s.pod.name': 'web-0',
    },
  }
  const [started] = normaliseFalco(alert, ctx).events
  expect(started).toEqual({
    type: 'process',
    id: 'falco:u-1',
    time: Date.parse('2026-11-20T11:59:58.335Z'),
    receivedAt,
    cluster: 'prod',
    source: 'falco',
    node: 'node-1',
    process: {
      pid: 321,
      exe: '/usr/bin/bash',
      name: 'bash',
      commandLine: 'bash -i',
      uid: 0,
      tty: true,
      startedAt: 1763639998000,
      drift: true,
    },
    parent: { pid: 300, exe: 'nginx', name: 'nginx', commandLine: 'nginx' },
    ancestors: [{ pid: 0, exe: 'containerd-shim', name: 'containerd-shim', commandLine: 'containerd-shim' }],
    container: { id: 'bb1a36fcb1d5', image: 'docker.io/library/nginx:1.27' },
    pod: { namespace: 'shop', name: 'web-0' },
    sensorAlert: {
      rule: 'Terminal shell in container',
      priority: 'Notice',
      output: 'shell with PGPASSWORD=[redacted]',
      tags: ['container', 'shell'],
    },
  })
  const file = {
    ...alert,
    uuid: undefined,
    output_fields: { ...alert.output_fields, 'evt.type': 'openat', 'fd.name': '/etc/shadow' },
  }
  expect(normaliseFalco(file, ctx).events[0]).toMatchObject({
    id: expect.stringMatching(/^falco:[0-9a-f]{64}$/),
    activity: { call: 'openat', file: '/etc/shadow' },
  })
  const connect = {
    ...alert,
    output_fields: { ...alert.output_fields, 'evt.type': 'connect', 'fd.rip': '169.254.169.254', 'fd.rport': 80 },
  }
  expect(normaliseFalco(connect, ctx).events[0]).toMatchObject({
    type: 'connection',
    destination: { ip: '169.254.169.254', port: 80 },
    protocol: 'tcp',
  })
  expect(
    normaliseFalco([{ rule: 'x' }, { ...alert, source: 'k8s_audit' }, 'text'], ctx).rejected.map((one) => one.index),
  ).toEqual([0, 1, 2])
})

test('Tetragon starts, ends, connections and policy hits', () => {
  const process = {
    exec_id: 'bm9kZToxOjE=',
    pid: 77,
    uid: 0,
    cwd: '/',
    binary: '/usr/bin/curl',
    arguments: '-H "Authorization: Bearer abcdefgh12345678" http://x',
    start_time: '2026-11-20T11:59:58.2Z',
    pod: {
      namespace: 'shop',
      name: 'web-0',
      uid: 'uid-1',
      workload: 'web',
      workload_kind: 'StatefulSet',
      pod_labels: { app: 'web' },
      container: {
        id: 'containerd://19a02291',
        name: 'main',
        image: { id: 'docker.io/x/web@sha256:8e86', name: 'docker.io/x/web:1' },
        security_context: { privileged: true },
      },
    },
  }
  const parent = { exec_id: 'cGFyZW50', pid: 70, binary: '/bin/sh', arguments: '-c run' }
  const around = { node_name: 'node-1', time: '2026-11-20T11:59:58.3Z' }
  const { events, rejected } = normaliseTetragon(
    [
      { process_exec: { process, parent }, ...around },
      { process_exit: { process, parent, signal: 'SIGKILL' }, ...around },
      {
        process_kprobe: {
          process,
          parent,
          function_name: 'tcp_connect',
          policy_name: 'connect',
          args: [{ sock_arg: { daddr: '203.0.113.7', dport: 4444, protocol: 'IPPROTO_TCP' } }],
        },
        ...around,
      },
      {
        process_kprobe: {
          process,
          parent,
          function_name: 'security_file_permission',
          policy_name: 'files',
          args: [{ file_arg: { path: '/etc/shadow' } }, { int_arg: 4 }],
        },
        ...around,
      },
      { rate_limit_info: {}, ...around },
      { process_exec: {}, ...around },
    ],
    ctx,
  )
  expect(rejected).toEqual([{ index: 5, reason: 'process_exec without process', excerpt: expect.any(String) }])
  expect(events).toMatchObject([
    {
      type: 'process',
      id: 'tetragon:exec:bm9kZToxOjE=',
      node: 'node-1',
      process: {
        pid: 77,
        execId: 'bm9kZToxOjE=',
        exe: '/usr/bin/curl',
        name: 'curl',
        commandLine: '/usr/bin/curl -H "Authorization: Bearer [redacted]" http://x',
      },
      parent: { exe: '/bin/sh', commandLine: '/bin/sh -c run' },
      container: { id: '19a02291', image: 'docker.io/x/web:1', imageDigest: 'sha256:8e86', privileged: true },
      pod: {
        namespace: 'shop',
        name: 'web-0',
        uid: 'uid-1',
        workload: 'web',
        workloadKind: 'StatefulSet',
        labels: { app: 'web' },
      },
      flags: ['redacted'],
    },
    { type: 'process-exit', id: 'tetragon:exit:bm9kZToxOjE=', exitCode: 0, signal: 'SIGKILL' },
    { type: 'connection', destination: { ip: '203.0.113.7', port: 4444 }, protocol: 'tcp' },
    {
      type: 'process',
      activity: { call: 'security_file_permission', file: '/etc/shadow' },
      sensorAlert: { rule: 'files' },
    },
  ])
  expect(events[0]).not.toHaveProperty('activity')
})

test('our own schema keeps unknown members and bounds what is too long', () => {
  const { events, rejected } = normaliseProcessEvents(
    [
      {
        id: '1',
        time: '2026-11-20T11:59:58Z',
        process: { pid: 5, exe: '/tmp/x', args: ['/tmp/x', '--password', 'hunter2'] },
        vendorScore: 9,
      },
      { time: receivedAt, type: 'process', process: { name: 'sh', commandLine: 'x'.repeat(1_000_000) } },
      { type: 'flow', process: { name: 'x' } },
      { type: 'connection', process: { name: 'x' } },
      { process: {} },
    ],
    ctx,
  )
  expect(rejected.map((one) => one.reason)).toEqual([
    'unknown type flow',
    'connection without destination.ip',
    'process has neither exe nor name',
  ])
  expect(events[0]).toMatchObject({
    process: { name: 'x', commandLine: '/tmp/x --password [redacted]' },
    extra: { vendorScore: 9 },
  })
  expect(events[1]).toMatchObject({
    flags: ['truncated'],
    process: { commandLine: expect.stringMatching(/…\[cut, 1000000 characters\]$/) },
  })
})

test('DNS questions and answers, by every sensor that reads them', () => {
  const own = {
    type: 'dns',
    time: '2026-11-20T11:59:58Z',
    node: 'node-1',
    process: { name: 'curl', pid: 7 },
    pod: { namespace: 'shop', name: 'web-0' },
    dns: { query: 'Pool.Example.', queryType: 28, transactionId: 255 },
  }
  expect(normaliseProcessEvents(own, ctx).events[0]).toMatchObject({
    type: 'dns',
    query: 'Pool.Example',
    queryType: 'AAAA',
    subType: 'request',
    process: { name: 'curl' },
    pod: { namespace: 'shop', name: 'web-0' },
  })
  const answer = {
    ...own,
    process: undefined,
    dns: { query: 'x', kind: 'response', responseCode: 3, answers: ['a', 1] },
  }
  const [answered] = normaliseProcessEvents(answer, ctx).events
  expect(answered).toMatchObject({ subType: 'response', responseCode: 'NXDOMAIN', answers: ['a'] })
  expect(answered).not.toHaveProperty('process')
  expect(normaliseProcessEvents({ ...own, dns: {} }, ctx).rejected[0]?.reason).toBe('dns without dns.query')

  const tetragon = {
    time: '2026-11-20T11:59:58Z',
    node_name: 'node-1',
    process_dns: {
      process: { pid: 7, binary: '/usr/bin/curl', pod: { namespace: 'shop', name: 'web-0' } },
      dns: { names: ['pool.example.'], question_types: [1], response: true, rcode: 0, ips: ['203.0.113.9'] },
    },
  }
  expect(normaliseTetragon(tetragon, ctx).events[0]).toMatchObject({
    type: 'dns',
    query: 'pool.example',
    queryType: 'A',
    responseCode: 'NOERROR',
    answers: ['203.0.113.9'],
    process: { name: 'curl' },
  })

  const falco = {
    rule: 'Miner pool asked for',
    time: '2026-11-20T11:59:58Z',
    source: 'dnscollector',
    output_fields: {
      'dnscollector.dns.qname': 'pool.example',
      'dnscollector.dns.qtype': 'A',
      'dnscollector.dns.rcode': 'NOERROR',
      'dnscollector.dns.flags.qr': 'q',
      'dnscollector.network.query-ip': '10.1.2.3',
    },
  }
  const [seen] = normaliseFalco(falco, ctx).events
  expect(seen).toMatchObject({ type: 'dns', query: 'pool.example', subType: 'request', client: '10.1.2.3' })
  expect(seen).toMatchObject({ sensorAlert: { rule: 'Miner pool asked for' }, process: undefined })
})
