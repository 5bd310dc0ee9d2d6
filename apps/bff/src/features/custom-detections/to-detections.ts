import type { CustomDetectionInput } from '@cordon/contract'
import type { Detection } from '@cordon/incidents'
import { fillTemplate } from './fill-template.ts'
import type { AlertGroup, JudgedRow } from './group-rows.ts'
import { cellText, type QueryRow } from './row-values.ts'
import type { Span } from './windows.ts'

const longestSummary = 300

export interface Raising {
  id: string
  definition: CustomDetectionInput
  /** Tables the query reads. */
  reads: readonly string[]
  /** Where the rows are found again. */
  span: Span
}

/** What correlation gets for the rows of one alert: one detection a row, so that each counts as an occurrence. */
export function toDetections(raising: Raising, group: AlertGroup): Detection[] {
  const { id, definition, span, reads } = raising
  const [first] = group.rows
  const title = fillTemplate(definition.title, first.row).slice(0, 500)
  const description = fillTemplate(
    definition.description || `The custom detection “${definition.name}” found rows of its query.`,
    first.row,
  ).slice(0, 4000)
  return group.rows.map((judged) => ({
    ruleId: ruleIdOf(id),
    title,
    description,
    severity: definition.severity,
    tier: reads.every((table) => table === 'CloudAuditEvents') ? 'control-plane' : 'workload-runtime',
    tactics: [definition.category],
    techniques: [...definition.techniques],
    cluster: judged.cluster,
    ...(judged.namespace === undefined ? {} : { namespace: judged.namespace }),
    time: judged.time,
    dedupeKey: dedupeKeyOf(id, group),
    evidence: judged.evidence,
    relations: judged.relations,
    events: [eventOf(judged, reads)],
    response: [...definition.steps],
    falsePositives: [],
    detectionSource: 'Custom detection',
    origin: {
      customDetection: id,
      name: definition.name,
      query: definition.query,
      from: span.from.toISOString(),
      to: span.to.toISOString(),
    },
    repeatWindowMs: definition.dedupe.windowMinutes * 60_000,
  }))
}

/** What alerts of a custom detection have as their rule. */
export function ruleIdOf(id: string): string {
  return `custom:${id}`
}

export function dedupeKeyOf(id: string, { key }: AlertGroup): string {
  return `${ruleIdOf(id)}:${key}`
}

function eventOf({ row, time, rowKey }: JudgedRow, reads: readonly string[]): Detection['events'][number] {
  const at = new Date(time).toISOString()
  const summary = summaryOf(row)
  const reportId = cellText(row.ReportId)
  if (reads.length === 1 && reads[0] === 'CloudAuditEvents' && reportId !== '')
    return { table: 'CloudAuditEvents', id: reportId, auditId: reportId.split('/')[0] ?? reportId, time: at, summary }
  return { table: 'QueryResult', id: rowKey, time: at, summary }
}

/** One line: the command where there is one, else the row's short cells by name. */
function summaryOf(row: QueryRow): string {
  const command = cellText(row.ProcessCommandLine)
  const line =
    command ||
    Object.entries(row)
      .filter(([name]) => name !== 'Timestamp' && name !== 'ReportId')
      .flatMap(([name, value]) => {
        const text = cellText(value)
        return text === '' || text.length > 120 ? [] : [`${name}: ${text}`]
      })
      .join(' · ')
  return line.length > longestSummary ? `${line.slice(0, longestSummary).toWellFormed()}…` : line
}
