import { expect, type Page, test } from '@playwright/test'
import { openActions, signIn } from './analyst.ts'
import { podOf } from './pods.ts'

/** Opens the menu of a pod whose action can't be done: the item is grey and says why, with the remedy. */
async function refusal(page: Page, key: string, action: 'Isolate pod' | 'Terminate pod') {
  const item = (await openActions(page, key)).getByRole('menuitem').filter({ hasText: new RegExp(`^${action}`) })
  await expect(item).toHaveAttribute('aria-disabled', 'true')
  return item
}

test.describe('each refusal of the seeds is met and named', () => {
  test.beforeEach(({ page }) => signIn(page, 'analyst'))

  test('Kubernetes version below 1.27', async ({ page }) => {
    const key = await podOf(page.request, 'gke-old', 'crm', 'StatefulSet', 'crm-db')
    const item = await refusal(page, key, 'Isolate pod')
    await expect(item).toContainText('needs 1.27 or later')
    await expect(item).toContainText('terminate the pod instead')
  })

  test('network plugin below its minimum version', async ({ page }) => {
    const key = await podOf(page.request, 'eks-legacy', 'legacy-portal', 'Deployment', 'portal')
    await expect(await refusal(page, key, 'Isolate pod')).toContainText(
      'AWS-node 1.14.0 is below the required version 1.15.1',
    )
  })

  test('no network policy enforcer; terminating needs none', async ({ page }) => {
    const key = await podOf(page.request, 'edge-k3s', 'store', 'Deployment', 'pos-gateway')
    await expect(await refusal(page, key, 'Isolate pod')).toContainText('No network policy enforcer was found')
    const menu = await openActions(page, key)
    await menu.getByRole('menuitem', { name: 'Terminate pod', exact: true }).click()
    await expect(
      page.getByRole('dialog', { name: 'Terminate pod' }).getByRole('button', { name: /^Confirm/ }),
    ).toBeVisible()
  })

  test('pod not active: ended, or terminating and held by a finalizer', async ({ page }) => {
    await expect(await refusal(page, 'pod:edge-k3s/store/firmware-check', 'Isolate pod')).toContainText(
      /isn't active: it is in phase/,
    )
    await expect(await refusal(page, 'pod:edge-k3s/store/drained-sensor', 'Terminate pod')).toContainText(
      /isn't active/,
    )
  })

  test('host network: policies don’t apply', async ({ page }) => {
    const key = await podOf(page.request, 'aks-prod', 'monitoring', 'DaemonSet', 'node-exporter')
    await expect(await refusal(page, key, 'Isolate pod')).toContainText('hostNetwork')
  })
})

test('a viewer reads why the action is grey', async ({ page }) => {
  await signIn(page, 'viewer')
  const key = await podOf(page.request, 'aks-prod', 'shop', 'Deployment', 'catalog')
  const menu = await openActions(page, key)
  const item = menu.getByRole('menuitem').filter({ hasText: /^Isolate pod/ })
  await expect(item).toHaveAttribute('aria-disabled', 'true')
  await expect(menu).toContainText('“Response (manage)”')
})
