import { expect, test } from '@playwright/test'
import path from 'node:path'
import { act, openActions, signIn } from './analyst.ts'
import { podOf } from './pods.ts'

const screenshot = process.env.E2E_SCREENSHOT_DIR // set by the command that makes the README's picture

test('an analyst finds the attack, cuts the pod off, sees it proven, releases it and leaves a record', async ({
  page,
}) => {
  const victim = 'cordon-simulation-victim'

  await test.step('the queue shows the attack under the default filters', async () => {
    await signIn(page, 'analyst')
    const filters = page.getByRole('group', { name: 'Filters' })
    await expect(filters).toContainText('New, In progress')
    await expect(filters).toContainText('High, Medium, Low')
    await expect(page.getByRole('link', { name: /Crypto mining in pod/ })).toBeVisible({ timeout: 60_000 })
  })

  await test.step('the filter state is the URL', async () => {
    await page.getByRole('searchbox', { name: /name, ID or asset/i }).fill('no such incident')
    await expect(page.getByRole('link', { name: /Crypto mining in pod/ })).toBeHidden()
    await expect(page).toHaveURL(/q=no/)
    await page.reload()
    await expect(page.getByRole('searchbox', { name: /name, ID or asset/i })).toHaveValue('no such incident')
    await page.goto('/incidents')
  })

  await test.step('the attack story names the seed’s alerts in time order beside the graph', async () => {
    await page.getByRole('link', { name: /Crypto mining in pod/ }).click()
    await expect(page.getByRole('heading', { level: 1, name: /Crypto mining/ })).toBeVisible()
    const alerts = page.getByRole('tabpanel', { name: /^Alerts/ })
    for (const title of [
      'Possible Web Shell activity detected',
      'Kubernetes CPU optimization detected',
      'Command within a container accessed ld.so.preload',
      'Possible Crypto miners download detected',
      'A drift binary detected executing in the container',
    ])
      await expect(alerts).toContainText(title)
    await expect(page.getByRole('img', { name: /Entity graph with \d+ entities/ })).toBeVisible()
    if (screenshot) {
      await page.waitForTimeout(1_500) // the layout's last frame, for the picture only
      await page.screenshot({ path: path.join(screenshot, 'attack-story.png') })
    }
  })

  await test.step('the pod’s pane has its fields', async () => {
    await page.getByRole('tab', { name: /^Entities/ }).click()
    await page
      .getByRole('button', { name: new RegExp(`^${victim} `) })
      .first()
      .click()
    const pane = page.getByRole('complementary', { name: 'Kubernetes pod details' })
    for (const field of ['Namespace', 'Cluster', 'Pod IP', 'Service account', 'UID', 'Image', 'Registry', 'Privileged'])
      await expect(pane.getByText(field, { exact: true }).first()).toBeVisible()
  })

  await test.step('isolation goes requested → applied → verified before their eyes', async () => {
    await page
      .getByRole('button', { name: `Menu for ${victim}` })
      .first()
      .click()
    const menu = page.getByRole('menu')
    await menu.getByRole('menuitem', { name: 'Isolate pod', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'Isolate pod' })
    await expect(dialog).toContainText(/Create .*NetworkPolicy/)
    await expect(dialog).toContainText(/Requirements/)
    await expect(dialog.getByRole('button', { name: /^Confirm/ })).toBeVisible()
    await dialog.getByRole('textbox', { name: /Comment/ }).fill('Miner in the shop’s web pod; cutting it off.')
    await dialog.getByRole('button', { name: /^Confirm/ }).click()
    const progress = dialog.getByRole('list', { name: 'Progress' })
    await expect(progress).toContainText('Requested')
    await expect(progress).toContainText('Applied')
    await expect(progress.getByText('Verified', { exact: true })).toBeVisible({ timeout: 40_000 })
    await expect(dialog).toContainText(/probe/i)
    await dialog.getByRole('button', { name: 'Close' }).last().click()
  })

  await test.step('the pod is marked isolated in the list, the pane and the queue', async () => {
    await expect(page.getByRole('complementary', { name: 'Kubernetes pod details' })).toContainText('Isolated')
    await expect(page.getByRole('button', { name: new RegExp(`^${victim} .*[Ii]solated`) }).first()).toBeVisible()
    await page.goto('/incidents')
    await expect(page.getByRole('row', { name: /Crypto mining/ })).toContainText(/[Ii]solated/)
  })

  await test.step('the Action center has it, with steps and evidence, and releases it', async () => {
    await page.getByRole('link', { name: 'Action center' }).click()
    const row = page.getByRole('row', { name: new RegExp(`Isolate pod .*${victim}`) }).first()
    for (const text of ['Verified', 'aks-prod', 'analyst', 'Miner in the shop']) await expect(row).toContainText(text)
    await row.getByRole('link', { name: 'Isolate pod' }).click()
    await expect(page).toHaveURL(/\/actions\/act-/)
    await expect(page.getByText('Objects in the cluster').first()).toBeVisible()
    await expect(page.getByText('Effective policy').first()).toBeVisible()
    await page.getByRole('button', { name: 'Release from isolation' }).first().click()
    const dialog = page.getByRole('dialog', { name: 'Release from isolation' })
    await dialog.getByRole('textbox', { name: /Comment/ }).fill('Investigation complete.')
    await dialog.getByRole('button', { name: /^Confirm/ }).click()
    await expect(dialog.getByRole('list', { name: 'Progress' }).getByText('Verified', { exact: true })).toBeVisible({
      timeout: 40_000,
    })
    await dialog.getByRole('button', { name: 'Close' }).last().click()
    await page.goto('/actions')
    await expect(page.getByRole('row', { name: new RegExp(`Isolate pod .*${victim}`) }).first()).toContainText(
      'Released',
    )
  })

  await test.step('another pod is terminated, with its evidence kept', async () => {
    const key = await podOf(page.request, 'aks-prod', 'shop', 'Deployment', 'orders')
    const dialog = await act(page, await openActions(page, key), 'Terminate pod', 'Same image as the miner’s pod.')
    await expect(dialog.getByRole('list', { name: 'Progress' }).getByText('Verified', { exact: true })).toBeVisible({
      timeout: 60_000,
    })
    await expect(dialog).toContainText('reports the pod')
    await dialog.getByRole('button', { name: 'Close' }).last().click()
    await page.goto('/actions')
    await page
      .getByRole('row', { name: /Terminate pod/ })
      .first()
      .getByRole('link', { name: 'Terminate pod' })
      .click()
    await expect(page.getByText('SHA-256').first()).toBeVisible()
  })
})
