import type { HuntResult } from '@cordon/contract'
import { cellText } from './hunt-text.ts'

/** What a picture of an answer can be. Kusto names two of them for one: a time chart is a line over time. */
export const chartKinds = ['column', 'bar', 'pie', 'line', 'area', 'stacked-area', 'time', 'scatter'] as const
export type ChartKind = (typeof chartKinds)[number]

export const chartLabels: Record<ChartKind, string> = {
  column: 'Column',
  bar: 'Bar',
  pie: 'Pie',
  line: 'Line',
  area: 'Area',
  'stacked-area': 'Stacked area',
  time: 'Time',
  scatter: 'Scatter',
}

const rendered: Readonly<Record<string, ChartKind>> = {
  columnchart: 'column',
  barchart: 'bar',
  piechart: 'pie',
  linechart: 'line',
  areachart: 'area',
  stackedareachart: 'stacked-area',
  timechart: 'time',
  scatterchart: 'scatter',
}

/** The picture that a `render` asks for; undefined for a table and for those that can't be drawn here. */
export function chartOf(chart: HuntResult['chart']): ChartKind | undefined {
  if (!chart) return undefined
  const stacked = chart.kind === 'areachart' && chart.properties['kind'] === 'stacked'
  return stacked ? 'stacked-area' : rendered[chart.kind]
}

/** Columns that make the axis, the values and the series. */
export interface ChartColumns {
  x: string
  y: readonly string[]
  series: string | null
}

export interface Series {
  name: string
  /** By place on the axis, or x of their own for scatter and continuous axes. */
  points: { x: number; y: number }[]
}

export interface ChartData {
  kind: ChartKind
  /** `steps`: the axis has these places; `time` and `number`: x is a value (epoch ms, or the number). */
  axis: 'steps' | 'time' | 'number'
  places: string[]
  series: Series[]
  /** The place that stands for all that have none of their own; nothing can be asked of it. */
  rest?: number
  /** What was left out, in words. */
  notes: string[]
}

const numeric = new Set(['long', 'int', 'real', 'decimal'])
export const mostSeries = 12
const mostPlaces = 200
const mostPoints = 5000

export function isNumeric(type: string): boolean {
  return numeric.has(type)
}

/** The columns a chart takes where nobody says it: time or text across, numbers up, a further text as series. */
export function columnsFor(result: HuntResult, kind: ChartKind): ChartColumns | undefined {
  const { schema, chart } = result
  const named = (text: string | undefined) => schema.find((column) => column.name === text)?.name
  const numbers = schema.filter(({ type }) => numeric.has(type)).map(({ name }) => name)
  const texts = schema.filter(({ type }) => !numeric.has(type)).map(({ name }) => name)
  const time = schema.find(({ type }) => type === 'datetime')?.name
  const x =
    named(chart?.properties['xcolumn']) ??
    (kind === 'pie' || kind === 'bar' ? (texts.find((name) => name !== time) ?? time) : time) ??
    (kind === 'scatter' && numbers.length > 1 ? numbers[0] : texts[0]) ??
    numbers[0]
  const asked = chart?.properties['ycolumns']?.split(',').flatMap((name) => named(name.trim()) ?? []) ?? []
  const y = (asked.length > 0 ? asked : numbers).filter((name) => name !== x)
  if (x === undefined || y.length === 0) return undefined
  const split = schema.find(({ name, type }) => name !== x && (type === 'string' || type === 'bool'))?.name
  const series = named(chart?.properties['series']) ?? (kind === 'pie' ? null : (split ?? null))
  return { x, y: kind === 'pie' ? y.slice(0, 1) : y, series }
}

/** What a chart of these columns draws. */
export function chartData(result: HuntResult, kind: ChartKind, { x, y, series: split }: ChartColumns): ChartData {
  const type = result.schema.find((column) => column.name === x)?.type ?? 'string'
  const isContinuous = kind !== 'column' && kind !== 'bar' && kind !== 'pie'
  const axis = isContinuous && type === 'datetime' ? 'time' : isContinuous && numeric.has(type) ? 'number' : 'steps'
  const places = new Map<string, number>()
  const found = new Map<string, Map<number, number> | { x: number; y: number }[]>()
  const notes: string[] = []
  let left = 0
  for (const row of result.results) {
    const text = cellText(row[x])
    let at: number
    if (axis === 'steps') {
      at = places.get(text) ?? places.size
      if (!places.has(text)) {
        if (places.size >= mostPlaces) {
          left += 1
          continue
        }
        places.set(text, at)
      }
    } else at = axis === 'time' ? Date.parse(text) : Number(text)
    if (text === '' ? axis !== 'steps' : Number.isNaN(at)) continue
    for (const name of y) {
      const value = Number(row[name])
      if (row[name] === null || row[name] === undefined || Number.isNaN(value)) continue
      const of =
        split === null ? name : [cellText(row[split]) || '(empty)', ...(y.length > 1 ? [name] : [])].join(' · ')
      if (kind === 'scatter') {
        const list = (found.get(of) as { x: number; y: number }[] | undefined) ?? []
        if (list.length < mostPoints) list.push({ x: at, y: value })
        found.set(of, list)
      } else {
        const sums = (found.get(of) as Map<number, number> | undefined) ?? new Map<number, number>()
        sums.set(at, (sums.get(at) ?? 0) + value)
        found.set(of, sums)
      }
    }
  }
  const all = [...found].map(([name, points]): Series => ({
    name,
    points: (Array.isArray(points) ? points : [...points].map(([px, py]) => ({ x: px, y: py }))).toSorted(
      (a, b) => a.x - b.x,
    ),
  }))
  const biggest = all.toSorted((a, b) => sum(b) - sum(a)).slice(0, mostSeries)
  if (all.length > mostSeries) notes.push(`the ${mostSeries} largest of ${all.length.toLocaleString()} series`)
  if (left > 0) notes.push(`the first ${mostPlaces} values of ${x}`)
  const data = { kind, axis, places: [...places.keys()], series: biggest, notes } satisfies ChartData
  return kind === 'pie' ? slices(data) : data
}

/** The largest slices, one for each colour, and the others as the last: the same colour twice would say the same thing. */
function slices(data: ChartData): ChartData {
  const [{ name = '', points = [] } = {}] = data.series
  const sorted = points.toSorted((a, b) => b.y - a.y)
  const isMany = sorted.length > mostSeries
  const own = isMany ? sorted.slice(0, mostSeries - 1) : sorted
  const others = sorted.slice(own.length)
  const places = own.map(({ x }) => data.places[x] ?? '')
  const cut = own.map(({ y }, x) => ({ x, y }))
  if (!isMany) return { ...data, places, series: points.length > 0 ? [{ name, points: cut }] : [] }
  const rest = { x: own.length, y: others.reduce((total, { y }) => total + Math.max(0, y), 0) }
  return {
    ...data,
    places: [...places, `${others.length.toLocaleString()} others`],
    series: [{ name, points: [...cut, rest] }],
    rest: rest.x,
  }
}

/** Series on top of each other: each with the sum of those below it at the same x. */
export function stacked(
  series: readonly Series[],
): { name: string; points: { x: number; low: number; y: number }[] }[] {
  const xs = [...new Set(series.flatMap(({ points }) => points.map(({ x }) => x)))].toSorted((a, b) => a - b)
  const base = new Map<number, number>()
  return series.map(({ name, points }) => {
    const at = new Map(points.map(({ x, y }) => [x, y]))
    return {
      name,
      points: xs.map((x) => {
        const low = base.get(x) ?? 0
        const y = low + Math.max(0, at.get(x) ?? 0)
        base.set(x, y)
        return { x, low, y }
      }),
    }
  })
}

/** Round numbers from 0 (or the least, where that is below) to at least the most. */
export function ticksOf(least: number, most: number, wanted = 5): number[] {
  const span = Math.max(most - Math.min(0, least), Number.MIN_VALUE)
  const rough = span / wanted
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough) ?? rough
  const ticks: number[] = []
  for (let tick = Math.floor(Math.min(0, least) / step) * step; ; tick += step) {
    ticks.push(Number(tick.toPrecision(12)))
    if (tick >= most || ticks.length > 20) return ticks
  }
}

const second = 1000
const hour = 3600 * second
const roundTimes = [
  ...[1, 5, 15, 30, 60, 120, 300, 600, 900, 1800].map((count) => count * second),
  ...[1, 2, 3, 6, 12, 24, 48, 168, 336, 720, 2160, 8760].map((count) => count * hour),
]

/** Round moments within a span, by the clock of this browser: at most so many; milliseconds since 1970. */
export function timeTicksOf(from: number, to: number, most: number): number[] {
  const step = roundTimes.find((each) => (to - from) / each <= most) ?? to - from
  const zone = new Date(from).getTimezoneOffset() * 60 * second
  const first = Math.ceil((from - zone) / step) * step + zone
  return Array.from({ length: Math.floor((to - first) / step) + 1 }, (_none, at) => first + at * step)
}

function sum(series: Series): number {
  return series.points.reduce((total, point) => total + point.y, 0)
}
