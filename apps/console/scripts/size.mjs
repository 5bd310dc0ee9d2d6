// Fails when the built console is heavier than its budgets. Sizes are gzip, of JavaScript, per `vite build`'s manifest.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'

const budget = { first: 200, page: 80 }
const dist = path.resolve(process.argv[2] ?? path.join(import.meta.dirname, '../dist'))
const manifest = JSON.parse(readFileSync(path.join(dist, '.vite/manifest.json'), 'utf8'))
const kilobytes = (file) => gzipSync(readFileSync(path.join(dist, file)), { level: 9 }).length / 1000

/** Chunks a chunk needs before it can run: itself and its static imports, not what it may load later. */
function closure(key, seen = new Set()) {
  if (seen.has(key)) return seen
  seen.add(key)
  for (const next of manifest[key].imports ?? []) closure(next, seen)
  return seen
}
const weigh = (keys) =>
  [...keys]
    .map((key) => manifest[key].file)
    .filter((file) => file.endsWith('.js'))
    .reduce((sum, file) => sum + kilobytes(file), 0)

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry)
const first = closure(entry)
const queue = closure('src/pages/IncidentQueuePage.tsx', new Set(first))
const rows = [
  ['entry and what it needs', weigh(first), budget.first],
  ['first load: entry and the incident queue', weigh(queue), budget.first],
]
for (const [key, chunk] of Object.entries(manifest)) {
  if (!chunk.isDynamicEntry) continue
  // Loaded after the text of their one page: the graph's drawing library, and the query editor.
  // Whoever opens it has loaded what all of its openers need already.
  const openers = Object.keys(manifest).filter((other) => manifest[other].dynamicImports?.includes(key))
  const there = openers.map((other) => closure(other))
  const own = [...closure(key)].filter((item) => !first.has(item) && !there.every((loaded) => loaded.has(item)))
  rows.push([
    key.replace(/^.*\//, ''),
    weigh(own),
    /(GraphCanvas|QueryEditor)\.tsx$/.test(key) ? Infinity : budget.page,
  ])
}
let isOver = false
for (const [name, size, limit] of rows) {
  if (size > limit) isOver = true
  console.log(
    `${size > limit ? 'OVER ' : '     '}${size.toFixed(1).padStart(7)} kB  ${name}${limit === Infinity ? '' : `  (at most ${limit})`}`,
  )
}
const validator = Object.values(manifest).find(
  (chunk) =>
    chunk.file.endsWith('.js') &&
    /ZodError|"invalid_type"|\$ZodType/.test(readFileSync(path.join(dist, chunk.file), 'utf8')),
)
if (validator) {
  isOver = true
  console.log(`The validator got into ${validator.file}: import types and zod-free modules only.`)
}
process.exitCode = isOver ? 1 : 0
