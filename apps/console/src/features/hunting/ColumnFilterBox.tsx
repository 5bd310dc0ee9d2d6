import { Button, CheckField, inertString, TextField } from '@cordon/ui'
import { useMemo } from 'react'
import { type ColumnFilter, type Row, valuesOf } from './result-rows.ts'

export interface ColumnFilterBoxProps {
  name: string
  results: readonly Row[]
  filter: ColumnFilter | undefined
  onChange: (filter: ColumnFilter | undefined) => void
}

const most = 40

/** Which rows a column lets through: by a part of its text, or by its commonest values. */
export function ColumnFilterBox({ name, results, filter, onChange }: ColumnFilterBoxProps) {
  const { values, all } = useMemo(() => valuesOf(results, name, most), [results, name])
  const chosen = filter?.values ?? null
  const text = filter?.text ?? ''
  const set = (next: ColumnFilter) => onChange(next.text === '' && next.values === null ? undefined : next)
  const toggle = (value: string) => {
    const next = new Set(chosen)
    if (!next.delete(value)) next.add(value)
    set({ text, values: next.size === 0 ? null : next })
  }
  return (
    <div className="flex w-72 flex-col gap-2">
      <TextField
        label={`Text in ${inertString(name)}`}
        value={text}
        onChange={(event) => set({ text: event.target.value, values: chosen })}
      />
      <fieldset className="flex max-h-64 flex-col gap-1 overflow-y-auto">
        <legend className="pb-1 text-xs text-muted">
          {all > values.length ? `The ${values.length} commonest of ${all.toLocaleString()} values` : 'Values'}
        </legend>
        {values.map(([value, count]) => (
          <CheckField
            key={value}
            checked={chosen?.has(value) ?? false}
            onChange={() => toggle(value)}
            label={
              <span className="flex gap-2">
                <bdi className="min-w-0 flex-1 [overflow-wrap:anywhere]">
                  {inertString(value.slice(0, 120)) || '(empty)'}
                </bdi>
                <span className="text-muted">{count.toLocaleString()}</span>
              </span>
            }
          />
        ))}
      </fieldset>
      <Button size="sm" disabled={!filter} onClick={() => onChange(undefined)}>
        Clear
      </Button>
    </div>
  )
}
