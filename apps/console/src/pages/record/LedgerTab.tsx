import type { LedgerItem } from '@cordon/contract'
import { type Column, DataTable, FilterBar, Inert, Time } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { ScrollText } from 'lucide-react'
import { useState } from 'react'
import { q, qPages } from '../../api/query.ts'
import { LedgerEntryPane } from '../../features/record/LedgerEntryPane.tsx'
import { LedgerStanding } from '../../features/record/LedgerStanding.tsx'
import { detailsText } from '../../features/record/details-text.ts'
import { ledgerFields, ledgerShape } from '../../features/record/ledger-filters.ts'
import { SearchBox } from '../../lists/SearchBox.tsx'
import { useListState } from '../../lists/useListState.ts'
import { ListEmpty } from '../../lists/ListEmpty.tsx'
import { ListPlaceholder } from '../../lists/ListPlaceholder.tsx'
import { useQueue } from '../../lists/useQueue.ts'
import { SubjectLink } from './SubjectLink.tsx'

const keyOf = (row: LedgerItem) => String(row.seq)

/** The ledger, newest first, with what proves it. */
export function LedgerTab() {
  const list = useListState(ledgerShape)
  const users = useQuery(q('userList', {}))
  const { sort: _, dir, ...query } = list.query
  const queue = useQueue<LedgerItem>(
    qPages('ledgerList', { ...query, dir: dir === 'asc' ? 'asc' : 'desc', limit: 100 }),
    keyOf,
    list.scope,
  )
  const [open, setOpen] = useState<{ entry: LedgerItem; byKeyboard: boolean } | null>(null)
  return (
    <>
      <div className="pt-3">
        <LedgerStanding />
      </div>
      <div className="flex flex-wrap items-center gap-2 px-5 pb-2.5">
        <FilterBar
          fields={ledgerFields(users.data?.items.map((u) => ({ value: u.name, label: u.displayName || u.name })) ?? [])}
          {...list.bar}
        />
        <div className="ml-auto">
          <SearchBox label="Search in the details" value={list.state.search} onChange={list.setSearch} />
        </div>
      </div>
      <div className="flex min-h-0 flex-1 border-t border-line bg-panel">
        <DataTable
          label="Ledger"
          {...queue.table}
          rows={queue.rows}
          columns={columns}
          rowKey={keyOf}
          rowName={(row) => `entry ${row.seq}`}
          {...list.sorting}
          activeKey={open && keyOf(open.entry)}
          onOpen={(entry, byKeyboard) => setOpen(open?.entry.seq === entry.seq ? null : { entry, byKeyboard })}
          placeholder={
            <ListPlaceholder query={queue.query} rows={12}>
              <ListEmpty list={list} icon={<ScrollText aria-hidden />} none="entry" title="No entry yet">
                Every change by a person or by Cordon itself is written here.
              </ListEmpty>
            </ListPlaceholder>
          }
        />
        {open && (
          <LedgerEntryPane
            key={open.entry.seq}
            entry={open.entry}
            subject={<SubjectLink subject={open.entry.subject} />}
            takeFocus={open.byKeyboard}
            onSubject={() => list.setFilter('subject', [open.entry.subject])}
            onClose={() => setOpen(null)}
          />
        )}
      </div>
    </>
  )
}

const columns: Column<LedgerItem>[] = [
  { id: 'seq', header: 'Entry', width: 72, sortKey: 'seq', cell: (r) => r.seq.toLocaleString() },
  { id: 'at', header: 'Time', width: 140, cell: (r) => <Time value={r.at} /> },
  { id: 'actor', header: 'Actor', width: 100, roomy: 180, spare: 2, cell: (r) => <Inert value={r.actor} max={60} /> },
  {
    id: 'kind',
    header: 'Kind',
    width: 146,
    roomy: 210,
    cell: (r) => <Inert value={r.kind} max={60} className="font-medium" />,
  },
  {
    id: 'subject',
    header: 'Subject',
    width: 230,
    roomy: 340,
    spare: 1,
    cell: (r) => <SubjectLink subject={r.subject} />,
  },
  {
    id: 'details',
    header: 'What',
    width: 210,
    roomy: 380,
    grow: true,
    cell: (r) => <Inert value={detailsText(r.details) || '–'} max={400} className="text-muted" />,
  },
]
