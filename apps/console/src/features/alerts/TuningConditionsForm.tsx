import { type TuningCondition, type TuningField, tuningFields, tuningOperators } from '@cordon/incidents'
import { Button, IconButton, SelectField, TextField } from '@cordon/ui'
import { Plus, Trash2 } from 'lucide-react'

export interface ConditionGroup {
  match: 'all' | 'any'
  items: TuningCondition[]
}

/** One group of conditions; further values of a condition are kept as they are. */
export function TuningConditionsForm({
  group,
  onChange,
}: {
  group: ConditionGroup
  onChange: (group: ConditionGroup) => void
}) {
  const change = (at: number, item: TuningCondition) =>
    onChange({ ...group, items: group.items.map((one, index) => (index === at ? item : one)) })
  return (
    <fieldset className="flex flex-col gap-2 rounded-md border border-line p-3">
      <legend className="px-1 text-xs text-muted">Conditions</legend>
      <SelectField
        label="An alert is covered when"
        value={group.match}
        onChange={(event) => onChange({ ...group, match: event.target.value as ConditionGroup['match'] })} // the options are these
      >
        <option value="all">all of these hold</option>
        <option value="any">any of these holds</option>
      </SelectField>
      {group.items.map((item, at) => (
        // The position is the identity: conditions have no other.
        // oxlint-disable-next-line react/no-array-index-key
        <div key={at} className="grid grid-cols-[10rem_10rem_1fr_auto] items-end gap-2">
          <SelectField
            label={`Field of condition ${at + 1}`}
            hideLabel
            value={item.field}
            onChange={(event) => change(at, { ...item, field: event.target.value as TuningField })} // as above
          >
            {Object.entries(tuningFields).map(([field, label]) => (
              <option key={field} value={field}>
                {label}
              </option>
            ))}
          </SelectField>
          <SelectField
            label={`Comparison of condition ${at + 1}`}
            hideLabel
            value={item.operator}
            onChange={(event) => change(at, { ...item, operator: event.target.value as TuningCondition['operator'] })} // as above
          >
            {Object.entries(tuningOperators).map(([operator, label]) => (
              <option key={operator} value={operator}>
                {label}
              </option>
            ))}
          </SelectField>
          <TextField
            label={`Value of condition ${at + 1}`}
            hideLabel
            value={item.values[0] ?? ''}
            maxLength={1000}
            onChange={(event) => change(at, { ...item, values: [event.target.value, ...item.values.slice(1)] })}
          />
          <IconButton
            label={`Remove condition ${at + 1}`}
            onClick={() => onChange({ ...group, items: group.items.filter((_, index) => index !== at) })}
          >
            <Trash2 className="size-4" aria-hidden />
          </IconButton>
        </div>
      ))}
      <div>
        <Button
          size="sm"
          icon={<Plus className="size-3.5" aria-hidden />}
          onClick={() =>
            onChange({ ...group, items: [...group.items, { field: 'pod', operator: 'equals', values: [''] }] })
          }
        >
          Add condition
        </Button>
      </div>
    </fieldset>
  )
}
