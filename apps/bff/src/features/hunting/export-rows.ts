import type { RawReply } from '../../deps.ts'

interface Rows {
  schema: readonly { name: string }[]
  results: readonly Record<string, unknown>[]
}

/** The rows as a download, written row by row. */
export function exported({ schema, results }: Rows, format: 'csv' | 'ndjson'): RawReply {
  const names = schema.map((column) => column.name)
  return format === 'csv'
    ? {
        contentType: 'text/csv; charset=utf-8',
        filename: 'hunt.csv',
        body: pieces(results, names.map(csvCell).join(','), (row) => names.map((name) => csvCell(row[name])).join(',')),
      }
    : {
        contentType: 'application/x-ndjson',
        filename: 'hunt.ndjson',
        body: pieces(results, undefined, (row) => JSON.stringify(row)),
      }
}

/** Cells that a spreadsheet would take for a formula are kept as text: attackers write into these rows. */
function csvCell(value: unknown): string {
  const text = value === null || value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value)
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

async function* pieces(
  rows: readonly Record<string, unknown>[],
  head: string | undefined,
  line: (row: Record<string, unknown>) => string,
): AsyncGenerator<string> {
  let piece = head === undefined ? '' : `${head}\r\n`
  const end = head === undefined ? '\n' : '\r\n'
  for (const row of rows) {
    piece += line(row) + end
    if (piece.length < 262_144) continue
    yield piece
    piece = ''
  }
  if (piece !== '') yield piece
}
