import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ProblemError } from '@cordon/contract'
import { eventFromRow, normaliseProcessEvents, replayColumns } from '@cordon/telemetry'
import { huntingServer, type HuntingServer } from './hunting-server.ts'
import { auditEvent, processEvent, storeEvents } from './hunting-store.ts'

let server: HuntingServer
beforeAll(async () => {
  server = await huntingServer()
  const exec = {
    verb: 'create',
    user: { username: 'eve' },
    objectRef: { resource: 'pods', subresource: 'exec', namespace: 'kube-system', name: 'dns-0' },
    responseStatus: { code: 101 },
    requestURI: '/exec?command=sh&command=-c',
  }
  const made = {
    verb: 'create',
    user: { username: 'bob' },
    objectRef: { resource: 'pods', namespace: 'shop', name: 'web-0' },
    responseStatus: { code: 201 },
    requestObject: {
      metadata: { name: 'web-0' },
      spec: { containers: [{ name: 'a', securityContext: { privileged: true } }, { name: 'b' }] },
    },
  }
  await storeEvents(server.store, [
    auditEvent('a1', 'prod', exec),
    auditEvent('a2', 'prod', made),
    auditEvent('a3', 'dev', made),
    processEvent('p1', 'prod', 'xmrig -o pool:3333'),
    processEvent('p2', 'prod', 'sh -c "echo xmrigger"'),
    processEvent('p3', 'dev', 'XMRig --help'),
  ])
})
afterAll(() => server.close())

async function hunt(query: string, timespan?: string) {
  const call = await server.as('viewer')
  return call('huntingQuery', { body: { query, ...(timespan ? { timespan } : {}) } })
}

async function refusal(query: string): Promise<ProblemError> {
  const call = await server.as('viewer')
  const error = await call('huntingQuery', { body: { query } }).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ProblemError)
  return error as ProblemError // just checked
}

describe('published hunts over the event tables', () => {
  it('finds privileged containers by the documented members', async () => {
    const { results } = await hunt(`CloudAuditEvents
      | where OperationName == "create" and RawEventData.ObjectRef.resource == "pods"
      | where isempty(RawEventData.ObjectRef.subresource) and RawEventData.ResponseStatus.code between (200 .. 299)
      | mv-expand Container = RawEventData.RequestObject.spec.containers
      | where Container.securityContext.privileged == true
      | project Namespace = tostring(RawEventData.ObjectRef.namespace), Container = tostring(Container.name), User = tostring(RawEventData.User.username)`)
    expect(results).toEqual([
      { Namespace: 'shop', Container: 'a', User: 'bob' },
      { Namespace: 'shop', Container: 'a', User: 'bob' },
    ])
  })

  it('matches whole terms, whatever their case, through the text index', async () => {
    const { results, sql } = await hunt(
      'CloudProcessEvents | where ProcessCommandLine has "xmrig" | project ProcessCommandLine | sort by ProcessCommandLine asc',
    )
    expect(results.map((row) => row['ProcessCommandLine'])).toEqual(['XMRig --help', 'xmrig -o pool:3333'])
    expect(sql).toContain('hasAllTokens')
  })

  it('runs lists of hundreds of words, and pipelines of a hundred operators', async () => {
    const words = Array.from({ length: 400 }, (_, index) => `"tool${index}"`)
    const steps = Array.from({ length: 100 }, (_, index) => `extend a${index} = strcat(Name, "${index}")`)
    const either = Array.from({ length: 400 }, (_, index) => `Name contains "w${index}"`)
    const { results } = await hunt(
      `CloudProcessEvents | extend Name = strcat(ProcessCommandLine, "") | where Name has_any (${words.join(', ')}, "xmrig", ":") | ${steps.join(' | ')} | where not(${either.join(' or ')}) | project Name, a99 | sort by Name asc`,
    )
    expect(results.map((row) => [row['Name'], row['a99']])).toEqual([
      ['XMRig --help', 'XMRig --help99'],
      ['xmrig -o pool:3333', 'xmrig -o pool:333399'],
    ])
    const endless = `CloudProcessEvents ${'| summarize Starts = count() by ProcessName '.repeat(200)}`
    expect((await refusal(endless)).problem.detail).toMatch(/more steps within each other .* about a hundred operators/)
  })

  it('answers as runHuntingQuery does, with its capital letters', async () => {
    const token = await server.token('viewer')
    const response = await fetch(`${server.origin}/api/v1/hunting/query`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ Query: 'CloudProcessEvents | count', Timespan: 'P1D' }),
    })
    expect(await response.json()).toMatchObject({ schema: [{ name: 'Count', type: 'long' }], results: [{ Count: 3 }] })
  })

  it('keeps to the time span', async () => {
    expect((await hunt('CloudProcessEvents | count', 'PT1H')).results).toEqual([{ Count: 3 }])
    expect((await hunt('CloudProcessEvents | count', '2020-01-01/2020-02-01')).results).toEqual([{ Count: 0 }])
    const call = await server.as('viewer')
    await expect(call('huntingQuery', { body: { query: 'print 1', timespan: 'yesterday' } })).rejects.toThrow(
      /ISO 8601/,
    )
  })

  it('says how many rows there are beyond those shown', async () => {
    const { results, truncated, total } = await hunt('range x from 1 to 12345 step 1')
    expect([results.length, truncated, total]).toEqual([10_000, true, 12_345])
  })

  it('asks the data for the columns of bag_unpack and pivot', async () => {
    const unpacked = await hunt('print d = dynamic({"a": 1, "b": "x"}) | evaluate bag_unpack(d) | extend c = a + 1')
    expect(unpacked.results).toEqual([{ a: 1, b: 'x', c: 2 }])
    const pivoted = await hunt(
      'datatable(k: string, v: string)["a", "x", "a", "y", "b", "x"] | evaluate pivot(v, count(), k) | sort by k asc',
    )
    expect(pivoted.results).toEqual([
      { k: 'a', x: 1, y: 1 },
      { k: 'b', x: 1, y: 0 },
    ])
  })
})

describe('tables of what Cordon knows', () => {
  beforeAll(async () => {
    await server.deps.commitUnrecorded(async (tx) => {
      const row = {
        key: 'pod:prod/shop/o%27brien',
        uid: 'u1',
        kind: 'pod',
        cluster: 'prod',
        namespace: 'shop',
        name: `o'br\\ien`,
        labels: '{"app":"web"}',
        manifest: '{}',
        resource_version: null,
        last_seen: new Date(),
        gone_at: null,
      }
      await tx.insertInto('entities').values(row).execute()
      return { result: undefined, changed: [] }
    })
  })

  it('joins the inventory with events', async () => {
    const { results } = await hunt(
      'KubernetesEntities | where Labels.app == "web" | project EntityName, KubernetesNamespace | join kind=inner (CloudProcessEvents | summarize Starts = count() by KubernetesNamespace) on KubernetesNamespace | project EntityName, Starts',
    )
    expect(results).toEqual([{ EntityName: `o'br\\ien`, Starts: 3 }])
  })

  it('has no rows where there are none', async () => {
    for (const table of ['AlertInfo', 'AlertEvidence', 'IncidentInfo', 'ResponseActions'])
      expect((await hunt(`${table} | count`)).results).toEqual([{ Count: 0 }])
  })
})

it('keeps DNS questions and answers with the documented columns, found by the hunts of their pod', async () => {
  const sent = (dns: object) => ({
    type: 'dns',
    time: Date.now(),
    node: 'n1',
    process: { name: 'curl', pid: 7 },
    container: { id: 'c9', name: 'web', image: 'web:1', imageDigest: 'sha256:1' },
    pod: { namespace: 'shop', name: 'asker', workload: 'asker', workloadKind: 'Deployment' },
    dns: { query: 'Pool.Example.', queryType: 'a', transactionId: 4660, ...dns },
  })
  const body = [sent({}), sent({ responseCode: 3, durationMs: 12, server: '10.96.0.10', answers: ['1.2.3.4'] })]
  const { events } = normaliseProcessEvents(body, { cluster: 'prod', receivedAt: Date.now() })
  await storeEvents(server.store, events)
  const { schema, results } = await hunt('CloudDnsEvents | sort by DnsEventSubType asc')
  expect(schema.map(({ name }) => name).join()).toBe(
    'Timestamp,ReportId,ActionType,AzureResourceId,AwsResourceName,GcpFullResourceName,KubernetesResource,KubernetesNamespace,KubernetesPodName,ContainerName,ContainerId,ImageName,ProcessName,ProcessId,DnsEventType,DnsEventSubType,DnsQuery,DnsQueryTypeName,DnsResponseCodeName,DnsNetworkDuration,TransactionIdHex,ImageDigest,Region,HostName,AdditionalFields',
  )
  expect(results).toMatchObject([
    { DnsEventSubType: 'request', DnsQuery: 'Pool.Example', DnsQueryTypeName: 'A', DnsNetworkDuration: null },
    {
      ActionType: 'DnsResponse',
      DnsResponseCodeName: 'NXDOMAIN',
      DnsNetworkDuration: 12,
      TransactionIdHex: '1234',
      KubernetesResource: 'shop/deployment/asker',
      HostName: 'n1',
      AdditionalFields: { ClusterName: 'prod', Answers: ['1.2.3.4'], DnsServer: '10.96.0.10' },
    },
  ])
  const call = await server.as('viewer')
  for (const key of ['pod:prod/shop/asker', 'domain:example']) {
    const { hunts } = await call('huntingReady', { query: { key } })
    const found = await hunt(hunts.find(({ id }) => id === 'dns')?.query ?? '')
    expect(found.results[0]).toMatchObject({ KubernetesPodName: 'asker', DnsQuery: 'Pool.Example' })
  }
  // Detection gets the very event again after a crash.
  const { rows } = await server.store.query(`SELECT ${replayColumns('CloudDnsEvents').join(', ')} FROM CloudDnsEvents`)
  expect(rows.map((row) => eventFromRow('CloudDnsEvents', row))).toEqual(expect.arrayContaining(events))
})

describe('what is refused', () => {
  it('says what a query took for granted in its own words, and nothing of the engine', async () => {
    const error = await refusal('let min = 0; print x = assert(min > 0, "connection: must be above 0. It\'s not")')
    const said = "assert() has failed with message: 'connection: must be above 0. It's not'"
    expect(error.problem.detail).toBe(`${said}.`)
    expect(error.problem.errors).toEqual([expect.objectContaining({ message: said })])
    expect((await refusal('CloudProcessEvents | where assert(ProcessName == "sh", "no")')).message).toMatch(
      /ProcessName/,
    )
  })

  it('repairs a single =', async () => {
    const call = await server.as('viewer')
    const query = 'CloudProcessEvents | where ProcessName = "sh"'
    const { diagnostics } = await call('huntingDiagnose', { body: { query } })
    const [fix] = diagnostics.filter((each) => each.fix)
    expect(query.slice(0, fix?.start) + (fix?.fix ?? '') + query.slice(fix?.end)).toBe(
      'CloudProcessEvents | where ProcessName == "sh"',
    )
  })

  it.each([
    ['externaldata(a: string) [@"http://127.0.0.1/x"]', /externaldata/],
    ['cluster("x").database("y").T', /./],
    ['CloudProcessEvents | project _Cluster', /_Cluster/],
    ['system.tables | count', /system/],
    ['.show tables', /./],
    ['CloudProcessEvents | invoke file("/etc/passwd")', /file/],
    ['CloudProcessEvents | evaluate python(typeof(*), "x")', /./],
    ['CloudProcessEvents | reduce by ProcessName', /reduce-by is not supported .*at line 1, column 22/],
    ['CloudProcessEvents | extend x = hash(ProcessId)', /hash/],
  ])('%s', async (query, said) => {
    const { problem } = await refusal(query)
    expect(problem.status).toBe(400)
    expect(problem.detail).toMatch(said)
    expect(problem.errors?.[0]?.path).toMatch(/^query:\d+-\d+$/)
  })

  it('lets no text, name or pattern out of its place', async () => {
    const hostile = [
      `'`,
      `"`,
      '\\',
      `\\'`,
      '`',
      '${x}',
      '{p0:String}',
      '*/',
      '/*',
      '--',
      ';',
      `') OR 1=1 --`,
      `\u0000`,
      '\u2028',
      '%',
      '_',
      '\t',
      '\n',
      '🙂',
      '${',
      `'||(SELECT 1)||'`,
      ') UNION ALL SELECT 1',
      "unhex('00')",
      '[',
      '(?i)',
      '\\Q',
      '$1',
      '`$`.`x`',
    ]
    for (const text of hostile) {
      const literal = JSON.stringify(text).replaceAll('\u2028', '\\u2028')
      const { results } = await hunt(
        `print a = ${literal} | extend b = strlen(a), c = strcat(a, "x"), d = a == ${literal}, e = a contains ${literal}, f = a in (${literal}, "q"), g = pack_array(a), h = bag_pack(a, a), i = replace_string(a, ${literal}, "y"), j = split(strcat("l", a, "r"), ${literal})`,
      )
      expect(results[0]).toMatchObject({
        a: text,
        b: [...text].length,
        c: `${text}x`,
        d: true,
        e: true,
        f: true,
        g: [text],
        h: { [text]: text },
        i: 'y',
        j: ['l', 'r'],
      })
    }
    for (const name of [`a'b`, 'a`b', 'a"b', 'a b', '$', 'a.b', '--', 'Timestamp; DROP']) {
      const column = `['${name.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}']`
      expect((await hunt(`print ${column} = 1 | where ${column} == 1 | project ${column}`)).results).toEqual([
        { [name]: 1 },
      ])
    }
  })
})

describe('people apart', () => {
  it('a scope decides what every table shows', async () => {
    const options = { time: {}, now: BigInt(Date.now()) * 10_000n }
    for (const query of [
      'CloudProcessEvents | count',
      'union CloudProcessEvents, (CloudProcessEvents | where false) | count',
      'let t = CloudProcessEvents; t | join kind=leftanti (t | where false) on ProcessName | count',
      'search in (CloudProcessEvents) "xmrig" | count',
    ]) {
      const compiled = await server.engine.compile(query, { ...options, scope: { clusters: ['dev'] } }, () =>
        Promise.resolve([]),
      )
      if (compiled.state !== 'ready') throw new Error(JSON.stringify(compiled))
      const { rows } = await server.store.query(compiled.translation.sql, compiled.translation.parameters)
      expect(rows).toEqual([{ r0: '1' }])
    }
  })

  it('rows of a query that failed never reach the next one', async () => {
    const [ann, ben] = await Promise.all([server.as('viewer'), server.as('analyst')])
    for (let round = 0; round < 10; round += 1) {
      const failing = ann('huntingQuery', {
        body: {
          query:
            'range x from 1 to 500000 step 1 | extend secret = strcat("ann", x) | extend y = substring(strrep(secret, 1024), 0, 100000) | summarize make_list(y) by x',
        },
      }).catch(() => undefined)
      const { results } = await ben('huntingQuery', { body: { query: 'print mine = "ben"' } })
      expect(results).toEqual([{ mine: 'ben' }])
      await failing
      expect((await ben('huntingQuery', { body: { query: 'print mine = "ben"' } })).results).toEqual([{ mine: 'ben' }])
    }
  }, 120_000)

  it('keeps the history of each person and the last thirty runs', async () => {
    const call = await server.as('lead')
    for (let run = 0; run < 32; run += 1) await call('huntingQuery', { body: { query: `print run = ${run}` } })
    await call('huntingQuery', { body: { query: 'print oops(' } }).catch(() => undefined)
    const { items } = await call('huntingHistory', {})
    expect(items).toHaveLength(30)
    expect(items[0]).toMatchObject({ state: 'failed', query: 'print oops(' })
    expect(items[1]).toMatchObject({ state: 'finished', rows: 1, query: 'print run = 31' })
    expect((await (await server.as('administrator'))('huntingHistory', {})).items).toEqual([])
  })

  it('shows shared queries to everyone, and lets only their owner change them', async () => {
    const [ann, ben] = await Promise.all([server.as('viewer'), server.as('analyst')])
    const mine = await ann('huntingQueryCreate', { body: { name: 'Mine', query: 'print 1' } })
    const ours = await ann('huntingQueryCreate', { body: { name: 'Ours', query: 'print 2', shared: true } })
    const seen = (await ben('huntingQueryList', {})).items
    expect(seen.find((each) => each.id === ours.id)?.folder).toBe('shared')
    expect(seen.find((each) => each.id === mine.id)).toBeUndefined()
    await expect(ben('huntingQueryUpdate', { params: { id: ours.id }, body: { query: 'print 3' } })).rejects.toThrow()
    await ann('huntingQueryDelete', { params: { id: mine.id } })
    expect((await ann('huntingQueryList', {})).items.find((each) => each.id === mine.id)).toBeUndefined()
  })
})

it('gives every ready hunt and every built-in query as one that runs', async () => {
  const call = await server.as('viewer')
  const keys = [
    'pod:prod/shop/web-0',
    'container:prod/shop/web-0/web',
    'service-account:prod/shop/default',
    'user:prod/eve',
    'namespace:prod/shop',
    'cluster:prod',
    'node:prod/n1',
    'image:registry.example%2Fshop%2Fweb%3A1',
    'workload:prod/shop/Deployment/web',
    'process:prod/x/%2Fusr%2Fbin%2Fxmrig',
    'file:prod/x/%2Ftmp%2F%22a',
    'ip:10.0.0.1',
    'domain:pool.example',
    'secret:prod/shop/db',
    'role:prod/shop/r',
    'role-binding:prod/shop/r',
    'service:prod/shop/s',
  ]
  const { items } = await call('huntingQueryList', {})
  const { tables } = await call('huntingSchema', {})
  const queries = [
    ...items.map((item) => item.query),
    ...tables.flatMap((table) => table.samples.map((sample) => sample.query)),
  ]
  for (const key of keys)
    queries.push(...(await call('huntingReady', { query: { key } })).hunts.map((each) => each.query))
  for (const query of queries) await hunt(query).catch((error: unknown) => expect.fail(`${query}: ${String(error)}`))
  const exec = (await call('huntingReady', { query: { key: 'pod:prod/kube-system/dns-0' } })).hunts.find(
    (each) => each.id === 'exec',
  )
  expect((await hunt(exec?.query ?? '')).results).toMatchObject([
    { Subresource: 'exec', User: 'eve', Command: 'sh -c' },
  ])
}, 120_000)
