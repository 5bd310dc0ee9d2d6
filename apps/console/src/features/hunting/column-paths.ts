import type { HuntResult } from '@cordon/contract'
import { jsonOf, type Row } from './result-rows.ts'

const deepest = 3
const most = 150

/** What can name a part of an entity: the columns, and members of those that hold JSON in the given rows. */
export function columnPaths(schema: HuntResult['schema'], rows: readonly Row[]): string[] {
  const paths = schema.filter(({ type }) => type !== 'dynamic').map(({ name }) => name)
  const members = new Set<string>()
  const walk = (value: object, path: string, depth: number): void => {
    if (Array.isArray(value) || depth > deepest) return
    for (const [name, inner] of Object.entries(value)) {
      // A name with a dot could not be told from a path.
      if (members.size >= most || name.includes('.')) continue
      const own = `${path}.${name}`
      if (typeof inner === 'string' || typeof inner === 'number') members.add(own)
      else if (typeof inner === 'object' && inner !== null) walk(inner, own, depth + 1)
    }
  }
  for (const row of rows.slice(0, 20))
    for (const { name } of schema) {
      const json = jsonOf(row[name])
      if (json) walk(json, name, 1)
    }
  return [...paths, ...[...members].toSorted()]
}
