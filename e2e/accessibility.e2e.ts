import { AxeBuilder } from '@axe-core/playwright'
import { expect, test } from '@playwright/test'
import { signIn } from './analyst.ts'

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

async function serious(page: import('@playwright/test').Page, path: string): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze()
  return violations
    .filter((v) => v.impact === 'serious' || v.impact === 'critical')
    .map(
      (v) =>
        `${path}: ${v.id} at ${v.nodes
          .map((n) => n.target.join(' '))
          .slice(0, 3)
          .join(', ')}`,
    )
}
