import { delimiter, join, resolve } from 'node:path'
import { emptyPack, loadPack } from './pack.ts'
import { withRuleFolders } from './rule-folders.ts'
import { type CaseResult, casesFile, runCases } from './run-cases.ts'

const ownRules = join(import.meta.dirname, '..', 'rules')

/**
 * Runs every rule's own cases: of the pack and of the folders given as arguments or in CORDON_RULES. Exits with 1 when
 * a rule was refused or a case does not hold. Users' rules may do without cases; that is told, not an error.
 */
function main(): number {
  const dirs =
    process.argv.slice(2).length > 0 ? process.argv.slice(2) : (process.env.CORDON_RULES ?? '').split(delimiter)
  const folders = dirs.filter(Boolean).map((dir) => resolve(dir))
  const pack = loadPack()
  const users = withRuleFolders(emptyPack(pack.lists), folders)
  const problems = [...pack.problems, ...users.problems]
  for (const { file, line, rule, message } of problems) console.error(`✗ ${file}:${line} ${rule}: ${message}`)
  const results = [
    ...runCases(pack, (rule) => casesFile(rule, ownRules)),
    ...runCases(users, (rule) => casesFile(rule, '')),
  ]
  const isWithout = (one: CaseResult) => one.failure === 'has no cases.yml' && !one.file.startsWith(ownRules)
  const failed = results.filter((one) => one.failure !== undefined && !isWithout(one))
  for (const one of failed) console.error(`✗ ${one.rule}: ${one.kind} “${one.name}” ${one.failure}\n    ${one.file}`)
  for (const one of results.filter(isWithout)) console.log(`– ${one.rule} has no cases (${one.file})`)
  const held = results.filter((one) => one.failure === undefined).length
  console.log(
    `${pack.rules.length + users.rules.length} rules, ${held} cases hold, ${failed.length} fail, ${problems.length} rules refused`,
  )
  return failed.length + problems.length > 0 ? 1 : 0
}

process.exitCode = main()
