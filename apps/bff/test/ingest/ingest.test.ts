import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { auditEvent, eventList, recordedEvents, recorded, scenarios, webhookBodies } from './events.ts'
import { countOf, startBench, temporaryDirectory, token, type Bench } from './harness.ts'

const directory = temporaryDirectory()
let bench: Bench

beforeAll(async () => {
  bench = await startBench(directory.path)
  await bench.ingest.replayUndetected()
}, 60_000)

afterAll(async () => {
  await bench.close()
  directory.remove()
})

test('every recorded event is stored once, detected in order, and a resend is told as duplicates', async () => {
  const path = '/kubernetes-audit/lab-recorded'
  let sent = 0
  for (const name of [...webhookBodies, ...scenarios]) {
    const events = recordedEvents(name)
    const answer = await bench.post(path, name.includes('.jsonl') ? eventList(events) : recorded(name))
    expect(answer.status).toBe(200)
    expect(answer.body.accepted + answer.body.duplicates).toBe(events.length)
    expect(answer.body.rejected).toBe(0)
    sent += answer.body.accepted
  }
  expect(await countOf(bench.store, "CloudAuditEvents WHERE _Cluster = 'lab-recorded'")).toBe(sent)
  await bench.ingest.drained()
  const ids = bench.detected.filter((event) => event.cluster === 'lab-recorded').map((event) => event.id)
  expect(new Set(ids).size).toBe(sent)
  const stored = await bench.store.query<{ ReportId: string }>(
    "SELECT ReportId FROM CloudAuditEvents WHERE _Cluster = 'lab-recorded' ORDER BY _Batch, _Index",
  )
  expect(stored.rows.map((row) => row.ReportId)).toEqual(ids)
  for (const name of [webhookBodies[0] ?? '', scenarios[0] ?? '']) {
    const events = recordedEvents(name)
    expect((await bench.post(path, eventList(events))).body).toMatchObject({ accepted: 0, duplicates: events.length })
  }
})

test('published hunts find what they look for in RawEventData', async () => {
  await bench.post('/kubernetes-audit/lab-hunt', eventList(recordedEvents('exec-by-user-websocket.jsonl.gz')))
  const { rows } = await bench.store.query(
    `SELECT ActionType, OperationName, IPAddress, JSONExtractString(RawEventData, 'User', 'username') AS user,
            JSONExtractInt(RawEventData, 'ResponseStatus', 'code') AS code, JSONExtractString(RawEventData, 'RequestURI') AS uri
     FROM CloudAuditEvents WHERE _Cluster = 'lab-hunt' AND JSONExtractString(RawEventData, 'ObjectRef', 'subresource') = 'exec' AND user = 'eve.stone' LIMIT 1`,
  )
  expect(rows).toEqual([
    expect.objectContaining({
      ActionType: 'Other',
      OperationName: 'get',
      IPAddress: '10.200.0.87',
      user: 'eve.stone',
      code: '101',
      uri: expect.stringContaining('/exec?command=sh'),
    }),
  ])
})

test.each([
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
])('%s bodies', async (encoding, pack) => {
  const answer = await bench.post('/kubernetes-audit/lab-packed', pack(eventList([auditEvent(), auditEvent()])), {
    'content-encoding': encoding,
  })
  expect(answer).toMatchObject({ status: 200, body: { accepted: 2 } })
})

test('a cut body and a cut gzip stream are refused; whole events before the cut are kept and not counted twice', async () => {
  const events = [auditEvent(), auditEvent(), auditEvent()]
  const whole = eventList(events)
  const cut = await bench.post('/kubernetes-audit/lab-cut', whole.slice(0, -40))
  expect(cut).toMatchObject({ status: 400, body: { type: 'urn:cordon:problem:invalid' } })
  const packed = gzipSync(whole)
  expect(
    (
      await bench.post('/kubernetes-audit/lab-cut', packed.subarray(0, packed.length - 20), {
        'content-encoding': 'gzip',
      })
    ).status,
  ).toBe(400)
  const again = await bench.post('/kubernetes-audit/lab-cut', whole)
  expect(again.status).toBe(200)
  expect(again.body.accepted + again.body.duplicates).toBe(3)
  expect(await countOf(bench.store, "CloudAuditEvents WHERE _Cluster = 'lab-cut'")).toBe(3)
})

test('bad events are set aside with their reason, the rest is kept', async () => {
  const asideBefore = bench.aside.length
  const lines = [
    JSON.stringify(auditEvent()),
    '{"broken',
    JSON.stringify({ ...auditEvent(), auditID: undefined }),
    '[1]',
    JSON.stringify(auditEvent()),
    '',
  ].join('\n')
  const answer = await bench.post('/kubernetes-audit/lab-bad', lines, { 'content-type': 'application/x-ndjson' })
  expect(answer).toMatchObject({ status: 200, body: { accepted: 2, rejected: 3 } })
  expect(bench.aside.slice(asideBefore).map((row) => row.reason)).toEqual([
    expect.stringContaining('not JSON'),
    'no auditID: not an audit.k8s.io event',
    'not a JSON object',
  ])
})

test('unknown members, refused bodies and odd clocks are kept', async () => {
  const day = 86_400_000
  const odd = auditEvent({ futureField: { a: [1] }, ObjectRef: 'mine', requestObject: 'skipped-too-big-size-object' })
  const ahead = auditEvent({ stageTimestamp: new Date(Date.now() + 400 * day).toISOString() })
  const late = auditEvent({ stageTimestamp: new Date(Date.now() - 400 * day).toISOString() })
  const never = auditEvent({ stageTimestamp: '0001-01-01T00:00:00Z' })
  expect((await bench.post('/kubernetes-audit/lab-odd', eventList([odd, ahead, late, never]))).body.accepted).toBe(4)
  const { rows } = await bench.store.query<{ RawEventData: string }>(
    `SELECT RawEventData FROM CloudAuditEvents WHERE ReportId = {id:String}`,
    {
      id: `${String(odd['auditID'])}/ResponseComplete`,
    },
  )
  expect(JSON.parse(rows[0]?.RawEventData ?? '')).toMatchObject({
    futureField: { a: [1] },
    ObjectRef_: 'mine',
    ObjectRef: { resource: 'pods' },
    RequestObject: 'skipped-too-big-size-object',
  })
  const days = await bench.store.query(
    "SELECT _Day, toYear(Timestamp) AS year, JSONExtractString(AdditionalFields, 'Flags', 1) AS flag FROM CloudAuditEvents WHERE _Cluster = 'lab-odd' AND _Day = today() ORDER BY year",
  )
  // All four lie in today's partition, whatever their clocks say.
  expect(days.rows.map((row) => row['flag'])).toEqual(expect.arrayContaining(['clock-ahead', 'late', 'no-usable-time']))
  expect(days.rows).toHaveLength(4)
})

test('hostile texts are bounded and stored without harm', async () => {
  const nasty = 'a\u0000b\u001b[31m\u202e\ud800"\\\n\u2028'
  const events = [
    auditEvent({
      userAgent: 'u'.repeat(1_000_000),
      objectRef: { resource: 'pods', namespace: nasty, name: 'n'.repeat(1_000_000) },
    }),
    auditEvent({ requestObject: { metadata: { name: nasty, [nasty]: 'x'.repeat(3_000_000) } } }),
    JSON.parse(JSON.stringify(auditEvent()).replace('"verb"', '"__proto__":{"polluted":true},"constructor":1,"verb"')),
    auditEvent({ responseObject: JSON.parse(`${'['.repeat(150)}${']'.repeat(150)}`) }),
  ]
  const deep = JSON.stringify(auditEvent({ responseObject: 'deep' })).replace(
    '"deep"',
    `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
  )
  const answer = await bench.post(
    '/kubernetes-audit/lab-hostile',
    eventList(events).replace('"items":[', `"items":[${deep},`),
  )
  expect(answer).toMatchObject({ status: 200, body: { accepted: 4, rejected: 1 } })
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  const { rows } = await bench.store.query<{ ns: string; name: string; agent: string }>(
    "SELECT _Namespace AS ns, _Name AS name, UserAgent AS agent FROM CloudAuditEvents WHERE _Cluster = 'lab-hostile' AND startsWith(UserAgent, 'uu')",
  )
  expect(rows[0]?.ns).toBe(nasty.toWellFormed())
  expect(rows[0]?.name).toMatch(/^n{1024}…\[cut, 1000000 characters\]$/)
  expect(rows[0]?.agent.length).toBeLessThan(1_100)
  const sizes = await bench.store.query<{ longest: string }>(
    "SELECT max(length(RawEventData)) AS longest FROM CloudAuditEvents WHERE _Cluster = 'lab-hostile'",
  )
  expect(Number(sizes.rows[0]?.longest)).toBeLessThan(1_600_000)
})

test('secrets don’t reach the store', async () => {
  const secret = 'hunter2-very-secret'
  const events = [
    auditEvent({
      requestURI: `/api/v1/namespaces/shop/pods/web-0/exec?command=mysql&command=-p${secret}&container=main`,
    }),
    auditEvent({
      objectRef: { resource: 'secrets' },
      requestObject: { kind: 'Secret', data: { password: secret }, stringData: { user: secret } },
    }),
    auditEvent({
      requestObject: {
        spec: {
          template: {
            spec: { containers: [{ env: [{ name: 'DB_PASSWORD', value: secret }], args: ['--token', secret] }] },
          },
        },
      },
    }),
    auditEvent({ responseObject: { kind: 'TokenRequest', status: { token: secret } } }),
  ]
  expect((await bench.post('/kubernetes-audit/lab-secret', eventList(events))).body.accepted).toBe(4)
  await bench.post(
    '/falco/lab-secret',
    JSON.stringify(
      falcoAlert({
        'proc.cmdline': `curl -u admin:${secret} http://x`,
        'proc.pcmdline': `sh -c PGPASSWORD=${secret} psql`,
      }),
    ),
  )
  const found = await countOf(
    bench.store,
    `CloudAuditEvents WHERE _Cluster = 'lab-secret' AND position(RawEventData, '${secret}') > 0`,
  )
  const ran = await countOf(
    bench.store,
    `CloudProcessEvents WHERE _Cluster = 'lab-secret' AND position(concat(ProcessCommandLine, AdditionalFields, _Event), '${secret}') > 0`,
  )
  expect([found, ran]).toEqual([0, 0])
  expect(
    await countOf(
      bench.store,
      "CloudAuditEvents WHERE _Cluster = 'lab-secret' AND position(RawEventData, 'edacted') > 0",
    ),
  ).toBe(4)
})

test('two hundred requests with one Falco alert each are stored, each once, in a few batches', async () => {
  const alerts = Array.from({ length: 200 }, () => falcoAlert({}))
  const answers = await Promise.all(alerts.map((alert) => bench.post('/falco/lab-falco', JSON.stringify(alert))))
  expect(answers.every((answer) => answer.status === 200 && answer.body.accepted === 1)).toBe(true)
  expect(await countOf(bench.store, "CloudProcessEvents WHERE _Cluster = 'lab-falco'")).toBe(200)
  expect(
    await countOf(bench.store, "(SELECT DISTINCT _Batch FROM CloudProcessEvents WHERE _Cluster = 'lab-falco')"),
  ).toBeLessThan(100)
  expect(bench.ingest.coverage().find((counts) => counts.cluster === 'lab-falco')).toMatchObject({
    source: 'falco',
    events: 200,
    duplicates: 0,
  })
})

test('who may not send is refused before the body is read', async () => {
  const body = eventList([auditEvent()])
  expect((await bench.post('/kubernetes-audit/lab-1', body, { authorization: '' })).status).toBe(401)
  expect((await bench.post('/kubernetes-audit/lab-1', body, { authorization: `Bearer ${token}x` })).status).toBe(401)
  expect((await bench.post('/kubernetes-audit/elsewhere', body)).status).toBe(404)
  expect((await bench.post('/kubernetes-audit/lab-1', body, { 'content-type': 'text/plain' })).status).toBe(415)
  expect((await bench.post('/kubernetes-audit/lab-1', body, { 'content-encoding': 'zstd' })).status).toBe(415)
  const problem = await bench.post('/kubernetes-audit/lab-1', body, { authorization: '' })
  expect(problem.headers.get('content-type')).toContain('application/problem+json')
})

test('a small body that inflates past the limit is refused', async () => {
  const bomb = gzipSync(Buffer.alloc(80_000_000, ' '))
  expect((await bench.post('/kubernetes-audit/lab-1', bomb, { 'content-encoding': 'gzip' })).status).toBe(413)
})

test('a body of 50 MB is taken while other requests are served', async () => {
  const pad = 'p'.repeat(3_000)
  const events = Array.from({ length: 16_000 }, () => auditEvent({ level: 'RequestResponse', responseObject: { pad } }))
  const body = eventList(events)
  expect(body.length).toBeGreaterThan(50_000_000)
  let served = 0
  const big = { running: true }
  const others = (async () => {
    while (big.running) {
      expect((await bench.post('/falco/lab-beside', JSON.stringify(falcoAlert({})))).status).toBe(200)
      served += 1
    }
  })()
  const answer = await bench.post('/kubernetes-audit/lab-big', body)
  big.running = false
  await others
  expect(answer).toMatchObject({ status: 200, body: { accepted: 16_000, duplicates: 0, rejected: 0 } })
  expect(served).toBeGreaterThan(1)
  expect(await countOf(bench.store, "CloudAuditEvents WHERE _Cluster = 'lab-big'")).toBe(16_000)
}, 60_000)

function falcoAlert(fields: Record<string, unknown>): Record<string, unknown> {
  return {
    uuid: crypto.randomUUID(),
    time: new Date().toISOString(),
    rule: 'Terminal shell in container',
    priority: 'Notice',
    source: 'syscall',
    output: 'A shell was spawned',
    output_fields: {
      'evt.type': 'execve',
      'proc.name': 'sh',
      'proc.exepath': '/bin/sh',
      'proc.cmdline': 'sh -i',
      'proc.pid': 4711,
      'proc.pname': 'nginx',
      'proc.ppid': 4700,
      'container.id': 'c0ffee',
      'k8s.ns.name': 'shop',
      'k8s.pod.name': 'web-0',
      ...fields,
    },
  }
}
