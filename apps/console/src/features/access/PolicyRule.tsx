import { type ApprovalRule, actionLabels, actionTypes } from '@cordon/response'
import { Button, CheckField, TextField } from '@cordon/ui'
import { Trash2 } from 'lucide-react'
import { sentence } from '../../signs/attack.ts'

const severities = ['high', 'medium', 'low', 'informational'] as const

/** One rule of the approval policy; a condition that is left empty means any. */
export function PolicyRule({
  rule,
  number,
  error,
  onChange,
  onRemove,
}: {
  rule: ApprovalRule
  number: number
  error: string | null
  onChange: (rule: ApprovalRule) => void
  onRemove: () => void
}) {
  return (
    <fieldset className="rounded-lg border border-line bg-panel px-4 pt-2 pb-4">
      <legend className="px-1 text-xs font-medium text-muted">Rule {number}</legend>
      <div className="flex flex-col gap-4">
        <div className="flex items-start gap-3">
          <div className="max-w-md flex-1">
            <TextField
              label="Name"
              maxLength={100}
              value={rule.name}
              error={error}
              placeholder="For example: terminations in production"
              onChange={(event) => onChange({ ...rule, name: event.target.value })}
            />
          </div>
          <Button
            className="mt-5 ml-auto"
            icon={<Trash2 className="size-4" aria-hidden />}
            onClick={onRemove}
            aria-label={`Remove rule ${number}`}
          >
            Remove
          </Button>
        </div>
        <Choices
          label="Actions"
          options={actionTypes.map((type) => ({ value: type, label: actionLabels[type] }))}
          chosen={rule.types}
          onChange={(types) => onChange({ ...rule, types })}
        />
        <Choices
          label="Severity of the incident"
          options={severities.map((value) => ({ value, label: sentence(value) }))}
          chosen={rule.severities}
          onChange={(chosen) => onChange({ ...rule, severities: chosen })}
        />
        <div className="grid gap-4 sm:grid-cols-3">
          <Names
            label="Clusters"
            help="Names, separated by commas. Empty: any."
            names={rule.clusters}
            onChange={(clusters) => onChange({ ...rule, clusters })}
          />
          <Names
            label="Namespaces"
            help="* stands for any characters. Empty: any."
            names={rule.namespaces}
            onChange={(namespaces) => onChange({ ...rule, namespaces })}
          />
          <TextField
            type="number"
            label="Targets in one request, at least"
            min={1}
            max={100}
            value={rule.minTargets}
            onChange={(event) => onChange({ ...rule, minTargets: Number(event.target.value) })}
          />
        </div>
      </div>
    </fieldset>
  )
}

function Choices<T extends string>({
  label,
  options,
  chosen,
  onChange,
}: {
  label: string
  options: readonly { value: T; label: string }[]
  chosen: readonly T[]
  onChange: (chosen: T[]) => void
}) {
  return (
    <fieldset>
      <legend className="mb-1 text-xs font-medium text-muted">{label} (none chosen: any)</legend>
      <div className="flex flex-wrap gap-x-5 gap-y-1.5">
        {options.map((option) => (
          <CheckField
            key={option.value}
            label={option.label}
            checked={chosen.includes(option.value)}
            onChange={(event) =>
              onChange(
                options
                  .map(({ value }) => value)
                  .filter((value) => (value === option.value ? event.target.checked : chosen.includes(value))),
              )
            }
          />
        ))}
      </div>
    </fieldset>
  )
}

function Names({
  label,
  help,
  names,
  onChange,
}: {
  label: string
  help: string
  names: readonly string[]
  onChange: (names: string[]) => void
}) {
  return (
    <TextField
      label={label}
      help={help}
      defaultValue={names.join(', ')}
      onChange={(event) =>
        onChange(
          event.target.value
            .split(',')
            .map((name) => name.trim())
            .filter(Boolean),
        )
      }
    />
  )
}
