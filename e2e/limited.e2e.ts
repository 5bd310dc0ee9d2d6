import { expect, test } from '@playwright/test'
import { password, signIn } from './analyst.ts'

test('an administrator limits an analyst to a namespace, who then sees and hunts there only', async ({ browser }) => {
  const admin = await browser.newPage()
  await signIn(admin, 'admin')
  await admin.goto('/access')
  await admin.getByRole('button', { name: 'Add account' }).click()
  const dialog = admin.getByRole('dialog', { name: 'Add account' })
  await dialog.getByLabel('User name').fill('sam')
  await dialog.getByLabel('Name', { exact: true }).fill('Sam Shop')
  await dialog.getByLabel('Role').selectOption('analyst')
  await dialog.getByLabel('Clusters').fill('aks-prod')
  await dialog.getByLabel('Namespaces').fill('shop')
  await dialog.getByLabel('Password').fill(password)
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(admin.getByText('namespace shop of cluster aks-prod')).toBeVisible()

  const sam = await (await browser.newContext()).newPage()
  await signIn(sam, 'sam')
  await expect(sam.getByTitle('Your access is limited to namespace shop of cluster aks-prod')).toBeVisible()
  await expect(sam.getByRole('link', { name: 'Record' })).toHaveCount(0)
  const query = 'KubernetesEntities\n| summarize Things = count() by ClusterName, KubernetesNamespace'
  await sam.goto(`/hunting?${new URLSearchParams({ query, timespan: 'P7D', run: '1' })}`)
  const rows = sam.getByRole('grid', { name: 'Results' }).getByRole('row')
  await expect(rows.nth(1)).toContainText('shop')
  // The head and one row: no other cluster, no other namespace.
  await expect(rows).toHaveCount(2)
  await expect(rows.nth(1)).toContainText('aks-prod')
  await sam.goto('/record')
  await expect(sam.getByText('Your access is limited to namespace shop of cluster aks-prod').first()).toBeVisible()
})
