import type { HuntingTable, SavedQuery } from '@cordon/contract'
import { Button, IconButton, Inert, Skeleton, Tabs, TextField, Time } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { ChevronRight, Play, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { q, useApi } from '../../api/query.ts'
import { tacticLabel, tactics } from '../../signs/attack.ts'

export interface SourcesPaneProps {
  onInsert: (text: string) => void
  onOpen: (hunt: { query: string; timespan?: string; name?: string }, run: boolean) => void
}

type Tab = 'schema' | 'functions' | 'queries' | 'history'

/** What there is to hunt in, and what was asked before. */
export function SourcesPane(props: SourcesPaneProps) {
  const [tab, setTab] = useState<Tab>('schema')
  return (
    <aside aria-label="Hunting sources" className="flex w-78 shrink-0 flex-col border-r border-line bg-panel">
      <Tabs
        small
        label="Hunting sources"
        value={tab}
        onChange={setTab}
        tabs={[
          { value: 'schema', label: 'Schema' },
          { value: 'functions', label: 'Functions' },
          { value: 'queries', label: 'Queries' },
          { value: 'history', label: 'History' },
        ]}
      >
        <div className="min-h-0 flex-1 overflow-y-auto px-3 py-2 text-sm">
          {tab === 'schema' && <Schema {...props} />}
          {tab === 'functions' && <Functions {...props} />}
          {tab === 'queries' && <Queries {...props} />}
          {tab === 'history' && <History {...props} />}
        </div>
      </Tabs>
    </aside>
  )
}

function Schema({ onInsert, onOpen }: SourcesPaneProps) {
  // Columns stay as they are while the server runs; what tables hold doesn't.
  const { data } = useQuery({ ...q('huntingSchema', {}), staleTime: 60_000 })
  const [word, setWord] = useState('')
  if (!data) return <Skeleton rows={8} />
  const wanted = word.trim().toLowerCase()
  const matches = (text: string) => text.toLowerCase().includes(wanted)
  const found = data.tables
    .map((table) => ({
      table,
      columns: matches(table.name)
        ? table.columns
        : table.columns.filter((column) => matches(column.name) || matches(column.doc)),
    }))
    .filter(({ columns }) => columns.length > 0)
  return (
    <>
      <TextField
        label="Search the schema"
        hideLabel
        type="search"
        placeholder="Search tables and columns"
        value={word}
        onChange={(event) => setWord(event.target.value)}
      />
      <ul className="mt-2 flex flex-col gap-0.5">
        {found.map(({ table, columns }) => (
          <Table
            key={table.name}
            table={table}
            columns={columns}
            isOpen={wanted !== ''}
            onInsert={onInsert}
            onOpen={onOpen}
          />
        ))}
      </ul>
      {found.length === 0 && <p className="mt-3 text-muted">No table or column is called so.</p>}
    </>
  )
}

function Table({
  table,
  columns,
  isOpen,
  onInsert,
  onOpen,
}: SourcesPaneProps & { table: HuntingTable; columns: HuntingTable['columns']; isOpen: boolean }) {
  return (
    <li className="relative">
      <details open={isOpen} className="group/table">
        <summary className="flex h-7 cursor-pointer list-none items-center gap-1 rounded pr-8 font-medium hover:bg-hover">
          <ChevronRight className="size-3.5 shrink-0 text-muted group-open/table:rotate-90" aria-hidden />
          <span className="min-w-0 flex-1 truncate">{table.name}</span>
          {table.kept?.firstDay === null && <span className="text-xs font-normal text-muted">empty</span>}
        </summary>
        <p className="pt-0.5 pb-1 pl-5 text-xs text-muted">{table.doc}</p>
        {table.kept && <Kept kept={table.kept} />}
        <ul className="ml-1.5 border-l border-line pl-2">
          {columns.map((column) => (
            <li key={column.name}>
              <button
                type="button"
                className="flex w-full items-baseline gap-2 rounded px-1 text-left hover:bg-hover"
                title={`${column.doc}${column.values.length > 0 ? `: ${column.values.join(', ')}` : ''}`}
                onClick={() => onInsert(column.name)}
              >
                <span className="min-w-0 flex-1 truncate">{column.name}</span>
                <span className="text-xs text-muted">{column.type}</span>
              </button>
            </li>
          ))}
        </ul>
        {table.samples.length > 0 && (
          <>
            <p className="pt-1.5 pl-5 text-xs text-muted">Sample queries</p>
            <ul className="pb-1 pl-4">
              {table.samples.map((sample) => (
                <li key={sample.title}>
                  <button
                    type="button"
                    className="w-full rounded px-1 text-left text-accent hover:underline"
                    onClick={() => onOpen({ query: sample.query, name: sample.title }, true)}
                  >
                    {sample.title}
                  </button>
                </li>
              ))}
            </ul>
          </>
        )}
      </details>
      <IconButton
        label={`Look at ${table.name}`}
        className="absolute top-0.5 right-1 size-6"
        onClick={() => onOpen({ query: `${table.name}\n| take 100`, name: table.name }, true)}
      >
        <Play className="size-3" aria-hidden />
      </IconButton>
    </li>
  )
}

/** How far back a hunt in the table can look. */
function Kept({ kept: { days, firstDay } }: { kept: NonNullable<HuntingTable['kept']> }) {
  return (
    <p className="pb-1 pl-5 text-xs text-muted">
      {firstDay === null ? 'No source sends this yet. ' : `Since ${firstDay}. `}
      Kept for {days === 1 ? 'a day' : `${days.toLocaleString()} days`}.
    </p>
  )
}

function Functions({ onInsert }: SourcesPaneProps) {
  const { data } = useQuery({ ...q('huntingSchema', {}), staleTime: Infinity })
  const [word, setWord] = useState('')
  if (!data) return <Skeleton rows={8} />
  const matches = (text: string) => text.toLowerCase().includes(word.trim().toLowerCase())
  const groups = [
    ['Operators', data.operators, ' '],
    ['Aggregates', data.aggregates, '()'],
    ['Functions', data.functions, '()'],
    ['Plugins', data.plugins, '()'],
  ] as const
  return (
    <>
      <TextField
        label="Search the functions"
        hideLabel
        type="search"
        placeholder="Search operators and functions"
        value={word}
        onChange={(event) => setWord(event.target.value)}
      />
      {groups.map(([title, names, end]) => {
        const found = names.filter(matches)
        return (
          found.length > 0 && (
            <section key={title} className="mt-3">
              <h3 className="pb-1 text-xs font-medium text-muted">
                {title} <span>{found.length}</span>
              </h3>
              <ul className="flex flex-wrap gap-1">
                {found.map((name) => (
                  <li key={name}>
                    <button
                      type="button"
                      className="rounded border border-line px-1.5 py-px font-mono text-xs hover:bg-hover"
                      onClick={() => onInsert(name + end)}
                    >
                      {name}
                    </button>
                  </li>
                ))}
              </ul>
            </section>
          )
        )
      })}
    </>
  )
}

const folders = { mine: 'My queries', shared: 'Shared queries' } as const

function Queries({ onOpen }: SourcesPaneProps) {
  const { data } = useQuery(q('huntingQueryList', {}))
  const [word, setWord] = useState('')
  if (!data) return <Skeleton rows={8} />
  const matches = ({ name, description, query }: SavedQuery) =>
    `${name} ${description} ${query}`.toLowerCase().includes(word.trim().toLowerCase())
  const items = data.items.filter(matches)
  const builtIn = items.filter(({ folder }) => folder === 'built-in')
  return (
    <>
      <TextField
        label="Search the queries"
        hideLabel
        type="search"
        placeholder="Search queries"
        value={word}
        onChange={(event) => setWord(event.target.value)}
      />
      {(['mine', 'shared'] as const).map((folder) => {
        const own = items.filter((item) => item.folder === folder)
        return (
          <section key={folder} className="mt-3">
            <h3 className="pb-1 text-xs font-medium text-muted">{folders[folder]}</h3>
            {own.length === 0 ? (
              <p className="px-1 text-xs text-muted">None{word === '' ? ' yet' : ''}.</p>
            ) : (
              <QueryList items={own} onOpen={onOpen} />
            )}
          </section>
        )
      })}
      {tactics.map(([id]) => {
        const own = builtIn.filter(({ tactic }) => tactic === id)
        return (
          own.length > 0 && (
            <section key={id} className="mt-3">
              <h3 className="pb-1 text-xs font-medium text-muted">Built-in · {tacticLabel(id)}</h3>
              <QueryList items={own} onOpen={onOpen} />
            </section>
          )
        )
      })}
    </>
  )
}

function QueryList({ items, onOpen }: { items: readonly SavedQuery[]; onOpen: SourcesPaneProps['onOpen'] }) {
  const remove = useApi('huntingQueryDelete')
  const [leaving, setLeaving] = useState<string | null>(null)
  return (
    <ul>
      {items.map((item) => (
        <li key={item.id} className="flex items-start gap-0.5">
          <button
            type="button"
            className="min-w-0 flex-1 rounded px-1 py-0.5 text-left hover:bg-hover"
            title={item.query}
            onClick={() => onOpen({ query: item.query, name: item.name }, true)}
          >
            <Inert value={item.name} max={120} />
            {item.description !== '' && (
              <span className="line-clamp-2 text-xs text-muted">
                <Inert value={item.description} max={200} />
              </span>
            )}
            {item.folder === 'shared' && (
              <span className="block text-xs text-muted">
                by <Inert value={item.owner} max={60} />
              </span>
            )}
          </button>
          {item.folder === 'mine' &&
            (leaving === item.id ? (
              <Button
                size="sm"
                look="danger"
                disabled={remove.isPending}
                onBlur={() => setLeaving(null)}
                onClick={() => remove.mutate({ params: { id: item.id } })}
              >
                Delete
              </Button>
            ) : (
              <IconButton label={`Delete ${item.name}`} className="size-6" onClick={() => setLeaving(item.id)}>
                <Trash2 className="size-3.5" aria-hidden />
              </IconButton>
            ))}
        </li>
      ))}
    </ul>
  )
}

function History({ onOpen }: SourcesPaneProps) {
  const { data } = useQuery(q('huntingHistory', {}))
  if (!data) return <Skeleton rows={8} />
  if (data.items.length === 0) return <p className="text-muted">Your last 30 runs will be here.</p>
  return (
    <ul className="flex flex-col gap-0.5">
      {data.items.map((item) => (
        <li key={item.id}>
          <button
            type="button"
            className="w-full rounded px-1 py-1 text-left hover:bg-hover"
            title={item.query}
            onClick={() =>
              onOpen({ query: item.query, ...(item.timespan === null ? {} : { timespan: item.timespan }) }, true)
            }
          >
            <span className="line-clamp-2 font-mono text-xs [overflow-wrap:anywhere]">
              <Inert value={item.query.replaceAll(/\s+/g, ' ')} max={160} />
            </span>
            <span className="text-xs text-muted">
              <Time value={item.at} /> ·{' '}
              <span className={item.state === 'failed' ? 'text-failed' : ''}>{item.state}</span>
              {item.rows !== null && ` · ${item.rows.toLocaleString()} rows`} · {item.ms.toLocaleString()} ms
            </span>
          </button>
        </li>
      ))}
    </ul>
  )
}
