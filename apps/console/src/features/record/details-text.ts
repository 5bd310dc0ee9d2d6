/**
 * Details of a ledger entry in one line: a change as “from → to”, other values as they are. The text is foreign: show it
 * through Inert.
 */
export function detailsText(details: Readonly<Record<string, unknown>>): string {
  const { from, to, ...rest } = details
  const parts: string[] = []
  if (isRecord(from) && isRecord(to)) {
    for (const name of Object.keys(to))
      if (JSON.stringify(from[name]) !== JSON.stringify(to[name]))
        parts.push(`${name}: ${change(from[name], to[name])}`)
  } else if (to !== undefined) parts.push(change(from, to))
  for (const [name, value] of Object.entries(rest)) {
    if (value === null || value === '' || isEmptyObject(value)) continue
    parts.push(`${name}: ${isChange(value) ? change(value.from, value.to) : valueText(value)}`)
  }
  return parts.join(' · ')
}

function isChange(value: unknown): value is { from: unknown; to: unknown } {
  return typeof value === 'object' && value !== null && 'to' in value
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

function change(from: unknown, to: unknown): string {
  return from === undefined || from === to ? valueText(to) : `${valueText(from)} → ${valueText(to)}`
}

function valueText(value: unknown): string {
  if (value === null || value === undefined || value === '' || isEmptyObject(value)) return 'none'
  if (typeof value === 'string') return value
  if (Array.isArray(value) && value.some((item) => typeof item === 'object' && item !== null))
    return value.length === 1 ? '1 item' : `${value.length} items`
  if (typeof value === 'object' && 'name' in value && typeof value.name === 'string') return value.name
  return JSON.stringify(value)
}
