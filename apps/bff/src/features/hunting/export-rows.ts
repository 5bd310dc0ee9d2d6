import { type BoundColumn, answerRows, fileSelect } from '@cordon/kql'
import type { RawReply } from '../../deps.ts'
import { engineSettings } from './engine-settings.ts'
import { counted, type HuntParts, type HuntRequest, prepare, runner } from './hunt.ts'
import { storeRefusal } from './hunt-refusals.ts'

export type ExportFormat = 'csv' | 'ndjson' | 'parquet'

const contentTypes: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
}
const countSeconds = 20

export interface ExportRequest extends HuntRequest {
  format: ExportFormat
  /** Rows of the file; null = all. */
  maxRows: number | null
}

export interface Exported {
  reply: RawReply
  /** Rows in the file, and all that there are; null = not counted. */
  rows: number | null
  total: number | null
}

/**
 * The whole answer as a file, written piece by piece; its name says when it is cut, as "hunt-100000-of-412907.csv".
 * Throws `Refusal` as `hunt` does.
 */
export async function exportHunt(parts: HuntParts, request: ExportRequest): Promise<Exported> {
  const { format, maxRows, limits, query, signal } = request
  const run = runner(parts, request)
  const { sql, translation } = await prepare(parts, request, run)
  const total =
    maxRows === null ? null : await counted(run, { sql, parameters: translation.parameters, seconds: countSeconds })
  const cut = maxRows !== null && (total === null || total > maxRows)
  const whole = maxRows === null ? sql : `${sql} LIMIT ${maxRows}`
  const statement = format === 'parquet' ? fileSelect(whole, translation.columns) : whole
  try {
    const pieces = await parts.store.download(statement, translation.parameters, {
      format: format === 'parquet' ? 'Parquet' : 'JSONCompactEachRow',
      timeoutMs: limits.seconds * 1000,
      maxMemoryBytes: limits.memoryBytes,
      settings: engineSettings(statement),
      signal,
      lane: 'hunt',
    })
    const body = format === 'parquet' ? pieces : written(pieces, translation.columns, format)
    const name = cut ? `hunt-${maxRows}-of-${total ?? 'more'}` : 'hunt'
    const rows = cut ? maxRows : total
    return { reply: { contentType: contentTypes[format], filename: `${name}.${format}`, body }, rows, total }
  } catch (error) {
    throw storeRefusal(error, query, limits)
  }
}

const pieceSize = 262_144

async function* written(
  pieces: AsyncIterable<Uint8Array>,
  columns: readonly BoundColumn[],
  format: 'csv' | 'ndjson',
): AsyncGenerator<string> {
  const names = columns.map((column) => column.name)
  let text = format === 'csv' ? `${names.map(csvCell).join(',')}\r\n` : ''
  for await (const cells of linesOf(pieces)) {
    const values = Object.fromEntries((JSON.parse(cells) as unknown[]).map((value, index) => [`r${index}`, value]))
    const [row = {}] = answerRows(columns, [values])
    text += format === 'csv' ? `${names.map((name) => csvCell(row[name])).join(',')}\r\n` : `${JSON.stringify(row)}\n`
    if (text.length < pieceSize) continue
    yield text
    text = ''
  }
  if (text !== '') yield text
}

async function* linesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const piece of pieces) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}

/** Cells that a spreadsheet would take for a formula are kept as text: attackers write into these rows. */
function csvCell(value: unknown): string {
  const text = value === null || value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value)
  const safe = typeof value === 'string' && /^\s*[=+\-@\t\r\n|＝＋－＠]/u.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
