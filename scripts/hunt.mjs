// `npm run hunt -- 'CloudProcessEvents | take 10' [--timespan P7D] [--format table|ndjson]`: asks a running Cordon.
// Address from CORDON_URL (default http://127.0.0.1:4400), API token from CORDON_TOKEN.
import { parseArgs } from 'node:util'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { timespan: { type: 'string', default: 'P7D' }, format: { type: 'string', default: 'table' } },
})
const query = positionals.join(' ').trim()
const token = process.env.CORDON_TOKEN
if (query === '' || !token || !['table', 'ndjson'].includes(values.format)) {
  console.error(
    "Usage: CORDON_TOKEN=… npm run hunt -- 'CloudProcessEvents | take 10' [--timespan P7D] [--format table|ndjson]",
  )
  process.exit(2)
}
const base = process.env.CORDON_URL ?? 'http://127.0.0.1:4400'
const response = await fetch(`${base}/api/v1/hunting/query`, {
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
  body: JSON.stringify({ query, timespan: values.timespan }),
}).catch((error) => {
  console.error(`${base} does not answer: ${error.cause?.message ?? error.message}`)
  process.exit(1)
})
const answer = await response.json()
if (!response.ok) {
  console.error(answer.detail ?? `HTTP ${response.status}`)
  process.exit(1)
}
// Control characters in events must not reach the terminal; tabs and line breaks would break the columns.
const shown = (value) => (typeof value === 'string' ? value : JSON.stringify(value ?? '')).replaceAll(/\p{Cc}/gu, ' ')
if (values.format === 'ndjson') for (const row of answer.results) console.log(JSON.stringify(row))
else {
  const names = answer.schema.map((column) => column.name)
  const rows = answer.results.map((row) => names.map((name) => shown(row[name]).slice(0, 120)))
  const widths = names.map((name, index) => Math.max(name.length, ...rows.map((row) => row[index].length)))
  for (const row of [names, ...rows])
    console.log(
      row
        .map((cell, index) => cell.padEnd(widths[index]))
        .join('  ')
        .trimEnd(),
    )
}
const total = answer.truncated ? ` of ${answer.total ?? 'more'}` : ''
console.error(`${answer.results.length}${total} rows, ${Math.round(answer.stats.totalMs)} ms`)
for (const { severity, message } of answer.diagnostics)
  if (severity !== 'information') console.error(`${severity}: ${message}`)
