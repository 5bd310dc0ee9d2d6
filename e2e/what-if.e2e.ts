import { expect, test } from '@playwright/test'
import { openActions, signIn } from './analyst.ts'
import { serious } from './axe.ts'
import { podOf } from './pods.ts'

const victim = 'cordon-simulation-victim'

test('what an isolation would do is drawn in the dialog and on the incident graph, and nothing is changed by looking', async ({
  page,
}) => {
  await signIn(page, 'analyst')
  await page.goto('/incidents/1')
  await page.getByRole('tab', { name: /^Entities/ }).click()
  await page
    .getByRole('button', { name: `Menu for ${victim}` })
    .first()
    .click()
  await page.getByRole('menu').getByRole('menuitem', { name: 'Isolate pod', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: 'Isolate pod' })
  await expect(
    dialog.getByRole('img', { name: /What if: .*stay open.*1 Service loses its last endpoint/ }),
  ).toBeVisible()
  await expect(dialog.getByRole('list', { name: 'Legend' })).toContainText('No endpoint left')

  expect(await serious(page, 'dialog')).toEqual([])

  await test.step('the list says the same in sentences, by keyboard', async () => {
    await dialog.getByText(/The same as a list/).focus()
    await page.keyboard.press('Enter')
    const list = dialog.getByRole('list', { name: 'What the action does to its surroundings' })
    await expect(list).toContainText(`Service ${victim} loses its last working endpoint.`)
    await expect(list).toContainText(/Stops: (from|to) cordon-simulation-attacker, 80\/tcp/)
    await expect(list).toContainText('Stays open: ingress from its own node')
  })

  await test.step('on the incident graph, and back to the same dialog', async () => {
    await dialog.getByRole('textbox', { name: /Comment/ }).fill('Looking first.')
    await dialog.getByRole('button', { name: 'Show on the incident graph' }).click()
    const bar = page.getByRole('region', { name: 'Preview: Isolate pod' })
    await expect(bar).toContainText('nothing is changed yet')
    await expect(dialog).toBeHidden()
    await expect(page.getByRole('toolbar', { name: 'Graph controls' })).toContainText('Preview')
    await expect(bar.getByRole('button', { name: /^Back/ })).toBeFocused()
    expect(await serious(page, 'preview')).toEqual([])
    await page.keyboard.press('Enter')
    await expect(dialog.getByRole('textbox', { name: /Comment/ })).toHaveValue('Looking first.')
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await expect(page.getByRole('toolbar', { name: 'Graph controls' })).not.toContainText('Preview')
  })
})

test('a termination shows who starts the replacement', async ({ page }) => {
  await signIn(page, 'analyst')
  const key = await podOf(page.request, 'aks-prod', 'shop', 'Deployment', 'storefront')
  const menu = await openActions(page, key)
  await menu.getByRole('menuitem', { name: 'Terminate pod', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: 'Terminate pod' })
  await expect(dialog.getByRole('img', { name: /1 replacement starts/ })).toBeVisible()
  await dialog.getByText(/The same as a list/).click()
  await expect(dialog).toContainText('Deployment storefront starts a new pod of the same image.')
})
