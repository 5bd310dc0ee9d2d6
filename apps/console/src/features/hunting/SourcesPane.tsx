import { Button, Skeleton, Tabs, TextField, Time } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { Trash2 } from 'lucide-react'
import { useState } from 'react'
import { q, useApi } from '../../api/query.ts'

export interface SourcesPaneProps {
  onInsert: (text: string) => void
  onOpen: (query: string, timespan?: string) => void
}

type Tab = 'schema' | 'queries' | 'history'

/** What there is to hunt in, and what was asked before. */
export function SourcesPane(props: SourcesPaneProps) {
  const [tab, setTab] = useState<Tab>('schema')
  return (
    <aside aria-label="Hunting sources" className="flex w-72 shrink-0 flex-col border-r border-line bg-panel">
      <Tabs
        small
        label="Hunting sources"
        value={tab}
        onChange={setTab}
        tabs={[
          { value: 'schema', label: 'Schema' },
          { value: 'queries', label: 'Queries' },
          { value: 'history', label: 'History' },
        ]}
      >
        <div className="min-h-0 flex-1 overflow-y-auto px-3 py-2 text-sm">
          {tab === 'schema' ? (
            <Schema {...props} />
          ) : tab === 'queries' ? (
            <Queries {...props} />
          ) : (
            <History {...props} />
          )}
        </div>
      </Tabs>
    </aside>
  )
}

function Schema({ onInsert, onOpen }: SourcesPaneProps) {
  const { data } = useQuery({ ...q('huntingSchema', {}), staleTime: Infinity })
  const [word, setWord] = useState('')
  if (!data) return <Skeleton rows={8} />
  const wanted = word.trim().toLowerCase()
  const matches = (text: string) => text.toLowerCase().includes(wanted)
  const tables = data.tables.filter(
    (table) => matches(table.name) || table.columns.some((column) => matches(column.name)),
  )
  return (
    <>
      <TextField
        label="Search the schema"
        hideLabel
        placeholder="Search the schema"
        value={word}
        onChange={(event) => setWord(event.target.value)}
      />
      <ul className="mt-2 flex flex-col gap-0.5">
        {tables.map((table) => (
          <li key={table.name}>
            <details open={wanted !== '' && tables.length < 4}>
              <summary className="cursor-pointer rounded px-1 py-0.5 font-medium hover:bg-hover" title={table.doc}>
                {table.name}
              </summary>
              <ul className="ml-3 border-l border-line pl-2">
                {table.columns.map((column) => (
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
                {table.samples.map((sample) => (
                  <li key={sample.title}>
                    <button
                      type="button"
                      className="w-full rounded px-1 text-left text-accent hover:underline"
                      onClick={() => onOpen(sample.query)}
                    >
                      {sample.title}
                    </button>
                  </li>
                ))}
              </ul>
            </details>
          </li>
        ))}
      </ul>
      <details className="mt-3">
        <summary className="cursor-pointer px-1 py-0.5 font-medium">Functions</summary>
        <p className="px-1 text-xs leading-5 text-muted">
          {[...data.aggregates, ...data.functions].filter(matches).join(', ')}
        </p>
      </details>
    </>
  )
}

const folders = { mine: 'My queries', shared: 'Shared queries', 'built-in': 'Built-in queries' } as const

function Queries({ onOpen }: SourcesPaneProps) {
  const { data } = useQuery(q('huntingQueryList', {}))
  const remove = useApi('huntingQueryDelete')
  if (!data) return <Skeleton rows={8} />
  return (['mine', 'shared', 'built-in'] as const).map((folder) => {
    const items = data.items.filter((item) => item.folder === folder)
    return (
      <section key={folder} className="mb-3">
        <h3 className="px-1 pb-1 text-xs font-medium text-muted">{folders[folder]}</h3>
        {items.length === 0 && <p className="px-1 text-xs text-muted">None yet.</p>}
        <ul>
          {items.map((item) => (
            <li key={item.id} className="group flex items-start">
              <button
                type="button"
                className="min-w-0 flex-1 rounded px-1 py-0.5 text-left hover:bg-hover"
                title={item.description}
                onClick={() => onOpen(item.query)}
              >
                <bdi>{item.name}</bdi>
                {item.tactic && <span className="ml-1 text-xs text-muted">{item.tactic.replaceAll('-', ' ')}</span>}
              </button>
              {folder === 'mine' && (
                <Button
                  look="quiet"
                  size="sm"
                  aria-label={`Delete ${item.name}`}
                  onClick={() => remove.mutate({ params: { id: item.id } })}
                >
                  <Trash2 className="size-3.5" aria-hidden />
                </Button>
              )}
            </li>
          ))}
        </ul>
      </section>
    )
  })
}

function History({ onOpen }: SourcesPaneProps) {
  const { data } = useQuery(q('huntingHistory', {}))
  if (!data) return <Skeleton rows={8} />
  if (data.items.length === 0) return <p className="text-muted">Your last 30 runs will be here.</p>
  return (
    <ul>
      {data.items.map((item) => (
        <li key={item.id}>
          <button
            type="button"
            className="w-full rounded px-1 py-1 text-left hover:bg-hover"
            onClick={() => onOpen(item.query, item.timespan ?? undefined)}
          >
            <span className="block truncate font-mono text-xs">{item.query.replaceAll(/\s+/g, ' ')}</span>
            <span className="text-xs text-muted">
              <Time value={item.at} /> · {item.state}
              {item.rows !== null && ` · ${item.rows.toLocaleString()} rows`} · {item.ms.toLocaleString()} ms
            </span>
          </button>
        </li>
      ))}
    </ul>
  )
}
