import { readFileSync } from 'node:fs'
import { featuresOf } from '@cordon/kql'
import { queriesOf } from './public-queries.ts'

/** Names of everything that the public queries of a folder use, each query parsed once; what can't be parsed is left out. */
export function featuresOfFolder(folder: string): string[] {
  const names = new Set<string>()
  for (const { query } of queriesOf(folder))
    try {
      for (const name of featuresOf(query)) names.add(name)
    } catch {
      // too big or too deep for a tree, or a slip of the language service
    }
  return [...names].toSorted()
}

/** Those allow an example to count as relevant whatever the hunts use: they only make or show rows. */
const always = ['print', 'range', 'getschema', 'datatable', 'materialize', 'toscalar']

/** Tells whether an example uses nothing but the names in a file, one a line. Without a file everything is relevant. */
export function relevance(file: string | undefined): (query: string) => boolean {
  if (file === undefined) return () => true
  const known = new Set([...always, ...readFileSync(file, 'utf8').split(/\s*\n\s*/)])
  return (query) => {
    try {
      return featuresOf(query).every((name) => known.has(name))
    } catch {
      return false
    }
  }
}
