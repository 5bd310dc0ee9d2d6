// `npm run hunt -- 'CloudProcessEvents | take 10' [--timespan P7D] [--format table|json|ndjson]`: asks a running Cordon.
// Address from CORDON_URL (default http://127.0.0.1:4400), API token from CORDON_TOKEN.
// Ends with 0, or 1 for a query that is refused, 2 for wrong use, 3 for a token that may not, 4 where Cordon can't answer.
import { parseArgs } from 'node:util'

const usage =
  "Usage: CORDON_TOKEN=… npm run hunt -- 'CloudProcessEvents | take 10' [--timespan P7D] [--format table|json|ndjson]"

function end(code, ...lines) {
  for (const line of lines) console.error(line)
  process.exit(code)
}

function args() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { timespan: { type: 'string', default: 'P7D' }, format: { type: 'string', default: 'table' } },
    })
  } catch (error) {
    return end(2, error.message, usage)
  }
}

const { positionals, values } = args()
const query = positionals.join(' ').trim()
const token = process.env.CORDON_TOKEN
if (query === '' || !token || !['table', 'json', 'ndjson'].includes(values.format)) end(2, usage)

// Control characters in events must not reach the terminal; tabs and line breaks would break the columns.
const shown = (value) => (typeof value === 'string' ? value : JSON.stringify(value ?? '')).replaceAll(/\p{Cc}/gu, ' ')

/** The line of the query with marks below what the problem is about. */
function placed({ path, message }) {
  const [, start, stop] = /^query:(\d+)-(\d+)$/.exec(path)?.map(Number) ?? []
  if (start === undefined) return []
  const from = query.lastIndexOf('\n', start - 1) + 1
  const line = query.slice(from).split('\n', 1)[0]
  const width = Math.max(1, Math.min(stop, from + line.length) - start)
  // The first problem is the detail of the answer already.
  const said = answer.detail?.startsWith(message) ? [] : [shown(message)]
  return [...said, `  ${shown(line)}`, `  ${' '.repeat(start - from)}${'^'.repeat(width)}`]
}

const base = process.env.CORDON_URL ?? 'http://127.0.0.1:4400'
const response = await fetch(`${base}/api/v1/hunting/query`, {
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
  body: JSON.stringify({ query, timespan: values.timespan }),
}).catch((error) => end(4, `${base} does not answer: ${error.cause?.message ?? error.message}`))
const answer = await response
  .json()
  .catch(() => end(4, `${base} does not answer as Cordon does: HTTP ${response.status}`))
if (!response.ok) {
  const code = response.status === 401 || response.status === 403 ? 3 : response.status >= 500 ? 4 : 1
  end(code, shown(answer.detail ?? `HTTP ${response.status}`), ...(answer.errors ?? []).flatMap(placed))
}

if (values.format === 'json') console.log(JSON.stringify(answer, null, 2))
else if (values.format === 'ndjson') for (const row of answer.results) console.log(JSON.stringify(row))
else {
  const names = answer.schema.map((column) => column.name)
  const rows = answer.results.map((row) => names.map((name) => shown(row[name]).slice(0, 120)))
  const widths = names.map((name, index) => Math.max(name.length, ...rows.map((row) => row[index].length)))
  for (const row of [names.map(shown), ...rows])
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
  if (severity !== 'information') console.error(`${severity}: ${shown(message)}`)
