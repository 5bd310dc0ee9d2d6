import type { AuditJoinState, Finding } from '@cordon/contract'
import { type Column, DataTable, FilterBar, Inert, Time } from '@cordon/ui'
import { Scale } from 'lucide-react'
import { useState } from 'react'
import { qPages } from '../../api/query.ts'
import { ComparedClusters } from '../../features/record/ComparedClusters.tsx'
import { FindingPane } from '../../features/record/FindingPane.tsx'
import { FindingState } from '../../features/record/FindingState.tsx'
import { findingFields, findingKinds, findingShape } from '../../features/record/finding-filters.ts'
import { useListState } from '../../lists/useListState.ts'
import { ListEmpty } from '../../lists/ListEmpty.tsx'
import { ListPlaceholder } from '../../lists/ListPlaceholder.tsx'
import { useQueue } from '../../lists/useQueue.ts'
import { SubjectLink } from './SubjectLink.tsx'

const keyOf = (row: Finding) => String(row.id)

/** Where the record and the clusters' own audit logs differ. */
export function FindingsTab() {
  const list = useListState(findingShape)
  const { sort: _, dir: __, ...query } = list.query
  const queue = useQueue<Finding>(qPages('findingList', { ...query, limit: 100 }), keyOf, list.scope)
  const [open, setOpen] = useState<{ id: number; byKeyboard: boolean } | null>(null)
  const clusters = (queue.query.data?.pages[0] as { clusters: AuditJoinState[] } | undefined)?.clusters ?? [] // the list's own first page
  const finding = queue.rows.find((row) => row.id === open?.id)
  const isBlind = clusters.every((cluster) => cluster.state !== 'compared')
  return (
    <>
      <ComparedClusters clusters={clusters} />
      <div className="px-5 pb-2.5">
        <FilterBar fields={findingFields(clusters.map((cluster) => cluster.cluster))} {...list.bar} />
      </div>
      <div className="flex min-h-0 flex-1 border-t border-line bg-panel">
        <DataTable
          label="Findings"
          {...queue.table}
          rows={queue.rows}
          columns={columns}
          rowKey={keyOf}
          rowName={(row) => `finding ${row.id}`}
          activeKey={finding && keyOf(finding)}
          onOpen={(row, byKeyboard) => setOpen(open?.id === row.id ? null : { id: row.id, byKeyboard })}
          placeholder={
            <ListPlaceholder query={queue.query}>
              <ListEmpty
                list={list}
                icon={<Scale aria-hidden />}
                none="finding"
                title={isBlind ? 'Nothing could be compared yet' : 'No open finding'}
              >
                {isBlind
                  ? 'No cluster’s audit log was compared with the record. That there is no finding says nothing.'
                  : 'Where a cluster was compared, its audit log shows what the record shows. See above how far that is.'}
              </ListEmpty>
            </ListPlaceholder>
          }
        />
        {finding && (
          <FindingPane
            key={finding.id}
            finding={finding}
            action={finding.actionId ? <SubjectLink subject={`action:${finding.actionId}`} /> : '–'}
            takeFocus={open?.byKeyboard ?? false}
            onClose={() => setOpen(null)}
          />
        )}
      </div>
    </>
  )
}

const columns: Column<Finding>[] = [
  { id: 'foundAt', header: 'Found', width: 148, cell: (r) => <Time value={r.foundAt} /> },
  { id: 'state', header: 'State', width: 170, cell: (r) => <FindingState state={r.state} /> },
  { id: 'kind', header: 'Kind', width: 230, cell: (r) => findingKinds[r.kind] },
  { id: 'text', header: 'What differs', width: 260, grow: true, cell: (r) => <Inert value={r.text} max={240} /> },
  { id: 'cluster', header: 'Cluster', width: 110, cell: (r) => <Inert value={r.cluster} max={60} /> },
  { id: 'object', header: 'Object', width: 180, cell: (r) => <Inert value={r.object} max={120} /> },
]
