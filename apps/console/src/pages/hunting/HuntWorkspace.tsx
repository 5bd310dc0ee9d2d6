import { entitiesOfRow } from '@cordon/entities'
import { buttonClass, Empty, Skeleton } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { Telescope } from 'lucide-react'
import { lazy, type Ref, Suspense, useCallback, useEffect, useImperativeHandle, useMemo, useRef, useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { q } from '../../api/query.ts'
import { paths } from '../../app/paths.ts'
import { EntityPane } from '../../features/entities/EntityPane.tsx'
import type { EntityView } from '../../features/entities/entity-view.ts'
import { GoHunt } from '../../features/hunting/GoHunt.tsx'
import { type Pointed, refined, type Refinement } from '../../features/hunting/kql-edit.ts'
import type { EditorHandle } from '../../features/hunting/QueryEditor.tsx'
import { RecordPane } from '../../features/hunting/RecordPane.tsx'
import { type MenuRequest, RefineMenu } from '../../features/hunting/RefineMenu.tsx'
import type { Row } from '../../features/hunting/result-rows.ts'
import { useHunt } from '../../features/hunting/useHunt.ts'
import { TargetActions } from '../../features/response/TargetActions.tsx'
import { HuntBar } from './HuntBar.tsx'
import { HuntProgress } from './HuntProgress.tsx'
import { HuntResults } from './HuntResults.tsx'
import { useRowEntities } from './useRowEntities.ts'

const QueryEditor = lazy(async () => ({
  default: (await import('../../features/hunting/QueryEditor.tsx')).QueryEditor,
}))

const LinkDialog = lazy(async () => ({ default: (await import('../../features/hunting/LinkDialog.tsx')).LinkDialog }))
const HuntProblem = lazy(async () => ({
  default: (await import('../../features/hunting/HuntProblem.tsx')).HuntProblem,
}))
const SaveQuery = lazy(async () => ({ default: (await import('./SaveQuery.tsx')).SaveQuery }))

export interface WorkspaceHandle {
  insert(text: string): void
}

export interface HuntWorkspaceProps {
  ref?: Ref<WorkspaceHandle>
  query: string
  timespan: string
  /** Its answer is kept under this name over a reload of the page; not at all where left out. */
  keepAs?: string
  /** Of the saved query or ready hunt that this was. */
  name?: string
  onChange: (change: { query?: string; timespan?: string }) => void
  /** Runs at once, and again whenever this is another number. */
  run?: number
  onRan?: (query: string, timespan: string) => void
  onRunning?: (running: boolean) => void
  /** The incident beside which this hunt is. */
  incident?: { id: number; clusters: readonly string[]; firstActivity: string; lastActivity: string } | undefined
}

/** One query with its editor, its run and its results, and all that leads from rows to other places. */
export function HuntWorkspace(props: HuntWorkspaceProps) {
  const { query, timespan, name = '', onChange, run: wanted = 0, onRan, onRunning, incident } = props
  const { running, since, progress, result, error, asked, keptFrom, run, cancel } = useHunt(props.keepAs)
  const editor = useRef<EditorHandle>(null)
  const [pane, setPane] = useState<{ record: number } | { entity: string } | null>(null)
  const [menu, setMenu] = useState<MenuRequest | null>(null)
  const [linking, setLinking] = useState<readonly Row[] | null>(null)
  const [saving, setSaving] = useState(false)
  const navigate = useNavigate()
  const { data: clusterList } = useQuery({ ...q('clusterList', {}), staleTime: 60_000 })
  const clusters = useMemo(() => clusterList?.items.map(({ name }) => name) ?? [], [clusterList])
  useImperativeHandle(props.ref, () => ({ insert: (text) => editor.current?.insert(text) }))

  const start = useCallback(
    (text: string, span: string) => {
      if (text.trim() === '') return
      setPane(null)
      setMenu(null)
      onRan?.(text, span)
      void run(text, span)
    },
    [run, onRan],
  )
  useEffect(() => {
    if (wanted > 0) start(query, timespan)
    // oxlint-disable-next-line react/exhaustive-deps -- only a new number runs again, not every letter
  }, [wanted])
  useEffect(() => onRunning?.(running), [running, onRunning])

  const rewrite = useCallback(
    (text: string, span = timespan) => {
      onChange({ query: text, timespan: span })
      start(text, span)
    },
    [onChange, start, timespan],
  )
  const refine = useCallback(
    (pointed: Pointed, how: Refinement) => {
      // Where a selected part was run, that part is what is narrowed.
      const next = refined(asked.query, pointed, how)
      if (query.includes(asked.query) && query !== asked.query) {
        onChange({ query: query.replace(asked.query, () => next) })
        start(next, timespan)
      } else rewrite(next)
    },
    [asked, query, onChange, start, rewrite, timespan],
  )

  const { cluster, mappings, linkOf } = useRowEntities({
    query: asked.query,
    result,
    known: incident?.clusters,
    clusters,
  })
  const inspected = pane && 'record' in pane ? pane.record : null
  const record = inspected === null ? undefined : result?.results[inspected]
  const openEntity = useCallback((entity: string) => setPane({ entity }), [])
  const inspect = useCallback((index: number) => setPane({ record: index }), [])
  return (
    <div className="flex min-h-0 min-w-0 flex-1">
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">
        <HuntBar
          query={query}
          timespan={timespan}
          running={running}
          around={incident && { from: incident.firstActivity, to: incident.lastActivity }}
          onRun={() => start(query, timespan)}
          onCancel={cancel}
          onTimespan={(span) => onChange({ timespan: span })}
          onSave={() => setSaving(true)}
        />
        <div
          className={`${incident ? 'h-28' : 'h-36'} min-h-24 shrink-0 resize-y overflow-hidden border-b border-line bg-panel`}
        >
          <Suspense fallback={<Skeleton rows={4} />}>
            <QueryEditor
              ref={editor}
              value={query}
              onChange={(text) => onChange({ query: text })}
              onRun={(selected) => start(selected ?? query, timespan)}
            />
          </Suspense>
        </div>
        <p role="status" className="sr-only">
          {running ? 'The query runs' : result ? `The query is answered: ${result.results.length} rows` : ''}
        </p>
        {running && <HuntProgress since={since} progress={progress} />}
        {!running && error !== undefined && (
          <Suspense fallback={<Skeleton rows={3} />}>
            <HuntProblem
              key={asked.number}
              error={error}
              query={asked.query}
              onShow={(from, to) => {
                const at = Math.max(0, query.indexOf(asked.query))
                editor.current?.select(at + from, at + to)
              }}
              onFix={(fixed) => rewrite(query.includes(asked.query) ? query.replace(asked.query, () => fixed) : fixed)}
            />
          </Suspense>
        )}
        {!running && error === undefined && !result && (
          <Empty icon={<Telescope aria-hidden />} title="Run a query">
            Ctrl+Enter runs the query, or the selected part of it. Tables, saved queries and past runs are on the left.
          </Empty>
        )}
        {!running && error === undefined && result && (
          <HuntResults
            key={`${asked.number}`}
            result={result}
            asked={asked}
            keptFrom={keptFrom}
            incidentId={incident?.id}
            cluster={cluster}
            clusters={clusters}
            inspected={inspected}
            linkOf={linkOf}
            onInspect={inspect}
            onEntity={openEntity}
            onMenu={setMenu}
            onRefine={refine}
            onNarrow={(from, to) => rewrite(query, `${from}/${to}`)}
            onLink={setLinking}
          />
        )}
      </div>
      {record && result && !running && (
        <RecordPane
          schema={result.schema}
          row={record}
          number={(inspected ?? 0) + 1}
          entities={entitiesOfRow(mappings, record)}
          onMenu={(pointed, at) => setMenu({ pointed, at })}
          onEntity={openEntity}
          onStep={(by) => setPane({ record: Math.max(0, Math.min(result.results.length - 1, (inspected ?? 0) + by)) })}
          onClose={() => setPane(null)}
        />
      )}
      {pane && 'entity' in pane && (
        <EntityPane
          key={pane.entity}
          entityKey={pane.entity}
          incidentId={incident?.id}
          className="w-88 shrink-0 2xl:w-[26rem]"
          takeFocus
          actions={(entity) => actionsOn(entity, incident?.id)}
          pageLink={
            <Link to={paths.entity(pane.entity)} className={buttonClass()}>
              Open entity page
            </Link>
          }
          onEntity={openEntity}
          onAlert={(id) => void navigate(paths.alert(id))}
          onAction={(id) => void navigate(paths.action(id))}
          onClose={() => setPane(null)}
        />
      )}
      <RefineMenu request={menu} onClose={() => setMenu(null)} onRefine={refine} onEntity={openEntity} />
      <Suspense fallback={null}>
        {saving && <SaveQuery query={query} name={name} onClose={() => setSaving(false)} />}
        {linking && result && (
          <LinkDialog
            query={asked.query}
            result={result}
            rows={linking}
            clusters={clusters}
            cluster={cluster}
            incidentId={incident?.id}
            onClose={() => setLinking(null)}
            onOpen={(id) => void navigate(paths.incident(id))}
          />
        )}
      </Suspense>
    </div>
  )
}

function actionsOn(entity: EntityView, incidentId: number | undefined) {
  const { key, kind, name, uid, cluster, namespace, containment } = entity
  return (
    <>
      <GoHunt entityKey={key} incidentId={incidentId} />
      <TargetActions
        source="hunting"
        incidentId={incidentId}
        target={{
          key,
          kind,
          name,
          uid: uid ?? undefined,
          cluster: cluster ?? undefined,
          namespace: namespace ?? undefined,
          containment,
        }}
      />
    </>
  )
}
