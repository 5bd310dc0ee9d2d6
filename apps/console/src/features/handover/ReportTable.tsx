import type { ReactNode } from 'react'

export interface ReportColumn<T> {
  header: string
  cell: (row: T) => ReactNode
  align?: 'end'
  /** Pixels; foreign text may break anywhere, so that a column without it can become as narrow as a letter. */
  minWidth?: number
}

/** A titled table that prints whole. `total` says how many there are when the list was cut. */
export function ReportTable<T>({
  title,
  note,
  rows,
  total,
  columns,
  rowKey,
  empty,
}: {
  title: string
  note?: string
  rows: readonly T[]
  total?: number
  columns: readonly ReportColumn<T>[]
  rowKey: (row: T) => string
  empty: string
}) {
  return (
    <section className="break-inside-avoid-page">
      <h2 className="text-base font-semibold">
        {title} <span className="text-sm font-normal text-muted">{(total ?? rows.length).toLocaleString()}</span>
      </h2>
      {note && <p className="text-xs text-muted">{note}</p>}
      {rows.length === 0 ? (
        <p className="mt-1 text-sm text-muted">{empty}</p>
      ) : (
        <div className="mt-1.5 overflow-hidden rounded-lg border border-line bg-panel">
          <table className="w-full border-collapse text-left" aria-label={title}>
            <thead>
              <tr className="border-b border-line text-xs text-muted">
                {columns.map((column) => (
                  <th
                    key={column.header}
                    scope="col"
                    className={`px-3 py-1.5 font-medium ${column.align === 'end' ? 'text-right' : ''}`}
                  >
                    {column.header}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={rowKey(row)} className="break-inside-avoid border-b border-line/70 align-top last:border-b-0">
                  {columns.map((column) => (
                    <td
                      key={column.header}
                      className={`px-3 py-1.5 [overflow-wrap:anywhere] ${column.align === 'end' ? 'text-right tabular-nums' : ''}`}
                    >
                      <div style={{ minWidth: column.minWidth }}>{column.cell(row)}</div>
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {total !== undefined && total > rows.length && (
        <p className="mt-1 text-xs text-muted">
          The first {rows.length.toLocaleString()} of {total.toLocaleString()} are listed.
        </p>
      )}
    </section>
  )
}
