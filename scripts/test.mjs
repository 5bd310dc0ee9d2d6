// `npm test`: installs what is missing, then unit, integration and e2e tests. Prints one closing line for all of them.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { environment, prepare, root, run, stop } from './toolchain.mjs'
import { spawnSync } from 'node:child_process'

prepare()
const only = process.argv.slice(2)
const results = fs.mkdtempSync(path.join(os.tmpdir(), 'cordon-results-'))
let ok = true
const totals = { passed: 0, failed: 0, skipped: 0 }

if (only.length === 0 || only.includes('unit')) {
  for (const workspace of workspacesWithTests()) {
    const report = path.join(results, `${workspace.replaceAll('/', '-')}.json`)
    const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    const passed =
      spawnSync('vitest', args, { cwd: path.join(root, workspace), stdio: 'inherit', env: environment() }).status === 0
    ok = addVitest(report, workspace) && passed && ok
  }
}
if (only.length === 0 || only.includes('e2e')) {
  if (!run('turbo', ['run', 'build', '--output-logs=errors-only'])) stop('The console could not be built.')
  const report = path.join(results, 'e2e.json')
  const args = ['test', '--reporter=line,json']
  const passed =
    spawnSync('playwright', args, {
      cwd: path.join(root, 'e2e'),
      stdio: 'inherit',
      env: environment({ PLAYWRIGHT_JSON_OUTPUT_NAME: report }),
    }).status === 0
  ok = addPlaywright(report) && passed && ok
}
fs.rmSync(results, { recursive: true, force: true })
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''
console.log(`\n${totals.passed} passed, ${totals.failed} failed${skipped}`)
process.exit(ok && totals.failed === 0 && totals.passed > 0 ? 0 : 1)

function workspacesWithTests() {
  const folders = ['packages', 'apps'].flatMap((d) => fs.readdirSync(path.join(root, d)).map((n) => `${d}/${n}`))
  return folders.filter((f) => fs.existsSync(path.join(root, f, 'package.json')) && hasTest(path.join(root, f)))
}

function hasTest(folder) {
  return ['src', 'test'].some(
    (d) =>
      fs.existsSync(path.join(folder, d)) &&
      fs.readdirSync(path.join(folder, d), { recursive: true }).some((f) => /\.test\.tsx?$/.test(String(f))),
  )
}

function addVitest(file, workspace) {
  if (!fs.existsSync(file)) {
    totals.failed++
    console.error(`${workspace}: the tests did not run to their end.`)
    return false
  }
  const r = JSON.parse(fs.readFileSync(file, 'utf8'))
  totals.passed += r.numPassedTests
  totals.failed += r.numFailedTests
  totals.skipped += r.numPendingTests + (r.numTodoTests ?? 0)
  return r.success
}

function addPlaywright(file) {
  if (!fs.existsSync(file)) {
    totals.failed++
    console.error('e2e: the tests did not run to their end.')
    return false
  }
  const { stats } = JSON.parse(fs.readFileSync(file, 'utf8'))
  totals.passed += stats.expected + stats.flaky
  totals.failed += stats.unexpected
  totals.skipped += stats.skipped
  return stats.unexpected === 0
}
