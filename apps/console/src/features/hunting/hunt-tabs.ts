/** A query that someone works on; kept in the browser until it is closed. */
export interface HuntTab {
  id: string
  /** Of a saved query or a ready hunt; the query itself names it otherwise. */
  name: string
  query: string
  timespan: string
}

export interface HuntTabs {
  tabs: readonly [HuntTab, ...HuntTab[]]
  active: string
}

export const mostTabs = 12
export const usualSpan = 'P7D'
/** Characters of an address: servers refuse request lines beyond about 16 kB. */
export const longestLink = 12_000

const first =
  'CloudProcessEvents\n| summarize Starts = count(), Last = max(Timestamp) by ClusterName = tostring(parse_json(AdditionalFields).ClusterName), KubernetesNamespace, KubernetesPodName, ProcessName\n| sort by Last desc'

export function newTab(more: Partial<Omit<HuntTab, 'id'>> = {}): HuntTab {
  return { id: crypto.randomUUID(), name: '', query: '', timespan: usualSpan, ...more }
}

/** What a person sees at first. */
export function firstTabs(): HuntTabs {
  const tab = newTab({ query: first })
  return { tabs: [tab], active: tab.id }
}

/** Nothing of the person's own would be lost with it. */
export function isUntouched({ query, name }: HuntTab): boolean {
  return name === '' && (query.trim() === '' || query === first)
}

/** What a tab is called: its name, else the table that its query begins with. */
export function tabTitle({ name, query }: HuntTab): string {
  if (name !== '') return name
  const line = query
    .split('\n')
    .map((text) => text.trim())
    .find((text) => text !== '' && !text.startsWith('//') && !text.startsWith('let '))
  return line?.replace(/^\|?\s*/, '').slice(0, 40) ?? 'New query'
}

/** Opens a query: in a tab that has it already, in the active one when nothing is lost by it, else in a new one. */
export function openTab(state: HuntTabs, query: string, timespan: string, name = ''): HuntTabs {
  const active = state.tabs.find(({ id }) => id === state.active) ?? state.tabs[0]
  const same = [active, ...state.tabs].find((tab) => tab.query === query)
  if (same) return { ...changeTab(state, same.id, { timespan }), active: same.id }
  if (isUntouched(active)) return changeTab(state, active.id, { query, timespan, name })
  return addTab(state, newTab({ query, timespan, name }))
}

/** The oldest untouched tab makes room where there are too many; then the oldest. */
export function addTab(state: HuntTabs, tab: HuntTab): HuntTabs {
  const kept = [...state.tabs]
  if (kept.length >= mostTabs) kept.splice(Math.max(0, kept.findIndex(isUntouched)), 1)
  return { tabs: [...kept, tab] as unknown as HuntTabs['tabs'], active: tab.id } // has the new one
}

export function changeTab(state: HuntTabs, id: string, change: Partial<Omit<HuntTab, 'id'>>): HuntTabs {
  const tabs = state.tabs.map((tab) => (tab.id === id ? { ...tab, ...change } : tab))
  return { ...state, tabs: tabs as unknown as HuntTabs['tabs'] } // as many as before
}

/** The neighbour becomes active; in place of the last one comes an empty one. */
export function closeTab(state: HuntTabs, id: string): HuntTabs {
  const at = state.tabs.findIndex((tab) => tab.id === id)
  const left = state.tabs.filter((tab) => tab.id !== id)
  const [one, ...others] = left
  if (!one) {
    const tab = newTab()
    return { tabs: [tab], active: tab.id }
  }
  const active = state.active === id ? (left[Math.min(at, left.length - 1)] ?? one).id : state.active
  return { tabs: [one, ...others], active }
}

const keyOf = (user: string) => `cordon.hunting.tabs.${user}`

/** What this person left in this browser; the first tabs where there is nothing usable. */
export function storedTabs(user: string): HuntTabs {
  try {
    const stored = JSON.parse(localStorage.getItem(keyOf(user)) ?? 'null') as Partial<HuntTabs> | null
    const tabs = (stored?.tabs ?? []).filter(isTab).slice(0, mostTabs)
    const [one, ...others] = tabs
    if (!one) return firstTabs()
    return { tabs: [one, ...others], active: tabs.find(({ id }) => id === stored?.active)?.id ?? one.id }
  } catch {
    return firstTabs() // storage is off, or holds something else
  }
}

export function storeTabs(user: string, state: HuntTabs): void {
  try {
    localStorage.setItem(keyOf(user), JSON.stringify(state))
  } catch {
    // Storage is off or full: the tabs live as long as the page.
  }
}

const sourcesKey = 'cordon.hunting.sources'

/** Does the person want the tables and queries beside the editor? */
export function wantsSources(): boolean {
  try {
    return localStorage.getItem(sourcesKey) !== 'closed'
  } catch {
    return true
  }
}

export function storeSources(isOpen: boolean): void {
  try {
    localStorage.setItem(sourcesKey, isOpen ? 'open' : 'closed')
  } catch {
    // As with the tabs.
  }
}

function isTab(value: unknown): value is HuntTab {
  const tab = value as Partial<HuntTab> | null
  return [tab?.id, tab?.name, tab?.query, tab?.timespan].every((text) => typeof text === 'string')
}
