import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseRules } from '@cordon/sigma'
import type { RuleProblem, RuleSet } from '@cordon/sigma'
import { parse } from 'yaml'
import { packRule } from './pack-rule.ts'
import type { PackRule } from './pack-rule.ts'

/** Rules ready for `createDetector`, and what was refused on the way. */
export interface RulePack {
  /** Everything that raises alerts, by stable id. */
  rules: PackRule[]
  /** All Sigma documents, those that only feed correlations included. */
  sigma: RuleSet
  /** Named value lists the rules refer to. */
  lists: Record<string, string[]>
  problems: RuleProblem[]
}

const ownRules = join(import.meta.dirname, '..', 'rules')

/**
 * Loads the rule pack: every folder `<id>/rule.yml`, and `lists.yml`. A rule that doesn't fit is named in `problems`,
 * all others are loaded.
 * @param dir folder of the rules; the pack of this package when left out
 * @throws when the folder itself cannot be read
 */
export function loadPack(dir = ownRules): RulePack {
  const lists = existsSync(join(dir, 'lists.yml')) ? readLists(readFileSync(join(dir, 'lists.yml'), 'utf8')) : {}
  const pack = emptyPack(lists)
  for (const entry of readdirSync(dir, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const file = join(dir, entry.name, 'rule.yml')
    if (!entry.isDirectory() || !existsSync(file)) continue
    addRules(pack, readFileSync(file, 'utf8'), { file: `${entry.name}/rule.yml`, id: entry.name, source: 'pack' })
  }
  return pack
}

/**
 * Adds rules of a user's YAML text to a copy of a pack. Plain Sigma rules need no `cordon:` block: severity comes from
 * `level`, the rest from the log source.
 */
export function withCustomRules(pack: RulePack, text: string, options: { file: string }): RulePack {
  return withCustomFiles(pack, [{ text, file: options.file }])
}

/** The same for many files; a list of the pack that a file of lists names too is extended by it. */
export function withCustomFiles(
  pack: RulePack,
  files: readonly { text: string; file: string }[],
  lists: Record<string, string[]> = {},
): RulePack {
  const copy: RulePack = {
    // Documents of the same alert are added to the rule itself.
    rules: pack.rules.map((rule) => ({ ...rule, documents: [...rule.documents] })),
    sigma: {
      rules: [...pack.sigma.rules],
      correlations: [...pack.sigma.correlations],
      filters: [...pack.sigma.filters],
      errors: [...pack.sigma.errors],
    },
    lists: { ...pack.lists },
    problems: [...pack.problems],
  }
  for (const [name, members] of Object.entries(lists))
    copy.lists[name] = [...new Set([...(copy.lists[name] ?? []), ...members])]
  for (const { text, file } of files) addRules(copy, text, { file, source: 'custom' })
  return copy
}

/** A pack without rules, to add custom ones to. */
export function emptyPack(lists: Record<string, string[]> = {}): RulePack {
  return { rules: [], sigma: { rules: [], correlations: [], filters: [], errors: [] }, lists, problems: [] }
}

function addRules(
  pack: RulePack,
  text: string,
  options: { file: string; id?: string; source: 'pack' | 'custom' },
): void {
  const set = parseRules(text, { file: options.file })
  pack.problems.push(...set.errors)
  const keys = new Set([...pack.sigma.rules, ...pack.sigma.correlations].map((one) => one.key))
  const ids = new Set(pack.rules.map((rule) => rule.id))
  for (const one of [...set.rules, ...set.correlations]) {
    const refuse = (message: string) => pack.problems.push({ file: one.file, line: one.line, rule: one.title, message })
    if (keys.has(one.key)) {
      refuse(`name or id "${one.key}" is already taken by another rule`)
      continue
    }
    const id = options.id ?? one.key
    const rule = packRule(one, { id, source: options.source })
    if (rule && 'message' in rule) {
      pack.problems.push(rule)
      continue
    }
    const first = ids.has(id) ? pack.rules.find((known) => known.id === id) : undefined
    if (rule && first && (options.source === 'custom' || first.title !== rule.title)) {
      refuse(`a second alert with the id "${id}"; mark documents that only feed a correlation with "alert: false"`)
      continue
    }
    keys.add(one.key)
    if (one.kind === 'rule') pack.sigma.rules.push(one)
    else pack.sigma.correlations.push(one)
    if (!rule) continue
    ids.add(id)
    // The same alert from another log source: one rule to its users, two documents to the engine.
    if (first) first.documents.push(one)
    else pack.rules.push(rule)
  }
  pack.sigma.filters.push(...set.filters)
}

/** Named lists of a `lists.yml`; members that are no lists are left out. Throws when it is no YAML. */
export function readLists(text: string): Record<string, string[]> {
  const source: unknown = parse(text)
  const lists: Record<string, string[]> = {}
  for (const [name, members] of Object.entries((source ?? {}) as Record<string, unknown>))
    if (Array.isArray(members)) lists[name] = members.map(String)
  return lists
}
