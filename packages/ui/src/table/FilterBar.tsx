import { ListFilter, Plus, X } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../controls/Button.tsx'
import { CheckField, TextField } from '../controls/Field.tsx'
import { Popover } from '../overlays/Popover.tsx'
import { inertString } from '../text/inert-text.ts'

export interface FilterOption {
  value: string
  label: string
  count?: number
  /** One step in, below the option before it. */
  indent?: boolean
}

export interface FilterField {
  id: string
  label: string
  /** Choices; without them any text can be typed. */
  options?: readonly FilterOption[]
  /** Only one choice at a time. */
  single?: boolean
}

export interface FilterBarProps {
  fields: readonly FilterField[]
  values: Readonly<Record<string, readonly string[]>>
  onChange: (id: string, values: string[]) => void
  onReset: () => void
  isDefault: boolean
}

/** Filters in force as pills, and the way to add one. */
export function FilterBar({ fields, values, onChange, onReset, isDefault }: FilterBarProps) {
  const active = fields.filter((field) => (values[field.id]?.length ?? 0) > 0)
  const rest = fields.filter((field) => !active.includes(field))
  return (
    <div className="flex flex-wrap items-center gap-1.5" role="group" aria-label="Filters">
      <ListFilter className="size-4 text-muted" aria-hidden />
      {active.map((field) => (
        <Pill
          key={field.id}
          field={field}
          values={values[field.id] ?? []}
          onChange={(next) => onChange(field.id, next)}
        />
      ))}
      {rest.length > 0 && <AddFilter fields={rest} onChange={onChange} />}
      {!isDefault && (
        <Button size="sm" look="quiet" onClick={onReset}>
          Reset
        </Button>
      )}
    </div>
  )
}

function Pill({
  field,
  values,
  onChange,
}: {
  field: FilterField
  values: readonly string[]
  onChange: (values: string[]) => void
}) {
  const [open, setOpen] = useState(false)
  const words = values.map((value) =>
    inertString(field.options?.find((option) => option.value === value)?.label ?? value),
  )
  const text = words.length > 3 ? `${words.slice(0, 3).join(', ')} +${words.length - 3}` : words.join(', ')
  return (
    <span className="inline-flex h-7 items-stretch rounded-full border border-accent/40 bg-accent-soft text-xs">
      <Popover
        open={open}
        onOpenChange={setOpen}
        label={`Filter ${field.label}`}
        className="w-72"
        trigger={
          <button type="button" className="max-w-80 truncate rounded-l-full pr-1 pl-3">
            <span className="text-muted">{field.label}:</span> <bdi className="font-medium">{text}</bdi>
          </button>
        }
      >
        <Choices field={field} values={values} onApply={(next) => (onChange(next), setOpen(false))} />
      </Popover>
      <button
        type="button"
        aria-label={`Remove filter ${field.label}`}
        className="rounded-r-full pr-2 pl-1 text-muted hover:text-ink"
        onClick={() => onChange([])}
      >
        <X className="size-3.5" aria-hidden />
      </button>
    </span>
  )
}

function AddFilter({ fields, onChange }: { fields: readonly FilterField[]; onChange: FilterBarProps['onChange'] }) {
  const [open, setOpen] = useState(false)
  const [chosen, setChosen] = useState<string | null>(null)
  const field = fields.find((f) => f.id === chosen)
  return (
    <Popover
      label="Add filter"
      className="w-72"
      open={open}
      onOpenChange={(next) => {
        setOpen(next)
        setChosen(null)
      }}
      trigger={
        <Button size="sm" look="quiet" className="text-accent" icon={<Plus className="size-3.5" aria-hidden />}>
          Add filter
        </Button>
      }
    >
      {field ? (
        <Choices
          key={field.id}
          field={field}
          values={[]}
          onApply={(next) => {
            onChange(field.id, next)
            setOpen(false)
            setChosen(null)
          }}
        />
      ) : (
        <ul className="-m-2 flex flex-col">
          {fields.map((f) => (
            <li key={f.id}>
              <button
                type="button"
                className="w-full rounded-md px-2 py-1.5 text-left hover:bg-hover"
                onClick={() => setChosen(f.id)}
              >
                {f.label}
              </button>
            </li>
          ))}
        </ul>
      )}
    </Popover>
  )
}

function Choices({
  field,
  values,
  onApply,
}: {
  field: FilterField
  values: readonly string[]
  onApply: (values: string[]) => void
}) {
  const [draft, setDraft] = useState<readonly string[]>(values)
  const [text, setText] = useState('')
  const known = field.options ?? []
  // Values from a shared link may be missing from today's facets; they stay visible and removable.
  const options = [
    ...known,
    ...values.filter((v) => !known.some((o) => o.value === v)).map((v) => ({ value: v, label: v }) as FilterOption),
  ]
  const found = options.filter((option) => option.label.toLowerCase().includes(text.toLowerCase()))
  const toggle = (value: string) =>
    setDraft(field.single ? [value] : draft.includes(value) ? draft.filter((v) => v !== value) : [...draft, value])
  return (
    <form
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault()
        onApply(field.options || !text.trim() ? [...draft] : [...draft, text.trim()])
      }}
    >
      <p className="text-xs font-medium text-muted">{field.label}</p>
      {(!field.options || options.length > 8) && (
        <TextField
          hideLabel
          label={field.options ? `Search ${field.label}` : field.label}
          placeholder={field.options ? 'Search' : 'Exact value'}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      )}
      <div className="flex max-h-64 flex-col gap-1 overflow-y-auto p-0.5">
        {found.map((option) => (
          <div key={option.value} className={option.indent ? 'pl-5' : undefined}>
            <CheckField
              type={field.single ? 'radio' : 'checkbox'}
              name={field.id}
              checked={draft.includes(option.value)}
              onChange={() => toggle(option.value)}
              label={
                <span className="flex gap-2">
                  <bdi className="min-w-0 flex-1 break-words">{inertString(option.label)}</bdi>
                  {option.count !== undefined && (
                    <span className="text-xs text-muted">{option.count.toLocaleString()}</span>
                  )}
                </span>
              }
            />
          </div>
        ))}
        {field.options && found.length === 0 && <p className="text-xs text-muted">Nothing matches.</p>}
      </div>
      <div className="flex justify-end">
        <Button type="submit" look="primary" size="sm">
          Apply
        </Button>
      </div>
    </form>
  )
}
