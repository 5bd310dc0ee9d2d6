import type { Output } from '@cordon/contract'
import { Notice, TextField, toast } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { q, refresh, useApi } from '../../api/query.ts'
import { bytesText } from '../../signs/cost-text.ts'
import { Problem } from '../../signs/Problem.tsx'
import { SaveBar, StoredSettings } from './StoredSettings.tsx'

type Stored = Output<'retentionGet'>
type Table = Stored['tables'][number]

const mostDays = 3650

/** For how many days the events of each hunting table are kept. */
export function RetentionForm() {
  const query = useQuery(q('retentionGet', {}))
  return (
    <StoredSettings label="Data retention" query={query}>
      {(stored) => <Form key={stored.version} stored={stored} />}
    </StoredSettings>
  )
}

function Form({ stored }: { stored: Stored }) {
  const [typed, setTyped] = useState<Record<string, string>>(() =>
    Object.fromEntries(stored.tables.map(({ table, ownDays }) => [table, ownDays === null ? '' : String(ownDays)])),
  )
  const save = useApi('retentionUpdate')
  const daysOf = ({ table }: Table): number | null => (typed[table] ? Number(typed[table]) : null)
  const isWrong = (table: Table): boolean => {
    const days = daysOf(table)
    return days !== null && !(Number.isInteger(days) && days >= 1 && days <= mostDays)
  }
  const changed = stored.tables.filter((table) => daysOf(table) !== table.ownDays)
  const losing = changed.filter(
    (table) => !isWrong(table) && beyond(table, daysOf(table) ?? stored.defaultDays) !== null,
  )
  return (
    <form
      className="flex flex-col gap-5"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (changed.some(isWrong)) return
        const days = Object.fromEntries(changed.map((table) => [table.table, daysOf(table)]))
        const onSuccess = () => {
          refresh(['settings'])
          toast({ title: 'Retention saved' })
        }
        save.mutate({ body: { days, version: stored.version } }, { onSuccess })
      }}
    >
      <div>
        <h2 className="text-base font-semibold">How long events are kept</h2>
        <p className="text-sm text-muted">
          Whole days beyond it are dropped from the event store, within the hour and for good. A table without days of
          its own keeps its events for {stored.defaultDays.toLocaleString()} days. Alerts, incidents and the ledger
          stay.
        </p>
      </div>
      <table className="w-full text-left text-sm">
        <thead className="text-xs text-muted">
          <tr className="border-b border-line">
            <th className="py-2 pr-4 font-medium">Table</th>
            <th className="w-40 py-2 pr-4 font-medium">Days</th>
            <th className="w-32 py-2 pr-4 text-right font-medium">Events</th>
            <th className="w-28 py-2 pr-4 text-right font-medium">On disk</th>
            <th className="w-36 py-2 font-medium">Since</th>
          </tr>
        </thead>
        <tbody>
          {stored.tables.map((table) => (
            <tr key={table.table} className="border-b border-line align-top last:border-0">
              <td className="py-2 pr-4">
                <span className="block font-medium">{table.table}</span>
                <span className="text-xs text-muted">{table.title}</span>
              </td>
              <td className="py-2 pr-4">
                <TextField
                  label={`Days of ${table.table}`}
                  hideLabel
                  type="number"
                  min={1}
                  max={mostDays}
                  placeholder={`${stored.defaultDays} (default)`}
                  value={typed[table.table] ?? ''}
                  error={isWrong(table) ? `A whole number from 1 to ${mostDays}.` : null}
                  onChange={(event) => setTyped({ ...typed, [table.table]: event.target.value })}
                />
              </td>
              <td className="py-3.5 pr-4 text-right tabular-nums">{table.rows.toLocaleString()}</td>
              <td className="py-3.5 pr-4 text-right tabular-nums">{bytesText(table.bytesOnDisk)}</td>
              <td className="py-3.5 tabular-nums">
                {table.firstDay ?? <span className="text-muted">No source sends it</span>}
                {/* What the store holds, not what was asked of it. */}
                {beyond(table, table.days) !== null && (
                  <span className="block text-xs text-caution">
                    Days before <span className="whitespace-nowrap">{beyond(table, table.days)}</span> are not dropped
                    yet
                  </span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {losing.length > 0 && (
        <Notice kind="warning" icon={<TriangleAlert aria-hidden />}>
          Saving drops events:{' '}
          {losing
            .map((table) => `${table.table} before ${beyond(table, daysOf(table) ?? stored.defaultDays) ?? ''}`)
            .join(', ')}
          . They can’t be brought back.
        </Notice>
      )}
      <SaveBar what="retention" stored={stored} isChanged={changed.length > 0} isSaving={save.isPending} />
      {save.isError && <Problem error={save.error} compact what="Not saved" />}
    </form>
  )
}

/** The first day that is kept, where days before it would go; null where none would. */
function beyond({ firstDay }: Table, days: number): string | null {
  const first = new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10)
  return firstDay !== null && firstDay < first ? first : null
}
