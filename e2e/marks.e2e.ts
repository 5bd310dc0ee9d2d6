import { expect, type Page, test } from '@playwright/test'
import { act, openActions, signIn } from './analyst.ts'
import { asClusterAdmin } from './cluster-admin.ts'
import { podOf } from './pods.ts'

const badge = (page: Page, text: string) =>
  page.getByRole('complementary').locator('header').getByText(text, { exact: true })

async function verified(page: Page) {
  await expect(
    page.getByRole('dialog').getByRole('list', { name: 'Progress' }).getByText('Verified', { exact: true }),
  ).toBeVisible({ timeout: 60_000 })
  await page.keyboard.press('Escape')
}

test('a restricted pod is marked so, is isolated as well, and each is undone by itself', async ({ page }) => {
  await signIn(page, 'analyst')
  const key = await podOf(page.request, 'aks-prod', 'shop', 'Deployment', 'catalog')
  await act(page, await openActions(page, key), 'Restrict pod access', 'Its token was read.')
  await verified(page)
  await expect(badge(page, 'Restricted')).toBeVisible()
  await act(page, await openActions(page, key), 'Isolate pod', 'And it talks to a miner.')
  await verified(page)
  await expect(badge(page, 'Isolated')).toBeVisible()
  const menu = await openActions(page, key)
  await expect(menu.getByRole('menuitem', { name: 'Lift restriction', exact: true })).toBeVisible()
  await expect(menu.getByRole('menuitem', { name: 'Restrict pod access', exact: true })).toBeHidden()
  await act(page, menu, 'Release from isolation', 'Over.')
  await verified(page)
  await expect(badge(page, 'Restricted')).toBeVisible()
})

test('a restriction that no probe can show is marked as not verified', async ({ page }) => {
  await signIn(page, 'analyst')
  const key = await podOf(page.request, 'aks-prod', 'payments', 'Deployment', 'payments-api')
  await act(page, await openActions(page, key), 'Restrict pod access', 'Its policies block every probe.')
  await expect(page.getByRole('dialog').getByRole('status').first()).toContainText('Not verified', { timeout: 45_000 })
  await page.keyboard.press('Escape')
  await expect(badge(page, 'Restriction not verified')).toBeVisible()
})

test('a scaled workload is marked scaled to zero, and broken as soon as someone scales it up', async ({ page }) => {
  await signIn(page, 'analyst')
  await act(
    page,
    await openActions(page, 'workload:aks-prod/analytics/Deployment/report-worker'),
    'Scale to zero',
    'All of them run the miner.',
  )
  await verified(page)
  await expect(badge(page, 'Scaled to zero')).toBeVisible()
  await expect(page.getByRole('complementary').getByText('Containment', { exact: true })).toBeVisible()
  const scale = '/apis/apps/v1/namespaces/analytics/deployments/report-worker'
  expect((await asClusterAdmin('aks-prod', 'PATCH', scale, { spec: { replicas: 1 } })).status).toBe(200)
  await expect(badge(page, 'Scaled up again')).toBeVisible({ timeout: 30_000 })
})

test('a suspended CronJob is marked suspended, until it is resumed', async ({ page }) => {
  await signIn(page, 'analyst')
  const key = 'workload:aks-prod/payments/CronJob/settlement'
  await act(page, await openActions(page, key), 'Suspend', 'Its image is in doubt.')
  await verified(page)
  await expect(badge(page, 'Suspended')).toBeVisible()
  await act(page, await openActions(page, key), 'Resume', 'Checked.')
  await verified(page)
  await expect(badge(page, 'Suspended')).toBeHidden()
})

test('an isolation that only the cluster knows is on the board, is offered for release, and leaves nothing', async ({
  page,
}) => {
  await signIn(page, 'analyst')
  const key = await podOf(page.request, 'aks-prod', 'monitoring', 'Deployment', 'grafana')
  const name = key.split('/').at(-1) ?? ''
  const id = 'act-byhand00-0123456789ab'
  const pod = `/api/v1/namespaces/monitoring/pods/${name}`
  const policies = '/apis/networking.k8s.io/v1/namespaces/monitoring/networkpolicies'
  const { uid } = (await asClusterAdmin('aks-prod', 'GET', pod)).body.metadata
  await asClusterAdmin('aks-prod', 'POST', policies, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: {
      name: `cordon-isolation-${id}`,
      labels: { 'app.kubernetes.io/managed-by': 'cordon', 'cordon.dev/action': id },
      annotations: { 'cordon.dev/requested-by': 'someone', 'cordon.dev/reason': 'From another installation.' },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name, uid }],
    },
    spec: { podSelector: { matchLabels: { 'cordon.dev/isolation': id } }, policyTypes: ['Ingress', 'Egress'] },
  })
  await asClusterAdmin('aks-prod', 'PATCH', pod, { metadata: { labels: { 'cordon.dev/isolation': id } } })
  await page.getByRole('link', { name: 'Containment' }).click()
  const row = page.getByRole('row', { name: new RegExp(name) })
  await expect(row).toContainText('Not in the record')
  await expect(row).toContainText('someone')
  await expect(row).toContainText('record doesn’t know it')
  await row.getByRole('button', { name: 'Release' }).click()
  const dialog = page.getByRole('dialog', { name: 'Release from isolation' })
  await dialog.getByRole('textbox', { name: /Comment/ }).fill('The other installation is gone.')
  await dialog.getByRole('button', { name: /^Confirm/ }).click()
  await verified(page)
  await expect(row).toBeHidden()
  expect((await asClusterAdmin('aks-prod', 'GET', pod)).body.metadata.labels).not.toHaveProperty('cordon.dev/isolation')
  expect((await asClusterAdmin('aks-prod', 'GET', `${policies}/cordon-isolation-${id}`)).status).toBe(404)
})

test('the entity pane releases an isolated pod of the incident, and the mark goes', async ({ page }) => {
  await signIn(page, 'analyst')
  await page.goto('/incidents/1')
  await page.getByRole('tab', { name: /^Entities/ }).click()
  const entry = page.getByRole('button', { name: /^cordon-simulation-victim / }).first()
  await entry.click()
  const pane = page.getByRole('complementary', { name: 'Kubernetes pod details' })
  await pane.getByRole('button', { name: 'Actions', exact: true }).click()
  await act(page, page.getByRole('menu'), 'Isolate pod', 'Cutting it off.')
  await verified(page)
  await expect(pane.getByText('Isolated', { exact: true }).first()).toBeVisible()
  await expect(entry).toContainText('Isolated')
  await pane.getByRole('button', { name: 'Actions', exact: true }).click()
  await act(page, page.getByRole('menu'), 'Release from isolation', 'False alarm.')
  await verified(page)
  await expect(pane.getByText('Isolated', { exact: true })).toBeHidden()
  await expect(entry).not.toContainText('Isolated')

  await test.step('the probes that proved it raised no alert', async () => {
    await page
      .getByRole('tab', { name: /^Alerts \d/ })
      .last()
      .click()
    await expect(page.getByRole('tabpanel', { name: /^Alerts/ }).last()).not.toContainText('cordon-canary')
    await page.goto('/incidents')
    await expect(page.getByRole('link', { name: /in pod/ }).first()).toBeVisible()
    await expect(page.getByRole('link', { name: /cordon-canary/ })).toHaveCount(0)
  })
})
