import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { RuleProblem } from '@cordon/sigma'
import { readLists, type RulePack, withCustomFiles } from './pack.ts'

const mostFiles = 10_000
const mostDepth = 8
const mostBytes = 4 * 1024 * 1024

/** Rule files of a folder and everything below it, in a fixed order; what can't be read is told. */
export interface RuleFiles {
  files: { text: string; file: string }[]
  lists: Record<string, string[]>
  problems: RuleProblem[]
}

/**
 * Reads users' rules: every `.yml` and `.yaml` below the folder, less `cases.yml` (test cases) and names that begin with
 * a dot (mounted ConfigMaps keep their versions there). `lists.yml` extends the lists that rules refer to.
 */
export function readRuleFolder(dir: string): RuleFiles {
  const found: RuleFiles = { files: [], lists: {}, problems: [] }
  const refuse = (file: string, message: string) => found.problems.push({ file, line: 1, rule: '', message })
  if (!existsSync(dir)) {
    refuse(dir, 'the folder does not exist')
    return found
  }
  for (const file of ruleFiles(dir, refuse)) {
    try {
      if (statSync(file).size > mostBytes) throw new Error(`file is larger than ${mostBytes} bytes`)
      const text = readFileSync(file, 'utf8')
      if (basename(file) === 'lists.yml') Object.assign(found.lists, readLists(text))
      else found.files.push({ file, text })
    } catch (error) {
      refuse(file, error instanceof Error ? error.message : String(error))
    }
  }
  return found
}

/** The pack with the rules of users' folders; files that can't be read and rules that don't fit are in `problems`. */
export function withRuleFolders(pack: RulePack, dirs: readonly string[]): RulePack {
  const read = dirs.map(readRuleFolder)
  const all = withCustomFiles(
    pack,
    read.flatMap(({ files }) => files),
    Object.assign({}, ...read.map(({ lists }) => lists)) as Record<string, string[]>,
  )
  all.problems.push(...read.flatMap(({ problems }) => problems))
  return all
}

function ruleFiles(dir: string, refuse: (file: string, message: string) => void): string[] {
  const files: string[] = []
  const walk = (folder: string, depth: number): void => {
    if (depth > mostDepth) return refuse(folder, `folders are read ${mostDepth} deep`) as undefined
    for (const name of readdirSync(folder).toSorted()) {
      if (name.startsWith('.')) continue
      const file = join(folder, name)
      // A link may lead nowhere, or back up; the depth bounds the latter.
      const entry = statSync(file, { throwIfNoEntry: false })
      if (entry?.isDirectory()) walk(file, depth + 1)
      else if (entry?.isFile() && /\.ya?ml$/.test(name) && name !== 'cases.yml') {
        if (files.length === mostFiles) refuse(file, `at most ${mostFiles} files are read`)
        if (files.length < mostFiles) files.push(file)
      }
    }
  }
  try {
    walk(dir, 0)
  } catch (error) {
    refuse(dir, error instanceof Error ? error.message : String(error))
  }
  return files
}
