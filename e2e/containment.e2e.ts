import { expect, type Page, test } from '@playwright/test'
import { act, administratorToken, openActions, signIn } from './analyst.ts'
import { asClusterAdmin } from './cluster-admin.ts'
import { podOf } from './pods.ts'

const shop =
  (workload: string, kind = 'Deployment') =>
  (page: Page) =>
    podOf(page.request, 'aks-prod', 'shop', kind, workload)

/** The state at the head of the progress dialog or pane. */
const reached = (page: Page, state: string, timeout = 45_000) =>
  expect(page.getByRole('dialog').getByRole('status').filter({ hasText: state }).first()).toBeVisible({ timeout })

async function isolate(page: Page, key: string, comment: string) {
  await act(page, await openActions(page, key), 'Isolate pod', comment)
}

/** Opens the newest action of a pod from the Action center. */
async function openNewest(page: Page, type: string, key: string) {
  const name = decodeURIComponent(key.split('/').at(-1) ?? '')
  await page.goto('/actions')
  await page
    .getByRole('row', { name: new RegExp(`${type} .*${name}`) })
    .first()
    .getByRole('link', { name: type, exact: true })
    .click()
  return page.getByRole('complementary').last()
}

test('an isolation that someone undoes is broken within seconds, and one click repairs and proves it', async ({
  page,
}) => {
  await signIn(page, 'analyst')
  const key = await shop('cart')(page)
  await isolate(page, key, 'Suspicious traffic.')
  await reached(page, 'Verified')
  await page.keyboard.press('Escape')
  const pane = await openNewest(page, 'Isolate pod', key)
  const name = key.split('/').at(-1) ?? ''
  const stripped = await asClusterAdmin('aks-prod', 'PATCH', `/api/v1/namespaces/shop/pods/${name}`, {
    metadata: { labels: { 'cordon.dev/isolation': null } },
  })
  expect(stripped.status).toBe(200)
  await expect(pane.getByText('Broken', { exact: true }).first()).toBeVisible({ timeout: 10_000 })
  await expect(pane).toContainText('lost its label')
  await pane.getByRole('button', { name: 'Repair and prove again' }).click()
  await expect(pane.getByText('Verified', { exact: true }).first()).toBeVisible({ timeout: 45_000 })

  await test.step('the containment board shows it with its age, owner and last proof', async () => {
    await page.goto('/containment')
    await expect(page.getByRole('row', { name: new RegExp(name) }).first()).toContainText('analyst')
  })
})

test('what no probe can show is never called verified', async ({ page }) => {
  await signIn(page, 'analyst')
  const key = await podOf(page.request, 'aks-prod', 'payments', 'StatefulSet', 'ledger-db')
  await isolate(page, key, 'Checking the limits of proof.')
  await reached(page, 'Not verified')
  await expect(page.getByRole('dialog')).toContainText('no probe can show it')
})

test('without a tier of denials a namespace-wide allow leaves the pod partly isolated, and the console names it', async ({
  page,
}) => {
  const role = '/apis/rbac.authorization.k8s.io/v1/clusterroles/cordon-console'
  const before = await asClusterAdmin('aks-prod', 'GET', role)
  const rules = (before.body.rules as { apiGroups: string[]; verbs: string[] }[]).map((r) =>
    r.apiGroups.includes('cilium.io') ? { ...r, verbs: r.verbs.filter((v) => v !== 'create') } : r,
  )
  await asClusterAdmin('aks-prod', 'PATCH', role, { rules })
  try {
    await signIn(page, 'analyst')
    const key = await podOf(page.request, 'aks-prod', 'analytics', 'Deployment', 'notebook')
    await isolate(page, key, 'Notebook talks to a miner.')
    await reached(page, 'Partly')
    await expect(page.getByRole('dialog')).toContainText(/stays open/)
  } finally {
    await asClusterAdmin('aks-prod', 'PATCH', role, { rules: before.body.rules })
  }
})

test('an isolation with an expiry is released by itself, on record', async ({ page }) => {
  test.setTimeout(240_000)
  await signIn(page, 'analyst')
  const key = await shop('cart-redis', 'StatefulSet')(page)
  const answer = await page.request.post('/api/v1/actions', {
    headers: { authorization: `Bearer ${administratorToken}`, 'idempotency-key': 'expiry-story' },
    data: { type: 'isolate-pod', target: { key }, comment: 'For a minute only.', options: { expiresInMinutes: 1 } },
  })
  expect(answer.status()).toBeLessThan(300)
  const pane = await openNewest(page, 'Isolate pod', key)
  await expect(pane.getByText('Expired', { exact: true }).first()).toBeVisible({ timeout: 150_000 })
})

test.describe('where the policy asks for a second person', () => {
  const headers = { authorization: `Bearer ${administratorToken}` }
  const rule = {
    name: 'Storefront is sensitive',
    types: ['terminate-pod'],
    clusters: [],
    namespaces: ['shop'],
    severities: [],
    minTargets: 1,
  }

  const setRules = async (page: Page, rules: unknown[]) => {
    const { version } = (await (await page.request.get('/api/v1/settings/response', { headers })).json()) as {
      version: number
    }
    const answer = await page.request.patch('/api/v1/settings/response', {
      headers,
      data: { policy: { rules, reviewSamplePercent: 0 }, version },
    })
    expect(answer.status(), await answer.text()).toBe(200)
  }
  test.afterEach(({ page }) => setRules(page, []))

  test('an action waits for a lead, who approves it', async ({ page, browser }) => {
    await setRules(page, [rule])
    await signIn(page, 'analyst')
    const key = await shop('storefront')(page)
    await act(page, await openActions(page, key), 'Terminate pod', 'Web shell in it.')
    await reached(page, 'approval')
    const other = await browser.newContext()
    const lead = await other.newPage()
    await signIn(lead, 'lead')
    const pane = await openNewest(lead, 'Terminate pod', key)
    await expect(pane).toContainText('Storefront is sensitive')
    await pane.getByRole('button', { name: 'Approve' }).click()
    await expect(pane.getByText('Verified', { exact: true }).first()).toBeVisible({ timeout: 90_000 })
    await other.close()
  })

  test('breaking the glass acts at once and forces a review', async ({ page }) => {
    await setRules(page, [rule])
    await signIn(page, 'analyst')
    const key = await shop('catalog')(page)
    const menu = await openActions(page, key)
    await menu.getByRole('menuitem', { name: 'Terminate pod', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'Terminate pod' })
    await dialog.getByRole('checkbox', { name: /Break glass/ }).check()
    await dialog.getByRole('textbox', { name: /Comment/ }).fill('No lead on shift.')
    await dialog.getByRole('button', { name: /^Confirm/ }).click()
    await reached(page, 'Verified', 90_000)
    await page.keyboard.press('Escape')
    const pane = await openNewest(page, 'Terminate pod', key)
    await expect(pane).toContainText('without waiting for approval')
  })
})
