import { Button, Popover, TextField, localZone, toLocalTime } from '@cordon/ui'
import { CalendarRange } from 'lucide-react'
import { useState } from 'react'

const spans = [
  { value: 'PT1H', label: 'Last hour' },
  { value: 'PT6H', label: 'Last 6 hours' },
  { value: 'P1D', label: 'Last 24 hours' },
  { value: 'P3D', label: 'Last 3 days' },
  { value: 'P7D', label: 'Last 7 days' },
  { value: 'P30D', label: 'Last 30 days' },
] as const

export interface TimePickerProps {
  /** ISO 8601: a duration back from now, or `start/end`. */
  value: string
  onChange: (value: string) => void
  /** Spans of the incident that is being investigated. */
  around?: { from: string; to: string } | undefined
}

/** The span a query reads. A span that came from elsewhere, such as an incident, stays in the list. */
export function TimePicker({ value, onChange, around }: TimePickerProps) {
  const options = [...(around ? incidentSpans(around) : []), ...spans]
  const known = options.some((span) => span.value === value)
  return (
    <span className="flex items-center">
      <select
        aria-label="Time range"
        className="h-8 max-w-64 rounded-l-md border border-r-0 border-line bg-panel px-2 text-sm"
        value={value}
        onChange={(event) => onChange(event.target.value)}
      >
        {!known && <option value={value}>{written(value)}</option>}
        {options.map((span) => (
          <option key={span.value} value={span.value}>
            {span.label}
          </option>
        ))}
      </select>
      <OwnSpan value={value} onChange={onChange} />
    </span>
  )
}

function OwnSpan({ value, onChange }: Pick<TimePickerProps, 'value' | 'onChange'>) {
  const [isOpen, setOpen] = useState(false)
  const [from, setFrom] = useState('')
  const [to, setTo] = useState('')
  const isReady = from !== '' && to !== '' && from < to
  const open = (next: boolean) => {
    const [start, end] = value.split('/')
    const now = Date.now()
    setFrom(toLocalTime(end === undefined ? now - 86_400_000 : (start ?? ''), 'seconds'))
    setTo(toLocalTime(end ?? now, 'seconds'))
    setOpen(next)
  }
  return (
    <Popover
      label="Own time range"
      open={isOpen}
      onOpenChange={open}
      trigger={
        <Button className="rounded-l-none px-2" aria-label="Own time range" title="Own time range">
          <CalendarRange className="size-4" aria-hidden />
        </Button>
      }
    >
      <form
        className="flex w-64 flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault()
          if (!isReady) return
          onChange(`${new Date(from).toISOString()}/${new Date(to).toISOString()}`)
          setOpen(false)
        }}
      >
        <TextField
          label={`From (${localZone})`}
          type="datetime-local"
          step={1}
          value={from}
          onChange={(event) => setFrom(event.target.value)}
        />
        <TextField
          label={`To (${localZone})`}
          type="datetime-local"
          step={1}
          value={to}
          error={from !== '' && to !== '' && from >= to ? 'Must be after the start.' : null}
          onChange={(event) => setTo(event.target.value)}
        />
        <Button type="submit" look="primary" disabled={!isReady}>
          Use this range
        </Button>
      </form>
    </Popover>
  )
}

function incidentSpans({ from, to }: { from: string; to: string }) {
  const around = (label: string, ms: number) => ({
    value: `${new Date(Date.parse(from) - ms).toISOString()}/${new Date(Date.parse(to) + ms).toISOString()}`,
    label: `Incident ± ${label}`,
  })
  return [around('1 hour', 3_600_000), around('1 day', 86_400_000), around('7 days', 604_800_000)]
}

const short = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})

function written(value: string): string {
  const [from, to] = value.split('/').map((text) => Date.parse(text))
  return from !== undefined && to !== undefined && !Number.isNaN(from) && !Number.isNaN(to)
    ? `${short.format(from)} – ${short.format(to)}`
    : (spanWords(value) ?? value)
}

/** A duration back from now that no choice names, such as one of a link: `PT36H` is “Last 36 hours”. */
function spanWords(value: string): string | undefined {
  const parts = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(value)?.slice(1)
  const words = ['day', 'hour', 'minute', 'second'].flatMap((unit, at) => {
    const count = Number(parts?.[at] ?? 0)
    return count > 0 ? [`${count} ${unit}${count === 1 ? '' : 's'}`] : []
  })
  return words.length > 0 ? `Last ${words.join(' ')}` : undefined
}
