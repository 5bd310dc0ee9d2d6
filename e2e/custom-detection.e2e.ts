import { expect, test } from '@playwright/test'
import { administratorToken, signIn } from './analyst.ts'

const cluster = 'aks-prod'

test('a query becomes a detection that fires into an incident', async ({ page, request }) => {
  const word = `beacon${Date.now().toString(36)}`
  const send = async (pod: string) => {
    const event = {
      time: new Date().toISOString(),
      id: `${word}-${pod}`,
      pod: { namespace: 'shop', name: pod },
      container: { id: 'c1', name: 'web', image: 'registry.example/shop/web:1' },
      process: { pid: 7, name: word, exe: `/tmp/${word}`, commandLine: `${word} --connect` },
    }
    const answer = await request.post(`/ingest/v1/process-events/${cluster}`, {
      headers: { authorization: 'Bearer e2e-ingest-token-for-all', 'content-type': 'application/x-ndjson' },
      data: JSON.stringify(event),
    })
    expect(answer.ok(), await answer.text()).toBe(true)
  }
  await signIn(page, 'analyst')

  await test.step('what the query lacks is named and repaired', async () => {
    const query = `CloudProcessEvents\n| where ProcessCommandLine has "${word}"\n| project ProcessName`
    await page.goto(`/hunting/detections/new?${new URLSearchParams({ query })}`)
    await expect(page.getByText('The answer has no column Timestamp')).toBeVisible()
    await page.getByRole('button', { name: 'Add the pod and its cluster' }).click()
    await expect(page.getByText('The answer has no column Timestamp')).toBeHidden()
    await expect(page.getByLabel('Entity 1', { exact: true })).toHaveValue('pod')
  })

  await test.step('it is previewed and saved', async () => {
    await page.getByLabel('Name', { exact: true }).fill(`Beacons ${word}`)
    await page.getByLabel('Frequency').selectOption({ label: 'Continuous' })
    await page.getByLabel('Alert title').fill('Beacon in {{KubernetesPodName}}')
    await page.getByRole('button', { name: 'Preview', exact: true }).click()
    await expect(page.getByRole('complementary', { name: 'Preview' })).toContainText('0 alerts from 0 rows')
    await page.getByRole('button', { name: 'Save and run' }).click()
    await expect(page.getByRole('heading', { level: 1, name: `Beacons ${word}` })).toBeVisible()
  })

  await test.step('an event raises an alert of an incident', async () => {
    await send('beacon-0')
    await page.getByRole('tab', { name: /^Alerts/ }).click()
    await page.getByRole('link', { name: 'Beacon in beacon-0' }).click({ timeout: 60_000 })
    await expect(page.getByText('Cordon > Custom detection')).toBeVisible()
    await expect(page.getByRole('link', { name: 'Open the query with the rows of this run' })).toBeVisible()
    const headers = { authorization: `Bearer ${administratorToken}` }
    const found = await request.get(`/api/v1/incidents?${new URLSearchParams({ search: 'beacon-0' })}`, { headers })
    const { items } = (await found.json()) as { items: { detectionSources: string[] }[] }
    expect(items[0]?.detectionSources).toContain('Custom detection')
  })
})
