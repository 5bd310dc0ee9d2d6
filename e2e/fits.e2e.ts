import { expect, type Page, test } from '@playwright/test'
import { signIn } from './analyst.ts'

test.use({ viewport: { width: 1280, height: 800 } })

const lists = [
  '/incidents',
  '/incidents/1/alerts',
  '/incidents/1/evidence',
  '/alerts',
  '/actions',
  '/actions?tab=pending',
  '/actions?tab=review',
  '/containment',
  '/clusters',
  '/coverage',
  '/coverage?tab=set-aside',
  '/detection-rules',
  '/hunting/detections',
  '/tuning',
  '/record',
  '/record?tab=findings',
  '/access',
  '/access?tab=tokens',
]

const withPane = [
  '/incidents',
  '/incidents/1/alerts',
  '/alerts',
  '/clusters',
  '/coverage',
  '/detection-rules',
  '/record',
]

/** Tables of the page that have to be scrolled sideways, by name. */
async function tooWide(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('main section')]
      .filter((area) => area.scrollWidth > area.clientWidth)
      .map((area) => `${location.pathname}${location.search} ${area.getAttribute('aria-label')}`),
  )
}

test('no list has to be scrolled sideways at 1280 pixels, nor with the pane of a row open', async ({ page }) => {
  test.setTimeout(180_000)
  await signIn(page, 'admin')
  await expect(page.getByRole('link', { name: /in pod/ }).first()).toBeVisible({ timeout: 60_000 })
  for (const path of lists) {
    await page.goto(path)
    await expect(page.getByRole('table').first()).toBeVisible()
    await expect(page.getByRole('status', { name: 'Loading' })).toHaveCount(0)
    await expect.poll(() => tooWide(page)).toEqual([])
    if (!withPane.includes(path)) continue
    await page
      .getByRole('button', { name: /^Show summary of/ })
      .first()
      .click()
    await expect(page.getByRole('complementary').first()).toBeVisible()
    await expect.poll(() => tooWide(page)).toEqual([]) // once the table has taken in its new width
  }
})

test('what gives way to the pane is named, and a name that is cut off is told by its tooltip', async ({ page }) => {
  await signIn(page, 'analyst')
  const link = page
    .getByRole('table', { name: 'Incidents' })
    .getByRole('link', { name: /cordon-simulation-victim/ })
    .first()
  await expect(link).toBeVisible({ timeout: 60_000 })
  const table = page.getByRole('table', { name: 'Incidents' })
  await expect(table.getByRole('columnheader', { name: 'Containment' })).toBeVisible()
  await page
    .getByRole('button', { name: /^Show summary of/ })
    .first()
    .click()
  await expect(table.getByTitle(/^No room for: .*Containment/)).toBeVisible()
  await expect(table.getByRole('columnheader', { name: 'Severity' })).toBeVisible()
  await link.hover()
  const whole = (await link.innerText()).trim()
  await expect(table.locator(`[title=${JSON.stringify(whole)}]`).first()).toBeVisible()
})
