// Holds the translator against collections that are not part of this repository:
//   npm run kql:conformance -- --answers <folder>        answers of Microsoft's engine, one JSON object a line
//   npm run kql:conformance -- --documentation <folder>  Markdown with queries and the tables they give
//   npm run kql:conformance -- --recorded <file>         the engine's answers to the documentation's examples, as JSON
//   npm run kql:conformance -- --queries <folder>        public hunting queries, over the tables of --schema <file>
//   npm run kql:conformance -- --features <folder>       names that public hunting queries use, one a line, for --relevant
// --relevant <file> counts the documentation's examples apart that use nothing but the names in it.
// --addresses <file> is a database of addresses in MaxMind's format, for geo_info_from_ip_address.
// --only <text> picks queries, --every <n> takes each n-th, --findings <file> keeps what was not as it should be,
// --keep <file> every outcome as it comes: a run with the same file goes on where the last one ended.
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { SchemaTable } from '@cordon/kql'
import { measureDocumentation } from './documentation.ts'
import { measureAnswers } from './engine-answers.ts'
import { featuresOfFolder } from './features.ts'
import { openEngine } from './engine.ts'
import { measureQueries } from './public-queries.ts'
import { measureRecordedDocumentation } from './recorded-documentation.ts'

const { values } = parseArgs({
  options: {
    answers: { type: 'string' },
    documentation: { type: 'string' },
    recorded: { type: 'string' },
    queries: { type: 'string' },
    features: { type: 'string' },
    relevant: { type: 'string' },
    schema: { type: 'string' },
    addresses: { type: 'string' },
    only: { type: 'string', default: '' },
    every: { type: 'string', default: '1' },
    findings: { type: 'string' },
    keep: { type: 'string' },
  },
})
const { answers, documentation, recorded, queries, schema, only, findings, keep } = values
if (values.features !== undefined) {
  console.log(featuresOfFolder(values.features).join('\n'))
  process.exit(0)
}
const every = Math.max(1, Number(values.every))
const folder = answers ?? documentation ?? recorded ?? queries
if (folder === undefined) {
  console.error(
    'Usage: npm run kql:conformance -- --answers|--documentation|--recorded|--queries|--features <folder> [--schema <file>]',
  )
  process.exit(2)
}
const tables = schema ? (JSON.parse(readFileSync(schema, 'utf8')) as SchemaTable[]) : [] // [{name, columns: [{name, type}]}]
const engine = await openEngine(tables, values.addresses)
const measure = answers
  ? measureAnswers
  : documentation
    ? measureDocumentation
    : recorded
      ? measureRecordedDocumentation
      : measureQueries
const report = await measure(engine, folder, { only, every, kept: keep, relevant: values.relevant })
await engine.close()
console.table(report.counts)
if (findings) writeFileSync(findings, JSON.stringify(report.findings, null, 1))
else for (const { verdict, id, why } of report.findings) console.log(`${verdict} ${id}: ${why.slice(0, 300)}`)
