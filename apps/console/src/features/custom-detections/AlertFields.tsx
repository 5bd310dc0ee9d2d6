import { SelectField, TextArea, TextField } from '@cordon/ui'
import { CategoryField, SeverityField } from '../../signs/AlertChoices.tsx'
import type { Draft } from './detection-draft.ts'
import { type FieldsProps, listOf } from './ScheduleFields.tsx'

/** What the alert says, and what is to be done. */
export function AlertFields({ draft, problem, onChange }: FieldsProps) {
  return (
    <div className="grid gap-3 sm:grid-cols-2">
      <div className="sm:col-span-2">
        <TextField
          label="Alert title"
          required
          help="{{Column}} becomes the value of the alert’s first row."
          placeholder="Miner started in {{KubernetesPodName}}"
          maxLength={200}
          error={problem('title')}
          value={draft.title}
          onChange={(event) => onChange({ title: event.target.value })}
        />
      </div>
      <SeverityField value={draft.severity} onChange={(severity) => onChange({ severity })} />
      <CategoryField value={draft.category} onChange={(category) => onChange({ category })} />
      <TextField
        label="MITRE ATT&CK techniques"
        help="Ids, separated by commas."
        placeholder="T1496, T1611"
        error={problem('techniques')}
        defaultValue={draft.techniques.join(', ')}
        onChange={(event) => onChange({ techniques: listOf(event.target.value.toUpperCase()) })}
      />
      <SelectField
        label="Response to ask for"
        help="On the pods of each new alert. It waits in the Action center: nothing is done before a second person approves."
        value={draft.action?.type ?? ''}
        onChange={
          ({ target: { value } }) =>
            onChange({ action: value === '' ? null : { type: value as NonNullable<Draft['action']>['type'] } }) // as above
        }
      >
        <option value="">None</option>
        <option value="isolate-pod">Isolate pod</option>
        <option value="restrict-pod">Restrict pod access</option>
        <option value="terminate-pod">Terminate pod</option>
        <option value="contain-pod">Capture, isolate and terminate pod</option>
      </SelectField>
      <TextArea
        label="Description"
        rows={3}
        maxLength={2000}
        error={problem('description')}
        placeholder="{{ProcessName}} ran {{ProcessCommandLine}}."
        value={draft.description}
        onChange={(event) => onChange({ description: event.target.value })}
      />
      <TextArea
        label="What to do"
        rows={3}
        placeholder="One step a line"
        error={problem('steps')}
        defaultValue={draft.steps.join('\n')}
        onChange={(event) =>
          onChange({
            steps: event.target.value
              .split('\n')
              .map((step) => step.trim())
              .filter((step) => step !== ''),
          })
        }
      />
    </div>
  )
}
