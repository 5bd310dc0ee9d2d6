/** Columns without those that can be spared, from the last on, until the rest fit into so many pixels. */
export function columnsThatFit<C extends { width: number; spare?: boolean }>(columns: readonly C[], room: number): C[] {
  const kept = [...columns]
  let left = room - kept.reduce((sum, { width }) => sum + width, 0)
  for (let at = kept.length - 1; at >= 0 && left < 0; at -= 1) {
    const column = kept[at]
    if (!column?.spare) continue
    kept.splice(at, 1)
    left += column.width
  }
  return kept
}
