import { expect, type Locator, type Page } from '@playwright/test'

export const password = 'e2e-lab-password'
export const administratorToken = 'e2e-administrator-token'

/** Signs in through the form, as people do, and waits for the queue. */
export async function signIn(page: Page, account: 'viewer' | 'analyst' | 'lead' | 'admin' | 'sam'): Promise<void> {
  await page.goto('/')
  await page.getByLabel('User name').or(page.getByLabel('Account')).or(page.getByLabel('Name')).first().fill(account)
  await page.getByLabel('Password').first().fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('heading', { name: 'Incidents', level: 1 })).toBeVisible()
}

/** Opens the page of an entity and its Actions menu. */
export async function openActions(page: Page, key: string): Promise<Locator> {
  await page.goto(`/entities/${encodeURIComponent(key)}`)
  await page.getByRole('button', { name: 'Actions', exact: true }).click()
  return page.getByRole('menu')
}

/** Chooses an action in an open menu, writes the comment and confirms. Leaves the progress dialog open. */
export async function act(page: Page, menu: Locator, action: string, comment: string): Promise<Locator> {
  await menu.getByRole('menuitem', { name: action, exact: true }).click()
  const dialog = page.getByRole('dialog', { name: action })
  await dialog.getByRole('textbox', { name: /Comment/ }).fill(comment)
  await dialog.getByRole('button', { name: /^Confirm/ }).click()
  return dialog
}
