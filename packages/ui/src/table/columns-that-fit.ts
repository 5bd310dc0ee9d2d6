export interface ColumnRoom {
  /** Pixels it needs. */
  width: number
  /** Pixels at which it cuts nothing off as a rule: given where there is room to spare. */
  roomy?: number
  /** Takes what is left. */
  grow?: boolean
  /** May be left out where there is no room for all: 1 goes first, of equals the last. */
  spare?: number
}

// Of the room that is left, columns with a wish get at most this part; the rest stays with those that grow.
const wished = 0.8

/**
 * Columns as they fit into so many pixels: without those that can be spared until the rest has its width, and with
 * what is left then handed out. `leftOut` are the others, in their order.
 */
export function columnsThatFit<C extends ColumnRoom>(
  columns: readonly C[],
  room: number,
): { kept: C[]; leftOut: C[]; width: (column: C) => number } {
  const order = columns.flatMap((column, at) =>
    column.spare === undefined ? [] : [{ column, at, turn: column.spare }],
  )
  order.sort((a, b) => a.turn - b.turn || b.at - a.at)
  const gone = new Set<C>()
  let left = room - columns.reduce((sum, { width }) => sum + width, 0)
  for (const { column } of order) {
    if (left >= 0) break
    gone.add(column)
    left += column.width
  }
  const kept = columns.filter((column) => !gone.has(column))
  const wish = ({ width, roomy }: C) => Math.max(0, (roomy ?? 0) - width)
  const sum = (columnsOf: C[]) => columnsOf.reduce((total, column) => total + wish(column), 0)
  // What grows is what a row is known by: its wish comes first.
  left -= sum(kept.filter(({ grow }) => grow))
  const all = sum(kept.filter(({ grow }) => !grow))
  const share = all > 0 && Number.isFinite(left) ? Math.min(1, Math.max(0, left * wished) / all) : 0
  return {
    kept,
    leftOut: columns.filter((column) => gone.has(column)),
    width: (column) => column.width + (column.grow ? 0 : Math.floor(wish(column) * share)),
  }
}
