import { expect, test } from '@playwright/test'
import { administratorToken, signIn } from './analyst.ts'
import { podOf } from './pods.ts'

const cluster = 'aks-prod'

test('a query becomes a detection that fires into an incident, and asks for a response that a lead approves', async ({
  page,
  request,
  browser,
}) => {
  test.setTimeout(240_000)
  const target = await podOf(request, cluster, 'shop', 'Deployment', 'catalog')
  const pod = target.split('/').at(-1) ?? ''
  const word = `beacon${Date.now().toString(36)}`
  const send = async () => {
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
    await page.getByLabel('Response to ask for').selectOption({ label: 'Terminate pod' })
    await page.getByLabel('Alert title').fill('Beacon in {{KubernetesPodName}}')
    await page.getByRole('button', { name: 'Preview', exact: true }).click()
    await expect(page.getByRole('complementary', { name: 'Preview' })).toContainText('0 alerts from 0 rows')
    await page.getByRole('button', { name: 'Save and run' }).click()
    await expect(page.getByRole('heading', { level: 1, name: `Beacons ${word}` })).toBeVisible()
  })

  await test.step('an event raises an alert of an incident', async () => {
    await send()
    await page.getByRole('tab', { name: /^Alerts/ }).click()
    await page.getByRole('link', { name: `Beacon in ${pod}` }).click({ timeout: 60_000 })
    await expect(page.getByText('Cordon > Custom detection')).toBeVisible()
    await expect(page.getByRole('link', { name: 'Open the query with the rows of this run' })).toBeVisible()
    const headers = { authorization: `Bearer ${administratorToken}` }
    const found = await request.get(`/api/v1/incidents?${new URLSearchParams({ search: pod })}`, { headers })
    const { items } = (await found.json()) as { items: { detectionSources: string[] }[] }
    expect(items.flatMap(({ detectionSources }) => detectionSources)).toContain('Custom detection')
  })

  await test.step('the response waits for a lead, who approves it', async () => {
    const other = await browser.newContext()
    const lead = await other.newPage()
    await signIn(lead, 'lead')
    await lead.goto('/actions?tab=pending')
    const row = lead.getByRole('row', { name: new RegExp(`Terminate pod .*${pod}`) }).first()
    await row.getByRole('link', { name: 'Terminate pod', exact: true }).click()
    const pane = lead.getByRole('complementary').last()
    await expect(pane).toContainText('A custom detection has asked for it')
    await pane.getByRole('button', { name: 'Approve' }).click()
    await expect(pane.getByText('Verified', { exact: true }).first()).toBeVisible({ timeout: 90_000 })
    await other.close()
  })
})

test('the list runs a detection now, switches it off and on, and names it to the ATT&CK matrix', async ({
  page,
  request,
}) => {
  const name = `List ${Date.now().toString(36)}`
  const made = await request.post('/api/v1/custom-detections', {
    headers: { authorization: `Bearer ${administratorToken}` },
    data: {
      name,
      query: 'CloudProcessEvents | where ProcessName == "not-there"',
      frequencyMinutes: 1440,
      lookbackMinutes: 1440,
      severity: 'low',
      category: 'discovery',
      techniques: ['T1021.004'],
      title: 'It is there',
      entities: [
        {
          kind: 'pod',
          role: 'impacted',
          parts: {
            cluster: { column: 'AdditionalFields.ClusterName' },
            namespace: { column: 'KubernetesNamespace' },
            pod: { column: 'KubernetesPodName' },
          },
        },
      ],
      enabled: false,
    },
  })
  expect(made.ok(), await made.text()).toBe(true)
  await signIn(page, 'analyst')
  await page.goto('/hunting/detections')
  const row = page.getByRole('row').filter({ hasText: name })
  await expect(row).toContainText('Not yet')
  await row.getByRole('button', { name: `Run ${name} now` }).click()
  await expect(row.getByText('Completed')).toBeVisible({ timeout: 60_000 })
  await expect(row.getByText('Off', { exact: true })).toBeVisible()
  await row.getByRole('button', { name: `Turn ${name} on` }).click()
  await expect(row.getByText('On', { exact: true })).toBeVisible()
  await row.getByRole('button', { name: `Turn ${name} off` }).click()
  await expect(row.getByText('Off', { exact: true })).toBeVisible()

  await page.goto('/coverage?tab=attack')
  const beyond = page.getByRole('region', { name: 'Beyond the container matrix' })
  await beyond.getByRole('button', { name: /Remote Services: SSH/ }).click()
  const pane = page.getByRole('complementary', { name: 'Technique' })
  await expect(pane.getByRole('listitem').filter({ hasText: name }).last()).toContainText('Switched off')
  await pane.getByRole('link', { name, exact: true }).click()
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()
})
