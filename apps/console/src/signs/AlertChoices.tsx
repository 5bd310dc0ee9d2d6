import { type Severity, severityLabels } from '@cordon/incidents'
import { SelectField } from '@cordon/ui'
import { tactics } from './attack.ts'

type Category = (typeof tactics)[number][0]

interface ChoiceProps<T> {
  value: T
  onChange: (value: T) => void
}

/** The severity of an alert or incident. */
export function SeverityField({ value, onChange }: ChoiceProps<Severity>) {
  return (
    <SelectField
      label="Severity"
      value={value}
      onChange={(event) => onChange(event.target.value as Severity)} // the options are these
    >
      {Object.entries(severityLabels).map(([severity, label]) => (
        <option key={severity} value={severity}>
          {label}
        </option>
      ))}
    </SelectField>
  )
}

/** The ATT&CK tactic that an alert stands for. */
export function CategoryField({ value, onChange }: ChoiceProps<Category>) {
  return (
    <SelectField
      label="Category"
      value={value}
      onChange={(event) => onChange(event.target.value as Category)} // the options are these
    >
      {tactics.map(([tactic, label]) => (
        <option key={tactic} value={tactic}>
          {label}
        </option>
      ))}
    </SelectField>
  )
}
