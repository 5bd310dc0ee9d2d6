import type { FactGroup } from '../graph.ts'

type Fact = FactGroup['facts'][number]
type Value = string | number | boolean | undefined | null

/** A group without the facts that have no value; undefined when none is left. */
export function group(title: string, ...facts: (Fact | undefined)[]): FactGroup | undefined {
  const known = facts.filter((f) => f !== undefined)
  return known.length > 0 ? { title, facts: known } : undefined
}

export function fact(label: string, value: Value, entity?: string): Fact | undefined {
  if (value === undefined || value === null || value === '') return undefined
  return {
    label,
    value: typeof value === 'boolean' ? (value ? 'Yes' : 'No') : String(value),
    ...(entity ? { entity } : {}),
  }
}

/** `a=b, c=d`; undefined for none. */
export function pairs(map: Record<string, string> | undefined): string | undefined {
  const entries = Object.entries(map ?? {})
  return entries.length > 0 ? entries.map(([k, v]) => `${k}=${v}`).join(', ') : undefined
}

export function list(values: (string | undefined)[] | undefined): string | undefined {
  const known = (values ?? []).filter((v) => v !== undefined && v !== '')
  return known.length > 0 ? known.join(', ') : undefined
}
