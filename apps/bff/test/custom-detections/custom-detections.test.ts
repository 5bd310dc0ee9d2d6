import { ProblemError } from '@cordon/contract'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  ago,
  type Definition,
  detectionServer,
  type DetectionServer,
  finding,
  miner,
  miners,
} from './detection-server.ts'

let server: DetectionServer
let analyst: Awaited<ReturnType<DetectionServer['as']>>
beforeAll(async () => {
  server = await detectionServer()
  analyst = await server.as('analyst')
})
afterAll(() => server.close())
beforeEach(async () => {
  for (const { id } of (await analyst('customDetectionList', {})).items)
    await analyst('customDetectionDelete', { params: { id } })
})

const alertsOf = async (id: string) =>
  (await analyst('alertList', { query: { ruleId: [`custom:${id}`], hidden: 'any', sort: 'title', dir: 'asc' } })).items

async function refusal(promise: Promise<unknown>): Promise<ProblemError> {
  const error = await promise.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ProblemError)
  return error as ProblemError // just checked
}

describe('a custom detection', () => {
  it('raises an alert per pod that flows into incidents, with values of the first row', async () => {
    await server.ingest(miner('alpha', ago(90)), miner('alpha', ago(80)), miner('alpha', ago(70), 'api-0'))
    const { id } = await analyst('customDetectionCreate', { body: finding('alpha') })
    const detection = await server.settled(id)
    expect(detection.lastRun).toMatchObject({ state: 'completed', rows: 3, alerts: 2, repeats: 1 })
    expect(detection.lastRun?.rowsRead).toBeGreaterThan(0)
    const alerts = await alertsOf(id)
    expect(alerts.map(({ title, occurrences }) => [title, occurrences])).toEqual([
      ['Miner in api-0', 1],
      ['Miner in web-0', 2],
    ])
    expect(alerts[1]).toMatchObject({
      description: 'It ran xmrig alpha from registry.example/shop/web:1.',
      detectionSource: 'Custom detection',
      cluster: 'prod',
      namespace: 'shop',
      tactics: ['impact'],
      techniques: ['T1496'],
      origin: { customDetection: id, name: 'Miners alpha' },
    })
    const incident = await analyst('incidentGet', { params: { id: alerts[1]?.incidentId ?? 0 } })
    expect(incident.detectionSources).toEqual(['Custom detection'])
    expect(incident.impactedAssets.map(({ name }) => name)).toContain('shop/web-0')
  })

  it('never doubles an alert when a span is run again, also not one that was resolved', async () => {
    await server.ingest(miner('beta', ago(30)))
    const { id } = await analyst('customDetectionCreate', { body: finding('beta') })
    await server.settled(id)
    const [alert] = await alertsOf(id)
    await analyst('alertUpdate', { params: { id: alert?.id ?? '' }, body: { status: 'resolved' } })
    await analyst('customDetectionRun', { params: { id } })
    const { lastRun } = await server.settled(id)
    expect(lastRun).toMatchObject({ kind: 'manual', rows: 1, alerts: 0, repeats: 0 })
    expect(await alertsOf(id)).toMatchObject([{ occurrences: 1 }])
    // A changed mapping tells rows apart in another way; what was judged stays judged.
    await analyst('customDetectionUpdate', {
      params: { id },
      body: { dedupe: { columns: ['ProcessName'], windowMinutes: 60 } },
    })
    await analyst('customDetectionRun', { params: { id } })
    await server.settled(id)
    expect(await alertsOf(id)).toHaveLength(1)
  })

  it('catches up with the spans that were missed, each by itself, and says what it left out', async () => {
    const count =
      'CloudProcessEvents | where ProcessCommandLine has "gamma" | summarize Timestamp = max(Timestamp), Starts = count() by KubernetesNamespace, KubernetesPodName, ClusterName = tostring(parse_json(AdditionalFields).ClusterName) | where Starts >= 2'
    const pod = {
      cluster: { column: 'ClusterName' },
      namespace: { column: 'KubernetesNamespace' },
      pod: { column: 'KubernetesPodName' },
    }
    const { id } = await analyst('customDetectionCreate', {
      body: finding('gamma', {
        query: count,
        title: 'Started {{Starts}} times',
        description: '',
        lookbackMinutes: 60,
        entities: [{ kind: 'pod', role: 'impacted', parts: pod }],
      }),
    })
    await server.settled(id)
    // Two starts within one missed hour raise an alert; two in hours of their own don't.
    await server.ingest(miner('gamma', ago(170), 'once'), miner('gamma', ago(165), 'once'))
    await server.ingest(miner('gamma', ago(170), 'apart'), miner('gamma', ago(65), 'apart'))
    await server.lastCovered(id, ago(5 * 60))
    await server.settled(id)
    expect((await alertsOf(id)).map(({ title }) => title)).toEqual(['Started 2 times'])
    const { runs } = await analyst('customDetectionGet', { params: { id } })
    expect(runs.map(({ kind }) => kind)).toEqual([
      'scheduled',
      'catch-up',
      'catch-up',
      'catch-up',
      'catch-up',
      'scheduled',
    ])
  })

  it('says which span it left out when it was away for too long', async () => {
    const { id } = await analyst('customDetectionCreate', {
      body: finding('kappa', { frequencyMinutes: 1440, lookbackMinutes: 1440 }),
    })
    await server.settled(id)
    const long = ago(20 * 24 * 60)
    await server.lastCovered(id, long)
    const { nextRunAt } = await server.settled(id)
    const { runs } = await analyst('customDetectionGet', { params: { id } })
    expect(runs.filter(({ kind }) => kind === 'catch-up')).toHaveLength(6)
    const [gap] = runs.filter(({ kind }) => kind === 'gap')
    expect(gap).toMatchObject({ state: 'skipped', from: new Date(long).toISOString() })
    expect(gap?.to).toBe(runs.filter(({ kind }) => kind === 'catch-up').at(-1)?.from)
    expect(Date.parse(nextRunAt ?? '')).toBeGreaterThan(Date.now())
  })

  it('runs on every new row by itself where it can, once each, also over a restart', async () => {
    await server.ingest(miner('delta', ago(5)))
    const { id } = await analyst('customDetectionCreate', {
      body: finding('delta', { frequencyMinutes: 0, lookbackMinutes: 5 }),
    })
    await server.settled(id)
    expect(await alertsOf(id)).toHaveLength(0)
    await server.ingest(miner('delta', ago(3)), miner('delta', ago(2), 'api-0'))
    await server.settled(id)
    await server.restart()
    await server.ingest(miner('delta', ago(1)))
    const detection = await server.settled(id)
    expect((await alertsOf(id)).map(({ title, occurrences }) => [title, occurrences])).toEqual([
      ['Miner in api-0', 1],
      ['Miner in web-0', 2],
    ])
    expect(detection.lastRun).toMatchObject({ kind: 'continuous', rows: 1 })
  })

  it('keeps what attackers write inert: no value is read as a placeholder or keeps control characters', async () => {
    await server.ingest(miner('epsilon {{KubernetesNamespace}} \u001b[31m\u202eevil', ago(9), 'web-0'))
    const { id } = await analyst('customDetectionCreate', {
      body: finding('epsilon', { title: '{{ProcessCommandLine}}' }),
    })
    await server.settled(id)
    expect(await alertsOf(id)).toMatchObject([{ title: 'xmrig epsilon {{KubernetesNamespace}} [31m evil' }])
  })

  it('says where limits cut: alerts over 150 a run are raised by the next', { timeout: 120_000 }, async () => {
    await server.ingest(...Array.from({ length: 160 }, (_none, index) => miner('zeta', ago(30), `pod-${index}`)))
    const { id } = await analyst('customDetectionCreate', { body: finding('zeta') })
    const { lastRun } = await server.settled(id)
    expect(lastRun).toMatchObject({ state: 'partly', alerts: 150 })
    expect(lastRun?.notes.join()).toContain('10 more alerts')
    await analyst('customDetectionRun', { params: { id } })
    expect((await server.settled(id)).lastRun).toMatchObject({ state: 'completed', alerts: 10 })
  })

  it('is paused after repeated failures, with the reason, and goes on when someone has changed it', async () => {
    const { id } = await analyst('customDetectionCreate', { body: finding('eta') })
    await server.settled(id)
    // What a later version of the language may refuse: it was fit when it was stored.
    await server.deps.db
      .updateTable('custom_detections')
      .set({ definition: JSON.stringify({ ...finding('eta'), query: 'NoSuchTable | take 1' }) })
      .where('id', '=', id)
      .execute()
    for (let failed = 0; failed < 5; failed += 1) {
      await server.lastCovered(id, ago(90))
      await server.settled(id)
    }
    const paused = await server.settled(id)
    expect(paused).toMatchObject({ state: 'paused', enabled: false, failures: 5 })
    expect(paused.note).toMatch(/NoSuchTable.*line 1, column 1/)
    const { items } = await (await server.as('administrator'))('ledgerList', { query: { limit: 10 } })
    expect(items.map(({ kind }) => kind)).toContain('custom-detection.pause')
    await analyst('customDetectionUpdate', { params: { id }, body: { query: finding('eta').query, enabled: true } })
    expect(await server.settled(id)).toMatchObject({
      state: 'on',
      note: null,
      failures: 0,
      lastRun: { state: 'completed' },
    })
  })
})

describe('what can be stored', () => {
  it('names what a query lacks, with a query that repairs it', async () => {
    const query =
      'CloudProcessEvents | where ProcessCommandLine has "a|b" | summarize Starts = count() by ProcessName | where Starts > 3'
    const { problems, notContinuous } = await analyst('customDetectionCheck', { body: { query } })
    expect(notContinuous).toContain('summarizes')
    expect(problems.map(({ field }) => field)).toEqual(['query', 'entities'])
    const repaired = problems[1]?.fix?.query ?? ''
    const again = await analyst('customDetectionCheck', { body: { query: repaired } })
    expect(again.problems).toEqual([])
    expect(again.suggested.map(({ kind }) => kind)).toContain('pod')
  })

  it.each([
    [
      'continuous',
      {
        frequencyMinutes: 0,
        query: `${miners.query} | summarize Timestamp = max(Timestamp), take_any(KubernetesNamespace, KubernetesPodName, AdditionalFields)`,
      },
      /can't run continuously/,
    ],
    [
      'continuous with a second read',
      { frequencyMinutes: 0, query: `let n = toscalar(CloudProcessEvents | count); ${miners.query} and ProcessId < n` },
      /more than once/,
    ],
    ['an unknown column in the title', { title: 'In {{Pod}}' }, /no column Pod/],
    [
      'a part without its column',
      { entities: [{ kind: 'pod', role: 'impacted', parts: { pod: { column: 'KubernetesPodName' } } }] },
      /Cluster is needed/,
    ],
    ['a refused query', { query: 'CloudProcessEvents | where ProcessName = "sh"' }, /==/],
    ['a look-back below the frequency', { lookbackMinutes: 30 }, /shorter/],
  ] as [string, Partial<Definition>, RegExp][])('refuses %s', async (_name, more, words) => {
    const error = await refusal(analyst('customDetectionCreate', { body: { ...miners, ...more } }))
    expect(error.problem.status).toBe(400)
    expect(JSON.stringify(error.problem)).toMatch(words)
  })

  it('needs the right to tune detections, and keeps who changed what', async () => {
    const viewer = await server.as('viewer')
    expect((await refusal(viewer('customDetectionCreate', { body: miners }))).problem.detail).toContain(
      'Detection tuning (manage)',
    )
    const { id, version } = await analyst('customDetectionCreate', { body: finding('theta') })
    await refusal(analyst('customDetectionCreate', { body: finding('theta') }))
    await analyst('customDetectionUpdate', { params: { id }, body: { severity: 'low', version } })
    expect(
      (await refusal(analyst('customDetectionUpdate', { params: { id }, body: { severity: 'medium', version } })))
        .problem.status,
    ).toBe(409)
    await analyst('customDetectionUpdate', { params: { id }, body: { enabled: false } })
    await analyst('customDetectionDelete', { params: { id } })
    const { items } = await (
      await server.as('administrator')
    )('ledgerList', { query: { subject: `custom-detection:${id}` } })
    expect(items.map(({ kind, details }) => [kind, (details as { severity?: unknown }).severity])).toEqual([
      ['custom-detection.delete', 'low'],
      ['custom-detection.switch', undefined],
      ['custom-detection.update', { from: 'high', to: 'low' }],
      ['custom-detection.create', 'high'],
    ])
  })

  it('previews the past 30 days, per day and with sample rows, and stores nothing', async () => {
    await server.ingest(
      miner('iota', ago(3 * 24 * 60)),
      miner('iota', ago(3 * 24 * 60 - 10)),
      miner('iota', ago(60), 'api-0'),
    )
    const preview = await analyst('customDetectionPreview', { body: finding('iota') })
    expect(preview).toMatchObject({ alerts: 2, rows: 3, notes: [] })
    const day = new Date(ago(3 * 24 * 60)).toISOString().slice(0, 10)
    expect(preview.days.find((one) => one.day === day)?.alerts).toBe(1)
    expect(preview.examples[0]).toMatchObject({
      title: 'Miner in api-0',
      rows: 1,
      sample: { ProcessCommandLine: 'xmrig iota' },
    })
    expect((await analyst('customDetectionList', {})).items).toEqual([])
  })
})
