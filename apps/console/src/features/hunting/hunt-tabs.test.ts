import { describe, expect, it } from 'vitest'
import { addTab, closeTab, firstTabs, mostTabs, newTab, openTab, tabTitle } from './hunt-tabs.ts'

describe('query tabs', () => {
  it('opens in the untouched tab, and beside one that has something of the person', () => {
    const one = openTab(firstTabs(), 'AlertInfo', 'P1D')
    expect(one.tabs.map(({ query }) => query)).toEqual(['AlertInfo'])
    const two = openTab(one, 'IncidentInfo', 'P1D')
    expect(two.tabs).toHaveLength(2)
    expect(two.active).toBe(two.tabs[1]?.id)
    // The same query again is the same tab.
    expect(openTab(two, 'AlertInfo', 'PT1H')).toMatchObject({
      active: one.tabs[0].id,
      tabs: [{ timespan: 'PT1H' }, {}],
    })
  })

  it('keeps to the most, and to one at least', () => {
    let state = firstTabs()
    for (let i = 0; i < 20; i += 1) state = addTab(state, newTab({ query: `T | take ${i}` }))
    expect(state.tabs).toHaveLength(mostTabs)
    expect(state.tabs.at(-1)?.query).toBe('T | take 19')
    for (const { id } of state.tabs) state = closeTab(state, id)
    expect(state.tabs).toHaveLength(1)
    expect(state.tabs[0].query).toBe('')
  })

  it('is called by what its query says first', () => {
    expect(tabTitle(newTab({ query: '// why\nlet x = 1;\nAlertInfo\n| take 1' }))).toBe('AlertInfo')
    expect(tabTitle(newTab())).toBe('New query')
  })
})
