// Checks the lockfile: every production package has an allowed licence, and no platform's native package is missing
// (npm leaves packages that it can't find out of the lockfile without a word; other platforms then fail to start).
import fs from 'node:fs'

const { packages } = JSON.parse(fs.readFileSync('package-lock.json', 'utf8'))
const allowed =
  /^\(?(MIT|ISC|Apache-2\.0|BSD-2-Clause|BSD-3-Clause|0BSD|BlueOak-1\.0\.0|CC0-1\.0|Unlicense|OFL-1\.1|Python-2\.0|PSF-2\.0|Zlib)( (OR|AND) [\w.-]+)*\)?$/
const problems = []

for (const [path, entry] of Object.entries(packages)) {
  if (!path.startsWith('node_modules/') || entry.link) continue
  if (!entry.dev && !entry.devOptional && !allowed.test(entry.license ?? ''))
    problems.push(`${path}: licence ${entry.license ?? 'unknown'} isn't on the list`)
  for (const name of Object.keys(entry.optionalDependencies ?? {}))
    if (!resolves(path, name)) problems.push(`${path}: its optional ${name} is not in the lockfile`)
  if (entry.resolved && !entry.resolved.startsWith('file:'))
    problems.push(`${path}: names the host it was fetched from`)
}
for (const problem of problems) console.error(problem)
process.exit(problems.length === 0 ? 0 : 1)

function resolves(from, name) {
  for (let base = from; ; base = base.slice(0, base.lastIndexOf('/node_modules/'))) {
    if (packages[`${base}/node_modules/${name}`] || packages[`node_modules/${name}`]) return true
    if (!base.includes('/node_modules/')) return false
  }
}
