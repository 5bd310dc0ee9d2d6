const spans = [
  { value: 'PT1H', label: 'Last hour' },
  { value: 'PT6H', label: 'Last 6 hours' },
  { value: 'P1D', label: 'Last 24 hours' },
  { value: 'P3D', label: 'Last 3 days' },
  { value: 'P7D', label: 'Last 7 days' },
  { value: 'P30D', label: 'Last 30 days' },
] as const

/** The span a query reads. A span that came from elsewhere, such as an incident, stays in the list. */
export function TimePicker({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const known = spans.some((span) => span.value === value)
  return (
    <select
      aria-label="Time range"
      className="h-8 rounded-md border border-line bg-panel px-2 text-sm"
      value={value}
      onChange={(event) => onChange(event.target.value)}
    >
      {!known && <option value={value}>{written(value)}</option>}
      {spans.map((span) => (
        <option key={span.value} value={span.value}>
          {span.label}
        </option>
      ))}
    </select>
  )
}

function written(value: string): string {
  const [from, to] = value.split('/')
  const short = (text: string | undefined) => (text ?? '').slice(0, 16).replace('T', ' ')
  return to ? `${short(from)} – ${short(to)} UTC` : value
}
