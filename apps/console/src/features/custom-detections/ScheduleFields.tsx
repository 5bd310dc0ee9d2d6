import { type DetectionFrequency, detectionFrequencies } from '@cordon/contract'
import { SelectField, TextField } from '@cordon/ui'
import { dedupeWindows, type Draft, lookbacks, minutesText, withChosen } from './detection-draft.ts'

export interface FieldsProps {
  draft: Draft
  problem: (field: string) => string | null
  onChange: (change: Partial<Draft>) => void
}

/** How often it runs, how far back it looks, and what makes several rows one alert. */
export function ScheduleFields({
  draft,
  problem,
  onChange,
  notContinuous,
}: FieldsProps & { notContinuous: string | null }) {
  const isContinuous = draft.frequencyMinutes === 0
  const isTight = !isContinuous && draft.lookbackMinutes === draft.frequencyMinutes
  return (
    <div className="grid gap-3 sm:grid-cols-2">
      <SelectField
        label="Frequency"
        error={problem('frequencyMinutes')}
        help={notContinuous ? `Not continuously: ${notContinuous}.` : 'It can run on every new event.'}
        value={draft.frequencyMinutes}
        onChange={(event) => {
          const frequencyMinutes = Number(event.target.value) as DetectionFrequency // the options are the frequencies
          onChange({ frequencyMinutes, lookbackMinutes: detectionFrequencies[frequencyMinutes].lookbackMinutes })
        }}
      >
        {Object.entries(detectionFrequencies).map(([minutes, { label }]) => (
          <option key={minutes} value={minutes} disabled={minutes === '0' && notContinuous !== null}>
            {label}
          </option>
        ))}
      </SelectField>
      <SelectField
        label="Look-back"
        disabled={isContinuous}
        error={problem('lookbackMinutes')}
        help={
          isContinuous
            ? 'Each event is looked at once, when it comes in.'
            : isTight
              ? 'Events that arrive late are missed: look back longer than the time between runs.'
              : 'Rows that an earlier run has seen raise nothing again.'
        }
        value={draft.lookbackMinutes}
        onChange={(event) => onChange({ lookbackMinutes: Number(event.target.value) })}
      >
        {withChosen(lookbacks, draft.lookbackMinutes).map((minutes) => (
          <option key={minutes} value={minutes}>
            {minutesText(minutes)}
          </option>
        ))}
      </SelectField>
      <TextField
        label="One alert for rows that agree in"
        help="Columns, separated by commas; empty: the impacted assets."
        placeholder="impacted assets"
        error={problem('dedupe')}
        defaultValue={draft.dedupe.columns.join(', ')}
        onChange={(event) => onChange({ dedupe: { ...draft.dedupe, columns: listOf(event.target.value) } })}
      />
      <SelectField
        label="…and follow each other within"
        value={draft.dedupe.windowMinutes}
        onChange={(event) => onChange({ dedupe: { ...draft.dedupe, windowMinutes: Number(event.target.value) } })}
      >
        {withChosen(dedupeWindows, draft.dedupe.windowMinutes).map((minutes) => (
          <option key={minutes} value={minutes}>
            {minutesText(minutes)}
          </option>
        ))}
      </SelectField>
    </div>
  )
}

/** Items of a text, separated by commas. */
export function listOf(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}
