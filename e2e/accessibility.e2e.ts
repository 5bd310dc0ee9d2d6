import { expect, test } from '@playwright/test'
import { signIn } from './analyst.ts'
import { serious } from './axe.ts'

const pages = [
  '/incidents',
  '/incidents/1',
  '/incidents/1/alerts',
  '/incidents/1/activities',
  '/alerts',
  '/actions',
  '/clusters',
  '/coverage',
  '/detection-rules',
  '/simulation',
  '/containment',
  '/record',
  '/handover',
  '/tuning',
  '/hunting',
  '/actions?tab=pending',
  '/coverage?tab=attack',
  '/access',
  '/entities/cluster%3Aaks-prod',
  '/no-such-page',
]

for (const colorScheme of ['dark', 'light'] as const) {
  test(`axe finds nothing serious on any page, ${colorScheme}`, async ({ browser }) => {
    test.setTimeout(240_000)
    const context = await browser.newContext({
      colorScheme,
      reducedMotion: 'reduce',
      viewport: { width: 1280, height: 800 },
    })
    const page = await context.newPage()
    await page.goto('/')
    await expect(page.getByLabel('Password')).toBeVisible()
    const found = await serious(page, 'sign-in')
    await signIn(page, 'admin')
    await expect(page.getByRole('link', { name: /in pod/ }).first()).toBeVisible({ timeout: 60_000 })
    for (const path of pages) {
      await page.goto(path)
      await expect(page.getByRole('heading').first()).toBeVisible()
      await page.waitForLoadState('networkidle').catch(() => undefined) // the stream never ends
      found.push(...(await serious(page, path)))
    }
    expect(found).toEqual([])
    await context.close()
  })
}
