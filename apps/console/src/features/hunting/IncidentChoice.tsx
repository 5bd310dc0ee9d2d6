import { Inert, TextField } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { useDeferredValue, useState } from 'react'
import { q } from '../../api/query.ts'
import { SeverityMark } from '../../signs/Severity.tsx'

export interface IncidentChoiceProps {
  /** null: a new one; undefined: not chosen yet. */
  value: number | null | undefined
  onChange: (value: number | null | undefined) => void
}

/** A new incident, or one of the open ones, found by name, asset or number. */
export function IncidentChoice({ value, onChange }: IncidentChoiceProps) {
  const [isNew, setNew] = useState(value === null)
  const [text, setText] = useState('')
  const word = useDeferredValue(text.trim().replace(/^#/, ''))
  const { data } = useQuery({
    ...q('incidentList', {
      query: {
        status: ['new', 'in-progress'],
        limit: 8,
        sort: 'lastActivity',
        dir: 'desc',
        ...(word ? { q: word } : {}),
      },
    }),
    enabled: !isNew,
  })
  const chosen = useQuery({ ...q('incidentGet', { params: { id: value ?? 0 } }), enabled: typeof value === 'number' })
  const found = data?.items ?? []
  const own = chosen.data
  const items = own && !found.some(({ id }) => id === own.id) ? [own, ...found] : found
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-2 text-sm font-semibold">Incident</legend>
      <div className="flex gap-5">
        <label className="flex items-center gap-2">
          <input
            type="radio"
            name="where"
            className="accent-(--solid)"
            checked={!isNew}
            onChange={() => {
              setNew(false)
              onChange(undefined)
            }}
          />
          An existing incident
        </label>
        <label className="flex items-center gap-2">
          <input
            type="radio"
            name="where"
            className="accent-(--solid)"
            checked={isNew}
            onChange={() => {
              setNew(true)
              onChange(null)
            }}
          />
          A new incident
        </label>
      </div>
      {!isNew && (
        <>
          <TextField
            label="Find an incident by name, ID or asset"
            type="search"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          <ul className="max-h-44 overflow-y-auto rounded-md border border-line">
            {items.map((incident) => (
              <li key={incident.id} className="border-b border-line last:border-b-0">
                <label className="flex cursor-pointer items-center gap-2.5 px-3 py-1.5 hover:bg-hover">
                  <input
                    type="radio"
                    name="incident"
                    className="accent-(--solid)"
                    checked={value === incident.id}
                    onChange={() => onChange(incident.id)}
                  />
                  <span className="w-8 shrink-0 text-muted">{incident.id}</span>
                  <span className="min-w-0 flex-1 truncate">
                    <Inert value={incident.name} max={120} />
                  </span>
                  <SeverityMark severity={incident.severity} />
                </label>
              </li>
            ))}
            {data && items.length === 0 && <li className="px-3 py-2 text-muted">No open incident matches.</li>}
          </ul>
        </>
      )}
    </fieldset>
  )
}
