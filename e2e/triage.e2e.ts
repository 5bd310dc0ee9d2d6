import { expect, type Locator, type Page, test } from '@playwright/test'
import { signIn } from './analyst.ts'
import { processStarted, scanner, webShell } from './sensor.ts'

const cluster = 'edge-k3s'
const shellAlert = 'Possible Web Shell activity detected'
const scanAlert = 'Network scanning tool detected'

const alertsIn = (namespace: string, more = '') => `/alerts?namespace=${namespace}${more}`
/** Rows of a queue, without its header. */
const rows = (page: Page, table: string) =>
  page
    .getByRole('table', { name: table })
    .getByRole('row')
    .filter({ hasNot: page.getByRole('columnheader') })

/** Opens the alert of that title in the pane beside the queue. */
async function openAlert(page: Page, namespace: string, title: string): Promise<Locator> {
  await page.goto(alertsIn(namespace))
  await page
    .getByRole('button', { name: `Show summary of ${title}` })
    .first()
    .click()
  return page.getByRole('complementary', { name: 'Alert details' })
}

/** Number of the incident that holds the alert of that title. */
async function incidentOf(page: Page, namespace: string, title: string): Promise<number> {
  const badge = (await openAlert(page, namespace, title)).getByText(/^Incident \d+$/).first()
  await expect(badge).toBeVisible()
  return Number((await badge.textContent())?.replace(/\D/g, ''))
}

test('tuned from an alert, the next one stays out of the queue and is counted; the past too, and back', async ({
  page,
  request,
}) => {
  const namespace = 'ci-tuning'
  await signIn(page, 'analyst')
  await processStarted(request, { cluster, pod: `${namespace}/builder-1` }, webShell)
  const pane = await openAlert(page, namespace, shellAlert)

  await test.step('from the alert: conditions, preview, reason, save', async () => {
    await pane.getByRole('button', { name: 'Tune alert' }).click()
    const dialog = page.getByRole('dialog', { name: 'Tune alerts' })
    await expect(dialog.getByLabel('Values of condition 1')).toHaveValue('web-shell-activity')
    // What it names of this one pod is taken out: the whole namespace is meant.
    for (let left = await dialog.getByRole('button', { name: /^Remove condition/ }).count(); left > 3; left--)
      await dialog.getByRole('button', { name: `Remove condition ${left}` }).click()
    await expect(dialog.getByLabel('Values of condition 3')).toHaveValue(namespace)
    await dialog.getByRole('button', { name: 'Add group' }).click()
    const second = dialog.getByRole('group', { name: 'Group 2' })
    await second.getByLabel('Field of condition 1').selectOption('pod')
    await second.getByLabel('Comparison of condition 1').selectOption('wildcard')
    await second.getByLabel('Values of condition 1').fill('builder-*\nrunner-*')
    await dialog.getByLabel('What happens to covered alerts').selectOption('hide')
    await dialog.getByLabel('Expires').selectOption('7')
    await dialog.getByRole('button', { name: 'Preview' }).click()
    await expect(dialog.getByRole('region', { name: 'Preview' })).toContainText(/covered 1 of \d+ alerts/)
    await dialog.getByRole('button', { name: 'Save' }).click()
    await expect(dialog.getByRole('alert')).toContainText('A reason is required')
    await dialog.getByLabel('Reason').fill('The build image answers through PHP')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await expect(page.getByText('Tuning rule saved')).toBeVisible()
  })

  await test.step('the next one is hidden and counted, one of another pod is not', async () => {
    await processStarted(request, { cluster, pod: `${namespace}/builder-2` }, webShell)
    await processStarted(request, { cluster, pod: `${namespace}/shop-1` }, webShell)
    await page.goto(alertsIn(namespace))
    await expect(rows(page, 'Alerts').filter({ hasText: 'shop-1' })).toBeVisible()
    await expect(rows(page, 'Alerts').filter({ hasText: 'builder-2' })).toBeHidden()
    await expect(page.getByRole('link', { name: /\d+ hidden by tuning/ })).toBeVisible()
    await page.goto(alertsIn(namespace, '&status=any&hidden=only'))
    await expect(rows(page, 'Alerts').filter({ hasText: 'builder-2' })).toBeVisible()
  })

  await test.step('its page says what it covers, did, and until when', async () => {
    await page.goto('/tuning')
    const row = rows(page, 'Tuning rules').filter({ hasText: shellAlert })
    await expect(row).toContainText('1 alert')
    await expect(row).toContainText('In force')
    await row.getByRole('button', { name: /^Show summary/ }).click()
    const details = page.getByRole('complementary', { name: 'Tuning rule details' })
    await expect(details).toContainText('and Pod matches (* and ?) builder-* or runner-*')
    await expect(details).toContainText('The build image answers through PHP')
    await details.getByRole('button', { name: 'Apply to the last 30 days' }).click()
    await expect(details).toContainText('1 alert of 30 days, by analyst')
    await expect(row).toContainText('2 alerts')
    await details.getByRole('button', { name: 'Undo' }).click()
    await details.getByLabel('Reason to undo it').fill('The first one is looked at')
    await details.getByRole('button', { name: 'Undo' }).click()
    await expect(details).toContainText('Undone by analyst')
    await expect(row).toContainText('1 alert')
  })

  await test.step('it is changed and deleted here', async () => {
    const details = page.getByRole('complementary', { name: 'Tuning rule details' })
    await details.getByRole('button', { name: 'Edit' }).click()
    const dialog = page.getByRole('dialog', { name: 'Edit tuning rule' })
    await expect(dialog.getByRole('group', { name: 'Group 2' }).getByLabel('Values of condition 1')).toHaveValue(
      'builder-*\nrunner-*',
    )
    await dialog.getByLabel('What happens to covered alerts').selectOption('lower')
    await dialog.getByLabel('To at most').selectOption('low')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await expect(rows(page, 'Tuning rules').filter({ hasText: shellAlert })).toContainText('Lowers severity')
    await processStarted(request, { cluster, pod: `${namespace}/builder-3` }, webShell)
    await page.goto(alertsIn(namespace))
    await expect(rows(page, 'Alerts').filter({ hasText: 'builder-3' })).toContainText('Low')
    await page.goto('/tuning')
    await page.getByRole('button', { name: new RegExp(`^Show summary of .*${shellAlert}`) }).click()
    await details.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog', { name: 'Delete tuning rule' }).getByRole('button', { name: 'Delete' }).click()
    await expect(rows(page, 'Tuning rules').filter({ hasText: shellAlert })).toHaveCount(0)
  })
})

test('a maintenance window of every day keeps its namespace quiet', async ({ page, request }) => {
  const namespace = 'patch-night'
  await signIn(page, 'analyst')
  await page.goto('/tuning')
  await page.getByRole('button', { name: 'New maintenance window' }).click()
  const dialog = page.getByRole('dialog', { name: 'New maintenance window' })
  await dialog.getByLabel('Name', { exact: true }).fill('Patching')
  await dialog.getByLabel('Clusters').fill(cluster)
  await dialog.getByLabel('Namespaces').fill(namespace)
  await dialog.getByLabel('Repeats', { exact: true }).selectOption('weekly')
  await dialog.getByRole('checkbox', { name: 'Sunday' }).uncheck()
  await dialog.getByLabel('Reason').fill('Change 4711')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog.getByRole('alert')).toContainText('Choose at least one day')
  for (const day of await dialog.getByRole('checkbox').all()) await day.check()
  await dialog.getByLabel('Begins at').fill('00:00')
  await dialog.getByLabel('Ends at').fill('00:00')
  await dialog.getByLabel('Time zone').selectOption('Europe/Berlin')
  await dialog.getByRole('button', { name: 'Save' }).click()
  const row = rows(page, 'Tuning rules').filter({ hasText: 'Patching' })
  await expect(row).toContainText('Every day 00:00–00:00 (Europe/Berlin)')
  await processStarted(request, { cluster, pod: `${namespace}/web-1` }, webShell)
  await expect(row).toContainText('1 alert')
  await page.goto(alertsIn(namespace, '&status=any'))
  await expect(rows(page, 'Alerts')).toHaveCount(1)
  await expect(rows(page, 'Alerts').first()).toContainText('Resolved')
})

test('alerts are moved and split, incidents merged, resolved ones not; each with its line in the log', async ({
  page,
  request,
}) => {
  const namespace = 'grouping'
  await signIn(page, 'analyst')
  await processStarted(request, { cluster, pod: `${namespace}/web-1` }, webShell)
  await processStarted(request, { cluster, pod: `${namespace}/web-1` }, scanner)
  await processStarted(request, { cluster, pod: `${namespace}-b/api-1` }, webShell)
  const [first, second] = [
    await incidentOf(page, namespace, scanAlert),
    await incidentOf(page, `${namespace}-b`, shellAlert),
  ]
  expect(await incidentOf(page, namespace, shellAlert)).toBe(first)
  expect(second).not.toBe(first)

  await test.step('an alert is moved to the other incident, with the reason', async () => {
    const pane = await openAlert(page, namespace, scanAlert)
    await pane.getByRole('button', { name: 'Move alert' }).click()
    const dialog = page.getByRole('dialog', { name: 'Move alert to another incident' })
    await dialog.getByLabel('Incident ID').fill(String(second))
    await dialog.getByLabel('Comment').fill('The scan came from the api')
    await dialog.getByRole('button', { name: 'Move alert' }).click()
    await expect(page.getByText(`Alert moved to incident ${second}`)).toBeVisible()
    await expect(pane.getByText(`Incident ${second}`, { exact: true })).toBeVisible()
    await expect(pane).toContainText(`Moved here from incident ${first} by analyst: The scan came from the api`)
    await page.goto(`/incidents/${first}/activities`)
    await expect(page.getByText(new RegExp(`moved to incident ${second}: The scan came`))).toBeVisible()
  })

  let third = 0
  await test.step('it is split off into a new incident', async () => {
    await page.goto(`/incidents/${second}/alerts`)
    await page.getByRole('checkbox', { name: new RegExp(`Select ${scanAlert}`) }).check()
    await page.getByRole('button', { name: 'Move alert', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'Move alert to another incident' })
    await dialog.getByLabel('Move to').selectOption('new')
    await dialog.getByLabel('Comment').fill('Neither of the two')
    await dialog.getByRole('button', { name: 'Move alert' }).click()
    const said = page.getByText(/Alert moved to incident \d+/)
    await expect(said).toBeVisible()
    third = Number((await said.textContent())?.replace(/\D/g, ''))
    expect([first, second]).not.toContain(third)
    await page.goto(`/incidents/${third}/activities`)
    await expect(page.getByText(`Split off from incident ${second}`)).toBeVisible()
  })

  const choose = async (...ids: number[]) => {
    for (const id of ids) await page.getByRole('checkbox', { name: `Select incident ${id}`, exact: true }).check()
    await page.getByRole('button', { name: 'Merge incidents' }).click()
    return page.getByRole('dialog', { name: `Merge ${ids.length} incidents` })
  }
  await test.step('two are merged into the oldest, and the other says where it went', async () => {
    await page.goto('/incidents')
    const dialog = await choose(first, third)
    await dialog.getByLabel('Comment').fill('One attack after all')
    await dialog.getByRole('button', { name: 'Merge', exact: true }).click()
    await expect(page.getByText(`Merged into incident ${first}`)).toBeVisible()
    await page.goto(`/incidents/${first}/activities`)
    await expect(page.getByText(`Incident ${third} was merged into this one: One attack after all`)).toBeVisible()
    await page.goto(`/incidents/${third}`)
    await expect(page.getByRole('link', { name: `Merged into incident ${first}` })).toBeVisible()
  })

  await test.step('a resolved incident is not merged', async () => {
    await page.goto(`/incidents/${second}`)
    await page.getByRole('button', { name: 'Manage incident' }).click()
    const manage = page.getByRole('dialog')
    await manage.getByLabel('Status').selectOption('resolved')
    await manage.getByRole('button', { name: 'Save' }).click()
    await expect(manage).toBeHidden()
    await page.goto('/incidents?status=any')
    const dialog = await choose(first, second)
    await dialog.getByRole('button', { name: 'Merge', exact: true }).click()
    await expect(dialog.getByRole('alert')).toContainText(`Incident ${second} is closed`)
  })
})

test('a queue that the pointer leaves as its rows come takes new alerts at once', async ({ page, request }) => {
  const namespace = 'ci-left'
  await signIn(page, 'analyst')
  await page.mouse.move(600, 5)
  await processStarted(request, { cluster, pod: `${namespace}/first-1` }, webShell)
  let release = () => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  await page.route(/\/alerts\?/, async (route) => {
    await held
    await route.continue()
  })
  await page.goto('/alerts')
  // What a browser tells when the bar under the pointer is taken out: that it was entered, not that it was left.
  const over = { bubbles: true, pointerType: 'mouse' }
  await page.getByRole('status', { name: 'Loading' }).locator('div').first().dispatchEvent('pointerover', over)
  release()
  await expect(rows(page, 'Alerts').filter({ hasText: 'first-1' })).toBeVisible()
  await page.getByRole('banner').dispatchEvent('pointerover', over)
  await processStarted(request, { cluster, pod: `${namespace}/second-1` }, webShell)
  await expect(rows(page, 'Alerts').filter({ hasText: 'second-1' })).toBeVisible()
})
