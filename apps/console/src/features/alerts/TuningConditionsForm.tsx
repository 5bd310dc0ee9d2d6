import { tuningFields, tuningOperators } from '@cordon/incidents'
import { Button, IconButton, SelectField, TextArea } from '@cordon/ui'
import { Plus, Trash2 } from 'lucide-react'
import { type DraftCondition, type DraftGroup, newCondition, type TuningDraft } from './tuning-draft.ts'

type Conditions = Pick<TuningDraft, 'match' | 'groups'>

const mostGroups = 20
const examples: Partial<Record<DraftCondition['field'], string>> = {
  severity: 'low',
  tactic: 'discovery',
  technique: 'T1613',
  image: 'registry.example.org/ci/*',
  commandLine: 'kubectl rollout *',
  'service-account': 'ci/deployer',
  ip: '10.0.0.7',
}

/** Groups of conditions, each with its own link, and how the groups are linked. */
export function TuningConditionsForm({
  match,
  groups,
  onChange,
}: Conditions & { onChange: (next: Conditions) => void }) {
  const put = (at: number, group: DraftGroup | null) =>
    onChange({
      match,
      groups: group ? groups.map((one, index) => (index === at ? group : one)) : groups.filter((_, i) => i !== at),
    })
  return (
    <div className="flex flex-col gap-3">
      {groups.length > 1 && (
        <SelectField
          label="An alert is covered when"
          value={match}
          onChange={(event) => onChange({ groups, match: event.target.value as Conditions['match'] })} // the options are these
        >
          <option value="all">all of the groups hold</option>
          <option value="any">any of the groups holds</option>
        </SelectField>
      )}
      {groups.map((group, at) => (
        <Group
          // oxlint-disable-next-line react/no-array-index-key -- groups and conditions have no other identity
          key={at}
          name={groups.length > 1 ? `Group ${at + 1}` : 'Conditions'}
          group={group}
          onChange={(next) => put(at, next)}
          onRemove={groups.length > 1 ? () => put(at, null) : undefined}
        />
      ))}
      <div>
        <Button
          size="sm"
          disabled={groups.length >= mostGroups}
          icon={<Plus className="size-3.5" aria-hidden />}
          onClick={() => onChange({ match, groups: [...groups, { match: 'all', items: [newCondition()] }] })}
        >
          Add group
        </Button>
      </div>
    </div>
  )
}

interface GroupProps {
  name: string
  group: DraftGroup
  onChange: (group: DraftGroup) => void
  onRemove: (() => void) | undefined
}

function Group({ name, group, onChange, onRemove }: GroupProps) {
  const put = (at: number, item: DraftCondition) =>
    onChange({ ...group, items: group.items.map((one, index) => (index === at ? item : one)) })
  return (
    <fieldset className="flex flex-col gap-2 rounded-md border border-line p-3">
      <legend className="px-1 text-xs font-medium text-muted">{name}</legend>
      <div className="flex items-end gap-2">
        <div className="min-w-0 flex-1">
          <SelectField
            label={onRemove ? 'The group holds when' : 'An alert is covered when'}
            value={group.match}
            onChange={(event) => onChange({ ...group, match: event.target.value as DraftGroup['match'] })} // as above
          >
            <option value="all">all of these hold</option>
            <option value="any">any of these holds</option>
          </SelectField>
        </div>
        {onRemove && (
          <Button size="sm" onClick={onRemove} icon={<Trash2 className="size-3.5" aria-hidden />}>
            Remove group
          </Button>
        )}
      </div>
      {group.items.map((item, at) => (
        <Condition
          // oxlint-disable-next-line react/no-array-index-key -- as above
          key={at}
          name={`condition ${at + 1}`}
          item={item}
          onChange={(next) => put(at, next)}
          onRemove={() => onChange({ ...group, items: group.items.filter((_, index) => index !== at) })}
        />
      ))}
      <div className="flex items-center gap-3">
        <Button
          size="sm"
          icon={<Plus className="size-3.5" aria-hidden />}
          disabled={group.items.length >= 20}
          onClick={() => onChange({ ...group, items: [...group.items, newCondition()] })}
        >
          Add condition
        </Button>
        <span className="text-xs text-muted">One value a line: any of them is enough. Case doesn’t count.</span>
      </div>
    </fieldset>
  )
}

interface ConditionProps {
  name: string
  item: DraftCondition
  onChange: (item: DraftCondition) => void
  onRemove: () => void
}

function Condition({ name, item, onChange, onRemove }: ConditionProps) {
  return (
    <div className="grid grid-cols-[9.5rem_11.5rem_1fr_auto] items-start gap-2">
      <SelectField
        label={`Field of ${name}`}
        hideLabel
        value={item.field}
        onChange={(event) => onChange({ ...item, field: event.target.value as DraftCondition['field'] })} // as above
      >
        {Object.entries(tuningFields).map(([field, label]) => (
          <option key={field} value={field}>
            {label}
          </option>
        ))}
      </SelectField>
      <SelectField
        label={`Comparison of ${name}`}
        hideLabel
        value={item.operator}
        onChange={(event) => onChange({ ...item, operator: event.target.value as DraftCondition['operator'] })} // as above
      >
        {Object.entries(tuningOperators).map(([operator, label]) => (
          <option key={operator} value={operator}>
            {label}
          </option>
        ))}
      </SelectField>
      <TextArea
        label={`Values of ${name}`}
        hideLabel
        value={item.text}
        placeholder={examples[item.field]}
        rows={Math.min(8, item.text.split('\n').length)}
        className="max-h-44 min-h-8! resize-none py-1.25! [field-sizing:content]"
        maxLength={50_000}
        onChange={(event) => onChange({ ...item, text: event.target.value })}
      />
      <IconButton label={`Remove ${name}`} onClick={onRemove}>
        <Trash2 className="size-4" aria-hidden />
      </IconButton>
    </div>
  )
}
