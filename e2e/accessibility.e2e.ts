import { type APIRequestContext, expect, test } from '@playwright/test'
import { administratorToken, signIn } from './analyst.ts'
import { serious } from './axe.ts'

const pages = [
  '/incidents',
  '/incidents/1',
  '/incidents/1/alerts',
  '/incidents/1/activities',
  '/alerts',
  '/actions',
  '/clusters',
  '/coverage',
  '/detection-rules',
  '/simulation',
  '/containment',
  '/record',
  '/handover',
  '/tuning',
  '/hunting',
  '/hunting/detections',
  '/hunting/detections/new',
  '/hunting/detections/new?query=CloudProcessEvents%20%7C%20count',
  '/actions?tab=pending',
  '/coverage?tab=attack',
  '/access',
  '/access?tab=retention',
  '/entities/cluster%3Aaks-prod',
  '/no-such-page',
]

async function detection(request: APIRequestContext, name: string): Promise<{ id: string }> {
  const answer = await request.post('/api/v1/custom-detections', {
    headers: { authorization: `Bearer ${administratorToken}` },
    data: {
      name,
      query: 'CloudProcessEvents | where ProcessName == "sh"',
      frequencyMinutes: 60,
      lookbackMinutes: 240,
      severity: 'low',
      category: 'execution',
      title: 'Shell in {{KubernetesPodName}}',
      entities: [{ kind: 'pod', role: 'impacted', parts }],
      dedupe: { columns: [], windowMinutes: 1440 },
      enabled: false,
    },
  })
  expect(answer.ok(), await answer.text()).toBe(true)
  return (await answer.json()) as { id: string }
}

const parts = {
  cluster: { column: 'AdditionalFields.ClusterName' },
  namespace: { column: 'KubernetesNamespace' },
  pod: { column: 'KubernetesPodName' },
}

for (const colorScheme of ['dark', 'light'] as const) {
  test(`axe finds nothing serious on any page, ${colorScheme}`, async ({ browser }) => {
    test.setTimeout(240_000)
    const context = await browser.newContext({
      colorScheme,
      reducedMotion: 'reduce',
      viewport: { width: 1280, height: 800 },
    })
    const page = await context.newPage()
    await page.goto('/')
    await expect(page.getByLabel('Password')).toBeVisible()
    const found = await serious(page, 'sign-in')
    await signIn(page, 'admin')
    await expect(page.getByRole('link', { name: /in pod/ }).first()).toBeVisible({ timeout: 60_000 })
    const { id } = await detection(page.request, `Shells, ${colorScheme}`)
    for (const path of [...pages, `/hunting/detections/${id}`, `/hunting/detections/${id}?tab=definition`]) {
      await page.goto(path)
      await expect(page.getByRole('heading').first()).toBeVisible()
      await page.waitForLoadState('networkidle').catch(() => undefined) // the stream never ends
      found.push(...(await serious(page, path)))
    }
    expect(found).toEqual([])
    await context.close()
  })
}
