// `npm run check`: everything that can be told without running the product. All faults are shown, not only the first.
import { prepare, run } from './toolchain.mjs'

prepare()
const checks = [
  ['types', 'turbo', ['run', 'typecheck', '--output-logs=errors-only']],
  ['lint', 'oxlint', ['--deny-warnings', '.']],
  ['format', 'oxfmt', ['--check', '.']],
  ['boundaries', 'depcruise', ['--config', '.dependency-cruiser.mjs', 'apps', 'packages', 'e2e']],
  ['unused', 'knip', ['--no-progress', '--no-config-hints']],
  ['weight of the console', 'turbo', ['run', 'size', '--output-logs=errors-only']],
  ['documents', 'node', ['scripts/check-documents.mjs']],
  ['licences and lockfile', 'node', ['scripts/check-lockfile.mjs']],
]
const failed = checks.filter(([name, command, args]) => {
  console.log(`\n— ${name}`)
  return !run(command, args)
})
console.log(failed.length === 0 ? '\nAll checks passed.' : `\nFailed: ${failed.map(([name]) => name).join(', ')}`)
process.exit(failed.length === 0 ? 0 : 1)
