import { PageHeader } from '@cordon/ui'
import { useCallback, useEffect, useRef, useState } from 'react'
import { useSearchParams } from 'react-router'
import { useSession } from '../api/session.ts'
import { CoverageStrip } from '../features/coverage/CoverageStrip.tsx'
import {
  addTab,
  changeTab,
  closeTab,
  type HuntTabs,
  longestLink,
  newTab,
  openTab,
  storedTabs,
  storeSources,
  storeTabs,
  usualSpan,
  wantsSources,
} from '../features/hunting/hunt-tabs.ts'
import { forgetResult, forgetResults, resultKey } from '../features/hunting/kept-results.ts'
import { SourcesPane } from '../features/hunting/SourcesPane.tsx'
import { UsageLine } from './hunting/UsageLine.tsx'
import { HuntTabStrip } from './hunting/HuntTabStrip.tsx'
import { HuntWorkspace, type WorkspaceHandle } from './hunting/HuntWorkspace.tsx'

/** KQL over the clusters' own events. The address carries the query of the open tab, so that it can be shared. */
export function Component() {
  const { data: session } = useSession()
  const user = session?.user?.name
  return (
    <>
      <title>Hunting · Cordon</title>
      <PageHeader title="Hunting">
        <UsageLine />
      </PageHeader>
      <CoverageStrip />
      {user !== undefined && <Hunting key={user} user={user} />}
    </>
  )
}

function Hunting({ user }: { user: string }) {
  const [params, setParams] = useSearchParams()
  const [state, setState] = useState<HuntTabs>(() => storedTabs(user))
  /** How often each tab was told to run; a tab is drawn from when it is first looked at. */
  const [runs, setRuns] = useState<ReadonlyMap<string, number>>(new Map())
  const [seen, setSeen] = useState<ReadonlySet<string>>(new Set())
  const [running, setRunning] = useState<ReadonlySet<string>>(new Set())
  const [hasSources, setSources] = useState(wantsSources)
  const handles = useRef(new Map<string, WorkspaceHandle>())
  const written = useRef<string | null>(null)
  const active = state.tabs.find(({ id }) => id === state.active) ?? state.tabs[0]

  if (!seen.has(active.id)) setSeen(new Set(seen).add(active.id))

  const open = useCallback((query: string, timespan: string, name: string, isRun: boolean) => {
    setState((before) => {
      const next = openTab(before, query, timespan, name)
      if (isRun) setRuns((counts) => new Map(counts).set(next.active, (counts.get(next.active) ?? 0) + 1))
      return next
    })
  }, [])

  // Go hunt and shared links come in through the address; back and forward do too.
  const address = params.toString()
  useEffect(() => {
    const query = params.get('query')
    if (query === null || address === written.current) return
    written.current = address
    open(query, params.get('timespan') ?? usualSpan, '', params.get('run') === '1')
  }, [address, params, open])

  // And the open tab goes out through it, a moment after the last letter.
  useEffect(() => {
    const timer = setTimeout(() => {
      const next = new URLSearchParams({ query: active.query, timespan: active.timespan })
      const text = next.toString()
      if (text === written.current || active.query === '') return
      // What is too long for an address stays in the tab only.
      const shown = text.length > longestLink ? new URLSearchParams() : next
      written.current = shown.toString()
      setParams(shown, { replace: true })
    }, 400)
    return () => clearTimeout(timer)
  }, [active.query, active.timespan, setParams])

  useEffect(() => storeTabs(user, state), [user, state])
  useEffect(() => forgetResults(user), [user])

  return (
    <div className="flex min-h-0 flex-1 border-t border-line">
      {hasSources && (
        <SourcesPane
          onInsert={(text) => handles.current.get(active.id)?.insert(text)}
          onOpen={({ query, timespan, name }, isRun) => open(query, timespan ?? active.timespan, name ?? '', isRun)}
        />
      )}
      <div className="flex min-w-0 flex-1 flex-col">
        <HuntTabStrip
          state={state}
          running={running}
          onChoose={(id) => setState((before) => ({ ...before, active: id }))}
          onClose={(id) => {
            forgetResult(resultKey(user, id))
            setState((before) => closeTab(before, id))
          }}
          hasSources={hasSources}
          onSources={() => {
            storeSources(!hasSources)
            setSources(!hasSources)
          }}
          onNew={() => setState((before) => addTab(before, newTab({ timespan: active.timespan })))}
        />
        {state.tabs
          .filter(({ id }) => id === active.id || seen.has(id))
          .map((tab) => (
            <div key={tab.id} hidden={tab.id !== active.id} className="flex min-h-0 min-w-0 flex-1 [&[hidden]]:hidden">
              <HuntWorkspace
                ref={(handle) => {
                  if (handle) handles.current.set(tab.id, handle)
                  else handles.current.delete(tab.id)
                }}
                keepAs={resultKey(user, tab.id)}
                query={tab.query}
                timespan={tab.timespan}
                name={tab.name}
                run={runs.get(tab.id) ?? 0}
                onChange={(change) => setState((before) => changeTab(before, tab.id, change))}
                onRunning={(isOn) => setRunning((before) => marked(before, tab.id, isOn))}
              />
            </div>
          ))}
      </div>
    </div>
  )
}

function marked(set: ReadonlySet<string>, id: string, isOn: boolean): ReadonlySet<string> {
  if (set.has(id) === isOn) return set
  const next = new Set(set)
  if (isOn) next.add(id)
  else next.delete(id)
  return next
}
