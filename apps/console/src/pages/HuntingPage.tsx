import { Button, Empty, Menu, MenuItem, Notice, PageHeader, Skeleton, toast } from '@cordon/ui'
import { Download, Play, Save, Square } from 'lucide-react'
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { useSearchParams } from 'react-router'
import { exportHunt } from '../api/hunting.ts'
import { problemOf } from '../api/query.ts'
import { CoverageStrip } from '../features/coverage/CoverageStrip.tsx'
import { withCondition } from '../features/hunting/hunt-text.ts'
import { RecordPane } from '../features/hunting/RecordPane.tsx'
import { SourcesPane } from '../features/hunting/SourcesPane.tsx'
import { TimePicker } from '../features/hunting/TimePicker.tsx'
import { useHunt } from '../features/hunting/useHunt.ts'
import { HuntResults } from './hunting/HuntResults.tsx'
import { SaveQuery } from './hunting/SaveQuery.tsx'

const QueryEditor = lazy(async () => ({ default: (await import('../features/hunting/QueryEditor.tsx')).QueryEditor }))

const first =
  'CloudProcessEvents\n| summarize Starts = count(), Last = max(Timestamp) by KubernetesNamespace, KubernetesPodName, ProcessName\n| sort by Last desc'

/** KQL over the clusters' own events. The address carries the query, so that it can be shared. */
export function Component() {
  const [params, setParams] = useSearchParams()
  const [query, setQuery] = useState(params.get('query') ?? first)
  const [timespan, setTimespan] = useState(params.get('timespan') ?? 'P7D')
  const [inspected, setInspected] = useState<Record<string, unknown> | null>(null)
  const [saving, setSaving] = useState(false)
  const { running, result, error, asked, run, cancel } = useHunt()
  const opened = useRef('')

  const start = (text: string, span: string) => {
    if (text.trim() === '') return
    setInspected(null)
    const next = new URLSearchParams({ query: text, timespan: span })
    opened.current = next.toString()
    setParams(next, { replace: true })
    void run(text, span)
  }
  const open = (text: string, span = timespan) => {
    setQuery(text)
    setTimespan(span)
    start(text, span)
  }

  // Go hunt and shared links come in through the address; back and forward do too.
  const address = params.toString()
  useEffect(() => {
    const text = params.get('query')
    if (text === null || address === opened.current) return
    opened.current = address
    const span = params.get('timespan') ?? 'P7D'
    setQuery(text)
    setTimespan(span)
    if (params.get('run') === '1') void run(text, span)
  }, [address, params, run])

  const download = (format: 'csv' | 'ndjson') =>
    void exportHunt(asked || query, timespan, format).then(
      (file) => save(file, `hunt.${format}`),
      (thrown: unknown) => toast({ title: 'Not exported', description: problemOf(thrown).detail, kind: 'failed' }),
    )

  return (
    <>
      <title>Hunting · Cordon</title>
      <PageHeader title="Hunting">
        <TimePicker value={timespan} onChange={setTimespan} />
        <Button icon={<Save className="size-4" aria-hidden />} onClick={() => setSaving(true)}>
          Save
        </Button>
        <Menu label="Export" trigger={<Button icon={<Download className="size-4" aria-hidden />}>Export</Button>}>
          <MenuItem disabled={!result} onSelect={() => download('csv')}>
            CSV
          </MenuItem>
          <MenuItem disabled={!result} onSelect={() => download('ndjson')}>
            NDJSON
          </MenuItem>
        </Menu>
        {running ? (
          <Button look="danger" icon={<Square className="size-4" aria-hidden />} onClick={cancel}>
            Cancel
          </Button>
        ) : (
          <Button
            look="primary"
            icon={<Play className="size-4" aria-hidden />}
            title="Ctrl+Enter"
            onClick={() => start(query, timespan)}
          >
            Run query
          </Button>
        )}
      </PageHeader>
      <CoverageStrip />
      <div className="flex min-h-0 flex-1">
        <SourcesPane
          onInsert={(text) => setQuery(`${query}${/\s$/.test(query) ? '' : ' '}${text}`)}
          onOpen={(text, span) => (span ? open(text, span) : open(text))}
        />
        <div className="flex min-w-0 flex-1 flex-col">
          <div className="h-52 min-h-24 shrink-0 resize-y overflow-hidden border-b border-line">
            <Suspense fallback={<Skeleton rows={4} />}>
              <QueryEditor value={query} onChange={setQuery} onRun={(selected) => start(selected ?? query, timespan)} />
            </Suspense>
          </div>
          <div role="status" aria-live="polite" className="sr-only">
            {running ? 'The query runs' : result ? `${result.results.length} rows` : ''}
          </div>
          {running && <Skeleton rows={6} />}
          {!running && error !== undefined && <Refused error={error} />}
          {!running && error === undefined && !result && (
            <Empty title="Run a query">Ctrl+Enter runs the query, or the selected part of it.</Empty>
          )}
          {!running && result && <HuntResults result={result} onInspect={setInspected} />}
        </div>
        {inspected && result && (
          <RecordPane
            schema={result.schema}
            row={inspected}
            onClose={() => setInspected(null)}
            onCondition={(column, value, equal) => open(withCondition(query, column, value, equal))}
          />
        )}
      </div>
      {saving && <SaveQuery query={query} onClose={() => setSaving(false)} />}
    </>
  )
}

function Refused({ error }: { error: unknown }) {
  const { detail } = problemOf(error)
  return (
    <div className="p-3">
      <Notice kind="danger">{detail}</Notice>
    </div>
  )
}

function save(file: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
