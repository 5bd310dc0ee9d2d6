import { expect, type Page, test } from '@playwright/test'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { act, administratorToken, openActions, signIn } from './analyst.ts'
import { asClusterAdmin } from './cluster-admin.ts'
import { podOf } from './pods.ts'

const console_ = '/api/v1/namespaces/cordon/serviceaccounts/cordon-console/token'
let stolenDeedOn = ''

/** Terminates a pod through the API and waits for the proof: the stories below begin after that. */
async function terminated(page: Page, workload: string, kind = 'Deployment', namespace = 'shop'): Promise<string> {
  const key = await podOf(page.request, 'aks-prod', namespace, kind, workload)
  const headers = { authorization: `Bearer ${administratorToken}` }
  const answer = await page.request.post('/api/v1/actions', {
    headers: { ...headers, 'idempotency-key': `record ${key}` },
    data: { type: 'terminate-pod', target: { key }, comment: 'Same image as the miner.', options: {} },
  })
  const { id } = (await answer.json()) as { id: string }
  await expect(async () => {
    const action = (await (await page.request.get(`/api/v1/actions/${id}`, { headers })).json()) as { state: string }
    expect(action.state).toBe('verified')
  }).toPass({ timeout: 90_000 })
  return id
}

// Comparing the record with the audit log lags by minutes; the deed is done first, its finding is looked for last.
test.beforeAll(async ({ request }) => {
  const key = await podOf(request, 'aks-prod', 'platform', 'Deployment', 'build-runner')
  stolenDeedOn = key.split('/').at(-1) ?? ''
  const token = await asClusterAdmin('aks-prod', 'POST', console_, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 3600 },
  })
  const pod = `/api/v1/namespaces/platform/pods/${stolenDeedOn}`
  const done = await asClusterAdmin('aks-prod', 'DELETE', pod, undefined, token.body.status.token)
  expect(done.status).toBe(200)
})

test('an isolation’s end is renewed from its pane', async ({ page }) => {
  await signIn(page, 'analyst')
  const key = await podOf(page.request, 'aks-prod', 'payments', 'Deployment', 'fraud-scorer')
  await act(page, await openActions(page, key), 'Isolate pod', 'Until the morning.')
  const progress = page.getByRole('dialog').getByRole('list', { name: 'Progress' })
  await expect(progress.getByText('Verified', { exact: true })).toBeVisible({ timeout: 45_000 })
  await page.keyboard.press('Escape')
  await page.getByRole('link', { name: 'Action center' }).click()
  await page
    .getByRole('row', { name: new RegExp(key.split('/').at(-1) ?? '') })
    .first()
    .getByRole('link', { name: 'Isolate pod' })
    .click()
  const pane = page.getByRole('complementary', { name: 'Action details' })
  await expect(pane).toContainText('Doesn’t end by itself.')
  await pane.getByLabel('From now, end it').selectOption('In 4 hours')
  await pane.getByRole('button', { name: 'Renew' }).click()
  await expect(page.getByText('New end recorded')).toBeVisible()
  await expect(pane).toContainText('Ends by itself at')
  await page.goto('/containment')
  const row = page.getByRole('row', { name: /fraud-scorer/ })
  await expect(row).toBeVisible()
  await expect(row.getByRole('cell', { name: 'no', exact: true })).toHaveCount(0)
})

test('a lead reviews what can’t be undone: agrees with one, disagrees with another and must say why', async ({
  page,
}) => {
  const [first, second] = [await terminated(page, 'storefront'), await terminated(page, 'catalog')]
  await signIn(page, 'lead')
  await page.getByRole('link', { name: 'Action center' }).click()
  await page.getByRole('tab', { name: /^Review/ }).click()
  const pane = page.getByRole('complementary', { name: 'Action details' })
  const choose = (id: string) => page.locator(`a[href*="${id}"]`).click()
  await choose(first)
  await expect(pane).toContainText('It can’t be undone')
  await pane.getByRole('button', { name: 'Agree', exact: true }).click()
  await expect(page.getByText('Review recorded').first()).toBeVisible()
  await expect(pane).toContainText('Agreed')
  await choose(second)
  const disagree = pane.getByRole('button', { name: 'Disagree' })
  await expect(disagree).toBeDisabled()
  await pane.getByRole('textbox', { name: 'Comment' }).fill('Isolation would have kept the evidence.')
  await disagree.click()
  await expect(pane).toContainText('Disagreed')
  await expect(pane).toContainText('Isolation would have kept the evidence.')
})

test('an administrator writes an approval rule; a lead approves several at once; the rule goes again', async ({
  page,
  browser,
}) => {
  await signIn(page, 'admin')
  await page.getByRole('link', { name: 'Access' }).click()
  await page.getByRole('tab', { name: 'Approval policy' }).click()
  await page.getByRole('button', { name: 'Add rule' }).click()
  await page.getByRole('button', { name: 'Save policy' }).click()
  await expect(page.getByText('Give the rule a name')).toBeVisible()
  const rule = page.getByRole('group', { name: 'Rule 1', exact: true })
  await rule.getByLabel('Name', { exact: true }).fill('Terminations in monitoring')
  await rule.getByLabel('Terminate pod', { exact: true }).check()
  await rule.getByLabel('Namespaces').fill('monitoring')
  await page.getByRole('button', { name: 'Save policy' }).click()
  await expect(page.getByText('Policy saved')).toBeVisible()

  const analyst = await (await browser.newContext()).newPage()
  await signIn(analyst, 'analyst')
  for (const [kind, workload] of [
    ['StatefulSet', 'prometheus'],
    ['DaemonSet', 'log-agent'],
  ] as const) {
    const key = await podOf(analyst.request, 'aks-prod', 'monitoring', kind, workload)
    await act(analyst, await openActions(analyst, key), 'Terminate pod', 'It was reached from the miner.')
    await expect(analyst.getByRole('dialog').getByRole('status').first()).toContainText('Waiting for approval')
    await analyst.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
  }
  await analyst.context().close()

  const lead = await (await browser.newContext()).newPage()
  await signIn(lead, 'lead')
  await lead.getByRole('link', { name: 'Action center' }).click()
  await lead.getByRole('tab', { name: /^Pending/ }).click()
  await expect(lead.getByRole('row', { name: /Terminate pod/ })).toHaveCount(2)
  await lead.getByRole('checkbox', { name: 'Select all shown' }).check()
  await lead.getByRole('button', { name: 'Approve 2' }).click()
  const dialog = lead.getByRole('dialog', { name: 'Approve 2 actions' })
  await dialog.getByRole('textbox', { name: 'Comment' }).fill('Both come back by themselves.')
  await dialog.getByRole('button', { name: 'Approve 2 actions' }).click()
  await expect(dialog.getByLabel('Recorded')).toHaveCount(2)
  await dialog.getByRole('button', { name: 'Close' }).last().click()
  await expect(lead.getByText('Nothing waits for approval')).toBeVisible()
  await lead.getByRole('tab', { name: /^History/ }).click()
  for (const name of ['prometheus', 'log-agent'])
    await expect(lead.getByRole('row', { name: new RegExp(`Terminate pod .*${name}`) })).toContainText('Verified', {
      timeout: 90_000,
    })
  await lead.context().close()

  await page.reload()
  await page.getByRole('button', { name: 'Remove rule 1' }).click()
  await page.getByRole('button', { name: 'Save policy' }).click()
  await expect(page.getByText('Policy saved')).toBeVisible()
  await expect(page.getByText('There is no rule')).toBeVisible()
})

test('the filtered history is exported whole, and an evidence bundle is what its hash says', async ({ page }) => {
  const id = await terminated(page, 'storefront')
  await signIn(page, 'analyst')
  await page.getByRole('link', { name: 'Action center' }).click()
  await expect(page.getByRole('heading', { name: 'Action center' })).toBeVisible()
  await page.getByRole('button', { name: 'Add filter' }).click()
  const popover = page.getByRole('dialog', { name: 'Add filter' })
  await popover.getByRole('button', { name: 'Action type' }).click()
  await popover.getByRole('checkbox', { name: 'Terminate pod', exact: true }).check()
  await popover.getByRole('button', { name: 'Apply' }).click()
  await expect(page).toHaveURL(/type=terminate-pod/)
  const exported = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Export CSV' }).click()
  const csv = fs
    .readFileSync(await (await exported).path(), 'utf8')
    .trim()
    .split('\r\n')
  expect(csv.length).toBeGreaterThan(1)
  expect(csv.slice(1).every((line) => line.includes('terminate-pod') || line.includes('Terminate pod'))).toBe(true)
  expect(csv.some((line) => line.includes(id))).toBe(true)

  await page.locator(`a[href*="${id}"]`).click()
  const pane = page.getByRole('complementary', { name: 'Action details' })
  const download = page.waitForEvent('download')
  await pane.getByRole('link', { name: 'Download evidence' }).click()
  const bytes = fs.readFileSync(await (await download).path())
  const hash = createHash('sha256').update(bytes).digest('hex')
  await expect(pane).toContainText(hash.slice(0, 16))
})

test('what the console’s account did without an action is a finding, and is closed with an explanation', async ({
  page,
}) => {
  test.setTimeout(420_000)
  await signIn(page, 'lead')
  await page.getByRole('link', { name: 'Record' }).click()
  await page.getByRole('tab', { name: 'Findings' }).click()
  const row = page.getByRole('row', { name: new RegExp(stolenDeedOn) })
  await expect(async () => {
    await page.reload()
    await expect(row).toBeVisible({ timeout: 5_000 })
  }).toPass({ timeout: 360_000 })
  await row.click()
  const pane = page.getByRole('complementary', { name: 'Finding' })
  await expect(pane).toContainText('but no action of Cordon did')
  await expect(pane.getByRole('button', { name: 'Close finding' })).toBeDisabled()
  await pane.getByRole('textbox', { name: 'What explains it' }).fill('Rehearsal with a stolen token.')
  await pane.getByRole('button', { name: 'Close finding' }).click()
  await expect(page.getByText('Finding closed')).toBeVisible()
  await expect(row).toBeHidden()
})
