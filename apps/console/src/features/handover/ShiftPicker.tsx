import { Button, TextField, localZone, fromLocalTime, toLocalTime } from '@cordon/ui'
import { useState } from 'react'
import { type Shift, lastHours, shiftHours } from './shift.ts'

/** From and to of a shift; the last hours with one click. */
export function ShiftPicker({ shift, onChange }: { shift: Shift; onChange: (shift: Shift) => void }) {
  const [from, setFrom] = useState(toLocalTime(shift.from))
  const [to, setTo] = useState(shift.to ? toLocalTime(shift.to) : '')
  const next = { from: fromLocalTime(from), to: to ? fromLocalTime(to) : undefined }
  const error =
    next.from === undefined
      ? 'Give a time to begin with.'
      : next.to !== undefined && next.from >= next.to
        ? 'It must begin before it ends.'
        : null
  return (
    <form
      className="flex flex-wrap items-end gap-2 print:hidden"
      onSubmit={(event) => {
        event.preventDefault()
        if (!error && next.from) onChange({ from: next.from, ...(next.to ? { to: next.to } : {}) })
      }}
    >
      <TextField
        type="datetime-local"
        label={`From (${localZone})`}
        value={from}
        error={error}
        onChange={(event) => setFrom(event.target.value)}
      />
      <TextField
        type="datetime-local"
        label="To (empty: now)"
        value={to}
        onChange={(event) => setTo(event.target.value)}
      />
      <Button type="submit" disabled={error !== null}>
        Show
      </Button>
      {shiftHours.map((hours) => (
        <Button key={hours} look="quiet" onClick={() => onChange(lastHours(hours, Date.now()))}>
          Last {hours} h
        </Button>
      ))}
    </form>
  )
}
