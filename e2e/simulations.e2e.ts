import { expect, type APIRequestContext, test } from '@playwright/test'
import { administratorToken, signIn } from './analyst.ts'

interface Run {
  id: string
  scenario: string
  cluster: string
  namespace: string
  state: string
}
interface Alert {
  title: string
  incidentId: number
}
interface Source {
  latency: { until: string; alerts: number }[]
}

const headers = { authorization: `Bearer ${administratorToken}` }

async function read<T>(request: APIRequestContext, path: string): Promise<T> {
  return (await (await request.get(`/api/v1${path}`, { headers })).json()) as T
}

async function start(request: APIRequestContext, scenario: string, cluster: string): Promise<string> {
  const answer = await request.post('/api/v1/simulations', { headers, data: { scenario, cluster, keep: false } })
  return ((await answer.json()) as { id: string }).id
}

test('each simulation raises exactly its alerts in one incident, also three attacks at once; the screen is measured', async ({
  page,
  request,
}) => {
  test.setTimeout(300_000)
  await signIn(page, 'analyst')
  await page.mouse.move(600, 5) // off the queue, whose rows stand still under the pointer
  type List = { scenarios: { id: string; expectedAlerts: string[] }[]; runs: Run[] }
  const { scenarios } = await read<List>(request, '/simulations')
  const ids: string[] = []
  const ended = () =>
    expect(async () => {
      const { runs } = await read<List>(request, '/simulations')
      expect(runs.filter(({ state }) => state === 'running')).toEqual([])
    }).toPass({ timeout: 120_000 })
  await ended()
  ids.push(
    ...(await Promise.all([
      start(request, 'crypto-mining', 'aks-prod'),
      start(request, 'crypto-mining', 'edge-k3s'),
      start(request, 'reconnaissance', 'eks-legacy'),
    ])),
  )
  await ended()
  for (const { id } of scenarios) {
    ids.push(await start(request, id, 'aks-prod'))
    await ended()
  }
  const incidents: number[] = []
  for (const run of (await read<List>(request, '/simulations')).runs.filter(({ id }) => ids.includes(id))) {
    const expected = scenarios.find(({ id }) => id === run.scenario)?.expectedAlerts ?? []
    await expect(async () => {
      const path = `/alerts?cluster=${run.cluster}&namespace=${run.namespace}&limit=100`
      const { items } = await read<{ items: Alert[] }>(request, path)
      expect(items.map(({ title }) => title).toSorted()).toEqual(expected.toSorted())
      const [incident, ...others] = new Set(items.map(({ incidentId }) => incidentId))
      expect(others).toEqual([])
      incidents.push(incident ?? 0)
    }, `${run.scenario} on ${run.cluster}`).toPass({ timeout: 30_000 })
  }
  expect(new Set(incidents).size).toBe(ids.length)

  await expect(async () => {
    const { sources } = await read<{ sources: Source[] }>(request, '/coverage')
    const shown = sources.flatMap(({ latency }) => latency.filter(({ until }) => until === 'shown'))
    expect(shown.reduce((sum, { alerts }) => sum + alerts, 0)).toBeGreaterThan(10)
  }).toPass({ timeout: 20_000 })
})
