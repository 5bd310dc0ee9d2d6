import type { HuntResult } from '@cordon/contract'
import { cellText } from './hunt-text.ts'

export interface Series {
  name: string
  points: { x: string; y: number }[]
}

export interface ChartData {
  kind: 'bar' | 'column' | 'line' | 'pie'
  /** Distinct values of the axis in order. */
  axis: string[]
  series: Series[]
  /** The axis is time. */
  timed: boolean
}

const kinds: Readonly<Record<string, ChartData['kind']>> = {
  barchart: 'bar',
  columnchart: 'column',
  linechart: 'line',
  timechart: 'line',
  areachart: 'line',
  stackedareachart: 'line',
  piechart: 'pie',
}
const numeric = new Set(['long', 'int', 'real'])
const maxSeries = 12
const maxPoints = 500

/** What a chart shows: the first text or time column is the axis, a further text column the series, numbers the values. */
export function chartData(result: HuntResult, wanted: string): ChartData | undefined {
  const kind = kinds[wanted]
  if (!kind) return undefined
  const { schema, results } = result
  const numbers = schema.filter((column) => numeric.has(column.type))
  const axisColumn =
    schema.find((column) => column.type === 'datetime') ??
    schema.find((column) => !numeric.has(column.type)) ??
    schema[0]
  const split = schema.find((column) => column !== axisColumn && (column.type === 'string' || column.type === 'bool'))
  const values = numbers.filter((column) => column !== axisColumn)
  if (!axisColumn || values.length === 0) return undefined
  const timed = axisColumn.type === 'datetime'
  const series = new Map<string, Series>()
  const axis = new Set<string>()
  for (const row of results) {
    const x = cellText(row[axisColumn.name])
    axis.add(x)
    for (const value of values) {
      const name = split
        ? [cellText(row[split.name]), ...(values.length > 1 ? [value.name] : [])].join(' · ')
        : value.name
      const each = series.get(name) ?? { name, points: [] }
      each.points.push({ x, y: Number(row[value.name] ?? 0) || 0 })
      series.set(name, each)
    }
  }
  const ordered = timed ? [...axis].toSorted() : [...axis]
  const biggest = [...series.values()].toSorted((a, b) => sum(b) - sum(a)).slice(0, maxSeries)
  return { kind, axis: ordered.slice(0, maxPoints), series: biggest, timed }
}

function sum(series: Series): number {
  return series.points.reduce((total, point) => total + point.y, 0)
}
