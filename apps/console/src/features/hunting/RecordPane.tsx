import type { HuntResult } from '@cordon/contract'
import { CopyButton, IconButton, Inert, SidePane } from '@cordon/ui'
import { Equal, EqualNot } from 'lucide-react'
import { cellText } from './hunt-text.ts'

export interface RecordPaneProps {
  schema: HuntResult['schema']
  row: Record<string, unknown>
  onCondition: (column: { name: string; type: string }, value: unknown, equal: boolean) => void
  onClose: () => void
}

/** One row with everything in it; each value can become a condition of the query. */
export function RecordPane({ schema, row, onCondition, onClose }: RecordPaneProps) {
  return (
    <SidePane
      label="Record"
      title="Record"
      onClose={onClose}
      takeFocus
      actions={<CopyButton text={JSON.stringify(row, null, 2)} label="Copy as JSON" />}
    >
      <dl className="flex flex-col gap-2">
        {schema.map((column) => (
          <div key={column.name} className="group">
            <dt className="flex items-center gap-1 text-xs text-muted">
              <span className="truncate">{column.name}</span>
              <span className="ml-auto flex opacity-0 group-focus-within:opacity-100 group-hover:opacity-100">
                <IconButton
                  label={`Only rows where ${column.name} is this`}
                  onClick={() => onCondition(column, row[column.name], true)}
                >
                  <Equal className="size-3.5" aria-hidden />
                </IconButton>
                <IconButton
                  label={`Only rows where ${column.name} is not this`}
                  onClick={() => onCondition(column, row[column.name], false)}
                >
                  <EqualNot className="size-3.5" aria-hidden />
                </IconButton>
              </span>
            </dt>
            <dd className="min-w-0 break-words">
              {typeof row[column.name] === 'object' && row[column.name] !== null ? (
                <Inert value={JSON.stringify(row[column.name], null, 2)} max={20_000} mono block />
              ) : (
                <Inert value={cellText(row[column.name]) || '–'} max={20_000} block />
              )}
            </dd>
          </div>
        ))}
      </dl>
    </SidePane>
  )
}
