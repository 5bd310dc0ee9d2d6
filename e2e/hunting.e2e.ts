import { AxeBuilder } from '@axe-core/playwright'
import { expect, type Locator, type Page, test } from '@playwright/test'
import { signIn } from './analyst.ts'

const victim = 'cordon-simulation-victim'

/** The grid of results below a place, when its query is answered. */
async function answered(within: Page | Locator): Promise<Locator> {
  const grid = within.getByRole('grid', { name: 'Results' })
  await expect(grid.getByRole('row').nth(1)).toBeVisible()
  return grid
}

/** The text of the query editor. */
function editor(within: Page | Locator): Locator {
  return within.getByRole('textbox', { name: 'KQL query' })
}

async function serious(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'])
    .analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id} at ${nodes
          .map((node) => node.target.join(' '))
          .slice(0, 3)
          .join(', ')}`,
    )
}

async function openHunt(page: Page, query: string): Promise<void> {
  await page.goto(`/hunting?${new URLSearchParams({ query, timespan: 'P7D', run: '1' })}`)
}

/** Takes an action on a pod that a hunt finds, and waits until it is verified. */
async function fromResults(page: Page, pod: string, action: string, comment: string): Promise<void> {
  await openHunt(
    page,
    `KubernetesEntities\n| where EntityType == "pod" and EntityName == "${pod}" and isnull(GoneTime)\n| project ClusterName, KubernetesNamespace, KubernetesPodName = EntityName, EntityKey`,
  )
  const grid = await answered(page)
  await grid.focus()
  await page.keyboard.press('Space')
  await page.getByRole('button', { name: 'Take action' }).click()
  await page.getByRole('menuitem', { name: action, exact: true }).click()
  const dialog = page.getByRole('dialog', { name: action })
  await expect(dialog.getByRole('list', { name: 'Targets' })).toContainText(pod)
  await dialog.getByRole('textbox', { name: /Comment/ }).fill(comment)
  await dialog.getByRole('button', { name: /^Confirm 1 of 1/ }).click()
  await expect(dialog.getByText('Verified', { exact: true })).toBeVisible({ timeout: 60_000 })
  await dialog.getByRole('button', { name: 'Close' }).last().click()
}

test('an analyst hunts beside the incident, links what was found, isolates from it and finds the action by hunting', async ({
  page,
}) => {
  test.setTimeout(240_000)
  await signIn(page, 'analyst')
  await page.getByRole('link', { name: /Crypto mining in pod/ }).click({ timeout: 60_000 })
  await expect(page.getByRole('heading', { level: 1, name: /Crypto mining/ })).toBeVisible()
  const incident = page.url().replace(/[?#].*$/, '')
  const beside = page.getByRole('complementary', { name: 'Hunt beside the incident' })

  await test.step('Go hunt on the pod opens beside the incident, around its time', async () => {
    await page.getByRole('tab', { name: /^Entities/ }).click()
    await page
      .getByRole('button', { name: new RegExp(`^Menu for ${victim}`) })
      .first()
      .click()
    await page.getByRole('menuitem', { name: 'Process events' }).click()
    await expect(beside.getByRole('heading', { name: 'Process events' })).toBeVisible()
    await answered(beside)
    await expect(beside.getByLabel('Time range', { exact: true })).toContainText('Incident ± 1 day')
    expect(page.url()).toContain(new URL(incident).pathname)
    await expect(page.getByRole('heading', { level: 1, name: /Crypto mining/ })).toBeVisible()
  })

  await test.step('a click on a value narrows the query', async () => {
    const grid = await answered(beside)
    await grid.getByRole('gridcell', { name: 'xmrig', exact: true }).first().click({ button: 'right' })
    await page.getByRole('menuitem', { name: /^Equals/ }).click()
    await expect(editor(beside)).toContainText('| where ProcessName == "xmrig"')
    await expect(beside.getByRole('tablist', { name: 'Results' })).toBeVisible()
    await answered(beside)
    // Every row that is left has it.
    await expect(grid.getByRole('gridcell', { name: 'curl', exact: true })).toHaveCount(0)
  })

  await test.step('the same is a chart when the query asks for one', async () => {
    await editor(beside).click()
    await page.keyboard.press('Control+End')
    await page.keyboard.insertText('\n| summarize Starts = count() by ProcessCommandLine\n| render barchart')
    await page.keyboard.press('Control+Enter')
    await expect(beside.getByRole('img', { name: /^bar chart/ })).toBeVisible()
  })

  await test.step('rows become an alert of the incident, with the query and the rows in it', async () => {
    await page.getByRole('button', { name: 'Close the hunt' }).click()
    await page
      .getByRole('button', { name: new RegExp(`^Menu for ${victim}`) })
      .first()
      .click()
    await page.getByRole('menuitem', { name: 'Process events' }).click()
    await answered(beside)
    await beside.getByRole('checkbox', { name: 'Select row 1', exact: true }).click()
    await beside.getByRole('checkbox', { name: 'Select row 2', exact: true }).click()
    await beside.getByRole('button', { name: 'Link to incident' }).click()
    const dialog = page.getByRole('dialog', { name: 'Link to incident' })
    await dialog.getByLabel('Alert title').fill('Seen while hunting')
    await dialog.getByLabel('Category').selectOption('impact')
    await expect(dialog.getByRole('region', { name: 'Outcome' })).toContainText(victim)
    await dialog.getByRole('button', { name: 'Link', exact: true }).click()
    await expect(dialog).toBeHidden()
    await page.goto(`${incident}/alerts`)
    await page.getByText('Seen while hunting').first().click()
    const pane = page.getByRole('complementary').filter({ hasText: 'Linked from a hunt' })
    await expect(pane).toContainText('CloudProcessEvents')
    await page.goto(`${incident}/activities`)
    await expect(page.getByText(/“Seen while hunting” added: Linked by analyst from a hunt with 2 rows/)).toBeVisible()
  })

  await test.step('isolation from the results goes through the same requirements and is verified', async () => {
    await fromResults(page, victim, 'Isolate pod', 'Found by hunting; cutting it off.')
  })

  await test.step('the action is a row of ResponseActions, by where it was asked for', async () => {
    await openHunt(
      page,
      'ResponseActions\n| where Source == "hunting"\n| project ActionType, State, TargetName, RequestedBy',
    )
    const grid = await answered(page)
    for (const text of ['isolate-pod', 'verified', victim, 'analyst'])
      await expect(grid.getByRole('gridcell', { name: text, exact: true }).first()).toBeVisible()
  })

  // The stories after this one find the attack as it was.
  await test.step('it is released in the same way', async () => {
    await fromResults(page, victim, 'Release from isolation', 'Seen enough.')
  })
})

test('the page keeps queries in tabs, says what is wrong where, and repairs it', async ({ page }) => {
  await signIn(page, 'analyst')
  await openHunt(page, 'AlertInfo\n| where Severity = "High"')
  const problem = page.getByRole('alert').filter({ hasText: 'can’t run' })
  await expect(problem.locator('mark')).toHaveText('=')
  await problem.getByRole('button', { name: 'Write == and run' }).click()
  await expect(editor(page)).toContainText('Severity == "High"')
  await answered(page)

  await page.getByRole('button', { name: 'New query' }).click()
  await editor(page).fill('IncidentInfo\n| project IncidentId, IncidentName')
  await page.keyboard.press('Control+Enter')
  await answered(page)
  await expect(page).toHaveURL(/query=IncidentInfo/)
  await page.reload()
  const tabs = page.getByRole('list', { name: 'Open queries' })
  await expect(tabs.getByRole('listitem')).toHaveCount(2)
  await tabs.getByRole('button', { name: 'AlertInfo', exact: true }).click()
  await expect(editor(page)).toContainText('Severity == "High"')
})

test('the results are worked by keyboard, and nothing serious stands in the way of anyone', async ({ page }) => {
  await signIn(page, 'analyst')
  await openHunt(page, 'CloudProcessEvents\n| project Timestamp, ProcessName, ProcessCommandLine, AdditionalFields')
  const grid = await answered(page)
  expect(await serious(page)).toEqual([])

  await grid.focus()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowDown')
  const active = await grid.getAttribute('aria-activedescendant')
  const name = await page.locator(`[id="${active}"]`).textContent()
  await page.keyboard.press('Enter')
  const record = page.getByRole('complementary', { name: 'Record' })
  await expect(record.getByRole('heading', { name: 'Row 2' })).toBeFocused()
  expect(await serious(page)).toEqual([])
  await page.keyboard.press('Escape')
  await expect(record).toBeHidden()
  await grid.focus()
  await page.keyboard.press('x')
  await expect(grid.getByRole('button', { name: 'Close row 2 in place' })).toBeVisible()
  await grid.focus()
  await page.keyboard.press('!')
  await expect(editor(page)).toContainText(`| where ProcessName != "${name}"`)
  await answered(page)

  await grid.focus()
  await page.keyboard.press('f')
  const filter = page.getByRole('dialog', { name: /^Filter / })
  await expect(filter).toBeVisible()
  expect(await serious(page)).toEqual([])
  await page.keyboard.press('Escape')
  await page.getByRole('tab', { name: 'Query details' }).click()
  await expect(page.getByRole('region', { name: 'Time' })).toContainText('Ran in the engine')
  expect(await serious(page)).toEqual([])
})

test('results are there after a reload, with their time, until the person signs out', async ({ page }) => {
  await signIn(page, 'analyst')
  const query = 'KubernetesEntities\n| where EntityType == "pod"\n| take 7'
  await openHunt(page, query)
  await answered(page)
  await expect(page.getByText(/^7 rows/)).toBeVisible()
  await expect(page.getByText(/as of/)).toBeHidden()
  // The address no longer asks for a run: what comes back wasn't asked for again.
  await expect(page).not.toHaveURL(/run=1/)
  await page.reload()
  await answered(page)
  await expect(page.getByText(/^7 rows .* as of/)).toBeVisible()
  await page.getByRole('button', { name: /Analyst/ }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await expect(page.getByLabel('Password')).toBeVisible()
  await signIn(page, 'analyst')
  await page.goto('/hunting')
  await expect(page.getByText('Run a query', { exact: true })).toBeVisible()
})

test('the assets and the evidence of an incident are hunted for beside it', async ({ page }) => {
  await signIn(page, 'analyst')
  await page
    .getByRole('link', { name: /Crypto mining in pod/ })
    .first()
    .click()
  const beside = page.getByRole('complementary', { name: 'Hunt beside the incident' })
  for (const tab of [/^Assets/, /^Evidence/]) {
    await page.getByRole('tab', { name: tab }).click()
    await page
      .getByRole('button', { name: new RegExp(`^Go hunt for .*${victim}$`) })
      .first()
      .click()
    await page.getByRole('menuitem', { name: 'All activity' }).click()
    await expect(beside).toBeVisible()
    await answered(beside)
    await expect(page).toHaveURL(/\/incidents\/\d+/)
    await beside.getByRole('button', { name: 'Close the hunt' }).click()
  }
})
