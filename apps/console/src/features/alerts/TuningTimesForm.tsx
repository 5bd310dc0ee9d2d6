import { weekdays } from '@cordon/incidents'
import { CheckField, SelectField, TextField, localZone } from '@cordon/ui'
import type { TuningDraft } from './tuning-draft.ts'

const spans = { '': 'never', 7: 'in 7 days', 30: 'in 30 days', 90: 'in 90 days', 365: 'in a year', on: 'on a date' }

interface TimesProps {
  draft: TuningDraft
  onChange: (change: Partial<TuningDraft>) => void
}

/** Until when a tuning rule holds; for a maintenance window when it is, once or every week. */
export function TuningTimesForm({ draft, onChange }: TimesProps) {
  if (draft.kind === 'tuning')
    return (
      <>
        <SelectField
          label="Expires"
          value={draft.expires}
          onChange={(event) => onChange({ expires: event.target.value })}
        >
          {Object.entries(spans).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </SelectField>
        {draft.expires === 'on' && <Moment label="Expires on" field="endsAt" draft={draft} onChange={onChange} />}
      </>
    )
  return (
    <>
      <SelectField
        label="Repeats"
        value={draft.repeats}
        onChange={(event) =>
          onChange({ repeats: event.target.value as TuningDraft['repeats'], startsAt: '', endsAt: '' })
        } // the options are these
      >
        <option value="once">Once</option>
        <option value="weekly">Every week</option>
      </SelectField>
      {draft.repeats === 'once' ? (
        <div className="col-span-full grid gap-4 sm:grid-cols-2">
          <Moment label="From" field="startsAt" draft={draft} onChange={onChange} />
          <Moment label="Until" field="endsAt" draft={draft} onChange={onChange} />
        </div>
      ) : (
        <Weekly draft={draft} onChange={onChange} />
      )}
    </>
  )
}

function Weekly({ draft, onChange }: TimesProps) {
  return (
    <fieldset className="col-span-full flex flex-col gap-3 rounded-md border border-line p-3">
      <legend className="px-1 text-xs font-medium text-muted">Every week</legend>
      <div role="group" aria-label="Days on which it begins" className="flex flex-wrap gap-x-4 gap-y-1.5">
        {weekdays.map((name, index) => (
          <CheckField
            key={name}
            label={name}
            checked={draft.days.includes(index + 1)}
            onChange={(event) =>
              onChange({
                days: event.target.checked ? [...draft.days, index + 1] : draft.days.filter((one) => one !== index + 1),
              })
            }
          />
        ))}
      </div>
      <div className="grid gap-4 sm:grid-cols-[1fr_1fr_2fr]">
        <TextField
          label="Begins at"
          type="time"
          required
          value={draft.from}
          onChange={(event) => onChange({ from: event.target.value })}
        />
        <TextField
          label="Ends at"
          type="time"
          required
          help={draft.until <= draft.from ? 'On the next day.' : undefined}
          value={draft.until}
          onChange={(event) => onChange({ until: event.target.value })}
        />
        <SelectField
          label="Time zone"
          value={draft.timeZone}
          onChange={(event) => onChange({ timeZone: event.target.value })}
        >
          {zones(draft.timeZone).map((zone) => (
            <option key={zone}>{zone}</option>
          ))}
        </SelectField>
      </div>
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField
          label="Repeats until"
          value={draft.expires === 'on' ? 'on' : ''}
          onChange={(event) => onChange({ expires: event.target.value })}
        >
          <option value="">it is switched off</option>
          <option value="on">a date</option>
        </SelectField>
        {draft.expires === 'on' && <Moment label="Last day" field="endsAt" draft={draft} onChange={onChange} />}
      </div>
    </fieldset>
  )
}

function Moment({ label, field, draft, onChange }: TimesProps & { label: string; field: 'startsAt' | 'endsAt' }) {
  return (
    <TextField
      label={label}
      type="datetime-local"
      help={`${localZone}, the time zone of this browser.`}
      value={draft[field]}
      onChange={(event) => onChange({ [field]: event.target.value })}
    />
  )
}

/** Names of the zones this browser knows, and the one a rule has. */
function zones(own: string): string[] {
  return [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone'), own])].toSorted()
}
