import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Engine } from './engine.ts'
import { type Choice, chosen, type Report, Tally } from './tally.ts'

interface PublicQuery {
  id: string
  query: string
}

/** Queries of a folder: `.kql`, `.csl` and `.txt` files, blocks of Markdown, and `query: |` of YAML. */
export function queriesOf(folder: string): PublicQuery[] {
  const seen = new Set<string>()
  const queries: PublicQuery[] = []
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()) {
    if (!/\.(kql|csl|txt|md|ya?ml)$/i.test(name)) continue
    const text = readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n')
    const found = /\.md$/i.test(name) ? blocksOf(text) : /\.ya?ml$/i.test(name) ? yamlQueries(text) : [text]
    found.forEach((query, index) => {
      const trimmed = query.trim()
      if (trimmed === '' || !/[|]|\bunion\b/.test(trimmed) || seen.has(trimmed)) return
      seen.add(trimmed)
      queries.push({ id: found.length > 1 ? `${name}#${index + 1}` : name, query: trimmed })
    })
  }
  return queries
}

function blocksOf(text: string): string[] {
  return [...text.matchAll(/^[ \t]*```[ \t]*(kql|kusto|kusto-kql|csl)?[^\n]*\n([\s\S]*?)^[ \t]*```/gim)].map(
    (match) => match[2] ?? '',
  )
}

function yamlQueries(text: string): string[] {
  const lines = text.split('\n')
  const at = lines.findIndex((line) => /^query:\s*[|>]?[-+0-9]*\s*$/.test(line))
  if (at < 0) return []
  const end = lines.findIndex((line, index) => index > at && /^\S/.test(line))
  return [lines.slice(at + 1, end < 0 ? lines.length : end).join('\n')]
}

/** How many of the queries that bind to the tables translate and run. */
export async function measureQueries(engine: Engine, folder: string, choice: Choice): Promise<Report> {
  const tally = new Tally(choice.kept)
  for (const { id, query } of chosen(queriesOf(folder), choice)) {
    if (tally.knows(query)) continue
    const outcome = await engine.run(query)
    // Examples of statements only.
    if (outcome.state === 'refused' && outcome.message.includes('There is no query here')) continue
    const group = /\bexternaldata\b/i.test(query)
      ? 'externaldata'
      : outcome.state === 'refused' && !outcome.bound
        ? 'not on known tables'
        : 'known tables'
    const why = outcome.state === 'answered' ? '' : outcome.message
    tally.add(group, outcome.state === 'answered' ? 'ran' : outcome.state, { id, query, why })
  }
  return tally.report()
}
