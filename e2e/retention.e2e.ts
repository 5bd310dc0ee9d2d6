import { expect, test } from '@playwright/test'
import { signIn } from './analyst.ts'
import { nameAsked } from './sensor.ts'

const day = 86_400_000
const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10)

test('the retention page says which days the store still holds beyond what is kept', async ({ page }) => {
  const now = Date.now()
  await nameAsked(page.request, { cluster: 'aks-prod', pod: 'shop/web-old' }, 'old.example.org', now - 89 * day)
  await signIn(page, 'admin')
  await page.goto('/access?tab=retention')
  const row = page.getByRole('row', { name: /CloudDnsEvents/ })
  await expect(row).toContainText(dayOf(now - 89 * day))
  await expect(row).not.toContainText('not dropped')
  // Two days later, and nothing was dropped meanwhile: 90 days are kept.
  await page.clock.setFixedTime(now + 2 * day)
  await page.reload()
  await expect(row).toContainText(`Days before ${dayOf(now - 88 * day)} are not dropped yet`)
  await expect(page.getByRole('row', { name: /CloudProcessEvents/ })).not.toContainText('not dropped')
})
