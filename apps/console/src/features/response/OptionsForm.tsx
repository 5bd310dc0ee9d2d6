import type { ActionOptions, Preflight } from '@cordon/response'
import { CheckField, SelectField, TextField } from '@cordon/ui'

type Option = Preflight['options'][number]

/** The choices the preflight offers for this target. */
export function OptionsForm({
  options,
  values,
  onChange,
}: {
  options: readonly Option[]
  values: ActionOptions
  onChange: (values: ActionOptions) => void
}) {
  const set = (name: Option['name'], value: unknown) =>
    onChange({ ...values, [name]: value === '' ? undefined : value })
  return (
    <div className="flex flex-col gap-3">
      {options.map((option) => {
        const value = values[option.name] ?? option.default
        if (option.input === 'checkbox')
          return (
            <CheckField
              key={option.name}
              label={option.label}
              help={option.help}
              checked={Boolean(value)}
              onChange={(event) => set(option.name, event.target.checked)}
            />
          )
        if (option.input === 'choice')
          return (
            <SelectField
              key={option.name}
              label={option.label}
              help={option.help}
              className="max-w-xs"
              value={String(option.choices?.findIndex((choice) => choice.value === value) ?? -1)}
              onChange={(event) => set(option.name, option.choices?.[Number(event.target.value)]?.value)}
            >
              {option.choices?.every((choice) => choice.value !== value) && <option value="-1">Not set</option>}
              {option.choices?.map((choice, index) => (
                <option key={String(choice.value)} value={index}>
                  {choice.label}
                </option>
              ))}
            </SelectField>
          )
        return (
          <TextField
            key={option.name}
            type="number"
            min={0}
            label={option.label}
            help={option.help}
            className="max-w-40"
            value={value === null || value === undefined ? '' : Number(value)}
            onChange={(event) => set(option.name, event.target.value === '' ? '' : Number(event.target.value))}
          />
        )
      })}
    </div>
  )
}
