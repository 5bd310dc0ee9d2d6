import { Columns3 } from 'lucide-react'
import { Button } from '../controls/Button.tsx'
import { CheckField } from '../controls/Field.tsx'
import { Popover } from '../overlays/Popover.tsx'

export interface ColumnChooserProps {
  columns: readonly { id: string; header: string; fixed?: boolean }[]
  shown: readonly string[]
  onChange: (shown: string[]) => void
}

/** Which columns a table shows. */
export function ColumnChooser({ columns, shown, onChange }: ColumnChooserProps) {
  return (
    <Popover
      label="Choose columns"
      className="w-60"
      trigger={
        <Button size="sm" icon={<Columns3 className="size-3.5" aria-hidden />}>
          Columns
        </Button>
      }
    >
      <fieldset className="flex flex-col gap-1.5">
        <legend className="mb-2 text-xs font-medium text-muted">Columns</legend>
        {columns.map((column) => (
          <CheckField
            key={column.id}
            label={column.header}
            checked={column.fixed || shown.includes(column.id)}
            disabled={column.fixed}
            onChange={(event) => {
              const chosen = new Set(shown)
              if (event.target.checked) chosen.add(column.id)
              else chosen.delete(column.id)
              onChange(columns.map((c) => c.id).filter((id) => chosen.has(id)))
            }}
          />
        ))}
      </fieldset>
    </Popover>
  )
}
