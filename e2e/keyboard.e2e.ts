import { expect, type Page, test } from '@playwright/test'
import { password } from './analyst.ts'

/** Presses Tab (or the key) until the wanted element has focus: what a person without a mouse can reach. */
async function reach(page: Page, wanted: ReturnType<Page['locator']>, key = 'Tab', most = 80): Promise<void> {
  await wanted.first().waitFor()
  for (let i = 0; i < most; i++) {
    if (await wanted.first().evaluate((e) => e === document.activeElement)) return
    await page.keyboard.press(key)
  }
  expect(await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200)), `${most} × ${key}`).toBe(
    'the wanted element',
  )
}

test('the whole story works by keyboard alone', async ({ page }) => {
  await page.goto('/')
  await reach(page, page.getByLabel('User name'))
  await page.keyboard.type('lead')
  await page.keyboard.press('Tab')
  await page.keyboard.type(password)
  await page.keyboard.press('Enter')
  await reach(page, page.getByRole('link', { name: /Crypto mining in pod/ }))
  await page.keyboard.press('Enter')
  await expect(page.getByRole('tablist', { name: 'Story' })).toBeVisible()

  // The canvas isn't reachable by keyboard; the list of entities beside it offers the same menus.
  await reach(page, page.getByRole('tab', { name: /^Alerts \d/ }).last())
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('tab', { name: /^Entities/ })).toHaveAttribute('aria-selected', 'true')
  const pod = page
    .getByRole('region', { name: 'Kubernetes pod', exact: true })
    .getByRole('button', { name: /^cordon-simulation-/ })
    .first()
  await reach(page, pod)
  await page.keyboard.press('Shift+F10')
  const menu = page.getByRole('menu')
  await expect(menu).toBeVisible()
  await reach(page, menu.getByRole('menuitem', { name: 'Isolate pod', exact: true }), 'ArrowDown', 20)
  await page.keyboard.press('Enter')

  const dialog = page.getByRole('dialog', { name: 'Isolate pod' })
  await reach(page, dialog.getByRole('textbox', { name: /Comment/ }))
  await page.keyboard.type('By keyboard.')
  await reach(page, dialog.getByRole('button', { name: /^Confirm/ }))
  await page.keyboard.press('Enter')
  await expect(dialog.getByRole('list', { name: 'Progress' }).getByText('Verified', { exact: true })).toBeVisible({
    timeout: 40_000,
  })
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  await reach(page, pod, 'Tab', 120)
  await page.keyboard.press('Shift+F10')
  await reach(page, page.getByRole('menu').getByRole('menuitem', { name: 'Release from isolation' }), 'ArrowDown', 20)
  await page.keyboard.press('Enter')
  const release = page.getByRole('dialog', { name: 'Release from isolation' })
  await reach(page, release.getByRole('textbox', { name: /Comment/ }))
  await page.keyboard.type('Done.')
  await reach(page, release.getByRole('button', { name: /^Confirm/ }))
  await page.keyboard.press('Enter')
  await expect(release.getByRole('list', { name: 'Progress' }).getByText('Verified', { exact: true })).toBeVisible({
    timeout: 40_000,
  })
})
