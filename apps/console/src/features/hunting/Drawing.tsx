import { inertString } from '@cordon/ui'
import { type ChartData, type Series, stacked, ticksOf, timeTicksOf } from './chart-data.ts'
import { chartColours } from './chart-colours.ts'

const top = 10
const bottom = 26
const right = 12

export interface DrawingProps {
  data: ChartData
  width: number
  height: number
  /** A mark at a place of the axis was clicked. */
  onPick?: ((place: number) => void) | undefined
}

/** A chart of a given width in SVG. */
export function Drawing({ data, width, height, onPick }: DrawingProps) {
  const values = data.series.reduce((count, series) => count + series.points.length, 0)
  return (
    <svg
      width={width}
      height={height}
      role="img"
      aria-label={`${data.kind.replace('-', ' ')} chart: ${data.series.length} series, ${values.toLocaleString()} values`}
      className="text-ink"
    >
      {data.kind === 'pie' ? (
        <Pie data={data} width={width} height={height} onPick={onPick} />
      ) : data.kind === 'bar' ? (
        <Bars data={data} width={width} height={height} onPick={onPick} />
      ) : (
        <Plane data={data} width={width} height={height} onPick={onPick} />
      )}
    </svg>
  )
}

const colour = (index: number) => chartColours[index % chartColours.length]

/** Everything with values upwards: columns, lines, areas, points. */
function Plane({ data, width, height, onPick }: DrawingProps) {
  const isStacked = data.kind === 'stacked-area'
  const layers = isStacked ? stacked(data.series) : undefined
  const ys = (layers ?? data.series).flatMap(({ points }) => points.map(({ y }) => y))
  const ticks = ticksOf(Math.min(...ys), Math.max(...ys, 0))
  const [low, high] = [ticks[0] ?? 0, ticks.at(-1) ?? 1]
  const left = 14 + Math.max(...ticks.map((tick) => short(tick).length)) * 6.5
  const room = Math.max(10, width - left - right)
  const xs = data.series.flatMap(({ points }) => points.map(({ x }) => x))
  const [from, to] = data.axis === 'steps' ? [-0.5, data.places.length - 0.5] : [Math.min(...xs), Math.max(...xs)]
  const px = (x: number) => left + (to === from ? room / 2 : ((x - from) / (to - from)) * room)
  const py = (y: number) => top + (1 - (y - low) / (high - low || 1)) * (height - top - bottom)
  return (
    <>
      {ticks.map((tick) => (
        <g key={tick}>
          <line x1={left} x2={width - right} y1={py(tick)} y2={py(tick)} stroke="var(--line)" />
          <text x={left - 6} y={py(tick) + 3.5} fontSize="11" textAnchor="end" fill="var(--muted)">
            {short(tick)}
          </text>
        </g>
      ))}
      {axisLabels(data, from, to, room).map(({ x, text }) => (
        <text
          key={x}
          x={px(x)}
          y={height - 8}
          fontSize="11"
          textAnchor={
            data.axis === 'steps' || (px(x) > left + 40 && px(x) < width - right - 40)
              ? 'middle'
              : px(x) < width / 2
                ? 'start'
                : 'end'
          }
          fill="var(--muted)"
        >
          {text}
        </text>
      ))}
      {data.kind === 'column'
        ? data.series.map((series, index) => (
            <Columns
              key={series.name}
              series={series}
              index={index}
              count={data.series.length}
              step={room / data.places.length}
              px={px}
              py={py}
              places={data.places}
              onPick={onPick}
            />
          ))
        : layers
          ? layers.map(({ name, points }, index) => (
              <path
                key={name}
                d={`M${points.map(({ x, y }) => `${px(x)},${py(y)}`).join('L')}L${points
                  .toReversed()
                  .map(({ x, low: under }) => `${px(x)},${py(under)}`)
                  .join('L')}Z`}
                fill={colour(index)}
                fillOpacity="0.75"
                stroke={colour(index)}
              >
                <title>{inertString(name)}</title>
              </path>
            ))
          : data.series.map((series, index) => (
              <Line
                key={series.name}
                data={data}
                series={series}
                index={index}
                px={px}
                py={py}
                base={py(Math.max(0, low))}
              />
            ))}
    </>
  )
}

type Scale = (value: number) => number

function Columns({
  series,
  index,
  count,
  step,
  px,
  py,
  places,
  onPick,
}: {
  series: Series
  index: number
  count: number
  step: number
  px: Scale
  py: Scale
  places: readonly string[]
  onPick: DrawingProps['onPick']
}) {
  const thick = Math.min(56, Math.max(1, (step * 0.8) / count))
  return series.points.map(({ x, y }) => (
    <rect
      key={x}
      x={px(x) - (thick * count) / 2 + thick * index}
      y={Math.min(py(0), py(y))}
      width={Math.max(1, thick - (thick > 4 ? 1 : 0))}
      height={Math.max(1, Math.abs(py(y) - py(0)))}
      fill={colour(index)}
      className={onPick && 'cursor-pointer'}
      onClick={() => onPick?.(x)}
    >
      <title>{inertString(`${places[x] ?? ''} · ${series.name}: ${y.toLocaleString()}`)}</title>
    </rect>
  ))
}

function Line({
  data,
  series,
  index,
  px,
  py,
  base,
}: {
  data: ChartData
  series: Series
  index: number
  px: Scale
  py: Scale
  base: number
}) {
  const points = series.points.map(({ x, y }) => `${px(x)},${py(y)}`)
  const first = series.points[0]?.x ?? 0
  const last = series.points.at(-1)?.x ?? 0
  const hasDots = data.kind === 'scatter' || series.points.length < 80
  return (
    <g>
      {data.kind === 'area' && (
        <path
          d={`M${px(first)},${base}L${points.join('L')}L${px(last)},${base}Z`}
          fill={colour(index)}
          fillOpacity="0.25"
        />
      )}
      {data.kind !== 'scatter' && (
        <polyline points={points.join(' ')} fill="none" stroke={colour(index)} strokeWidth="1.8" />
      )}
      {hasDots &&
        series.points.map(({ x, y }, at) => (
          <circle
            key={at}
            cx={px(x)}
            cy={py(y)}
            r={data.kind === 'scatter' ? 3.5 : 2.5}
            fill={colour(index)}
            fillOpacity={data.kind === 'scatter' ? 0.75 : 1}
          >
            <title>{inertString(`${xText(data, x)} · ${series.name}: ${y.toLocaleString()}`)}</title>
          </circle>
        ))}
    </g>
  )
}

const barRow = 22

/** Values to the right, names on the left; a bar for each place, series beside each other. */
function Bars({ data, width, height, onPick }: DrawingProps) {
  const shown = Math.min(
    data.places.length,
    Math.floor((height - top - 4) / Math.max(7, Math.min(barRow, (height - top) / data.places.length))),
  )
  const places = data.places.slice(0, shown)
  const step = Math.min(34, (height - top - 4) / places.length)
  const left = Math.min(width * 0.4, 24 + Math.max(...places.map((place) => Math.min(place.length, 40))) * 6.3)
  const most = Math.max(...data.series.flatMap(({ points }) => points.map(({ y }) => y)), 0) || 1
  const scale = Math.max(10, width - left - 70) / most
  const thick = Math.max(1, (step * 0.76) / data.series.length)
  return (
    <>
      {places.map((place, at) => (
        <g key={place}>
          {step > 9 && (
            <text x={left - 8} y={top + step * (at + 0.5) + 4} fontSize="11" textAnchor="end" fill="var(--muted)">
              {clipped(place, Math.floor((left - 20) / 6.3))}
              <title>{inertString(place)}</title>
            </text>
          )}
          {data.series.map((series, index) => {
            const value = series.points.find(({ x }) => x === at)?.y
            if (value === undefined) return null
            const y = top + step * at + step * 0.12 + thick * index
            return (
              <g key={series.name} className={onPick && 'cursor-pointer'} onClick={() => onPick?.(at)}>
                <rect
                  x={left}
                  y={y}
                  width={Math.max(1, Math.max(0, value) * scale)}
                  height={Math.max(1, thick - 1)}
                  fill={colour(index)}
                >
                  <title>{inertString(`${place} · ${series.name}: ${value.toLocaleString()}`)}</title>
                </rect>
                {thick > 9 && (
                  <text
                    x={left + Math.max(0, value) * scale + 6}
                    y={y + thick / 2 + 3.5}
                    fontSize="11"
                    fill="var(--muted)"
                  >
                    {short(value)}
                  </text>
                )}
              </g>
            )
          })}
        </g>
      ))}
    </>
  )
}

function Pie({ data, width, height, onPick }: DrawingProps) {
  const points = (data.series[0]?.points ?? []).filter(({ y }) => y > 0)
  const total = points.reduce((sum, point) => sum + point.y, 0) || 1
  const [cx, cy, radius] = [width / 2, height / 2, height / 2 - 14]
  let angle = -Math.PI / 2
  return points.map(({ x, y }) => {
    const share = y / total
    const from = angle
    angle += share * 2 * Math.PI
    const at = (value: number) => `${cx + radius * Math.cos(value)},${cy + radius * Math.sin(value)}`
    const shape =
      share >= 0.9999
        ? `M${cx - radius},${cy} a${radius},${radius} 0 1 0 ${radius * 2},0 a${radius},${radius} 0 1 0 ${-radius * 2},0`
        : `M${cx},${cy} L${at(from)} A${radius},${radius} 0 ${share > 0.5 ? 1 : 0} 1 ${at(angle)} Z`
    return (
      <path
        key={x}
        d={shape}
        fill={colour(x)}
        stroke="var(--panel)"
        className={x === data.rest ? undefined : onPick && 'cursor-pointer'}
        onClick={x === data.rest ? undefined : () => onPick?.(x)}
      >
        <title>{inertString(`${data.places[x] ?? ''}: ${y.toLocaleString()} (${(share * 100).toFixed(1)} %)`)}</title>
      </path>
    )
  })
}

/** Labels of the lower axis, as many as have room. */
function axisLabels(data: ChartData, from: number, to: number, room: number): { x: number; text: string }[] {
  if (data.axis === 'steps') {
    const longest = Math.min(18, Math.max(...data.places.map((place) => place.length), 1))
    const every = Math.max(1, Math.ceil((data.places.length * (longest * 6.5 + 12)) / room))
    return data.places.flatMap((place, x) => (x % every === 0 ? [{ x, text: clipped(place, 18) }] : []))
  }
  const count = Math.max(2, Math.min(8, Math.floor(room / 130)))
  if (from === to) return [{ x: from, text: xText(data, from) }]
  const times = data.axis === 'time' ? timeTicksOf(from, to, count) : []
  if (times.length > 1) return times.map((x) => ({ x, text: xText(data, x, to - from) }))
  return Array.from({ length: count }, (_, at) => {
    const x = from + ((to - from) * at) / (count - 1)
    return { x, text: xText(data, x, to - from) }
  })
}

const day = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
})
const second = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})

function xText(data: ChartData, x: number, span = 7_200_000): string {
  if (data.axis === 'steps') return data.places[x] ?? ''
  if (data.axis === 'number') return short(x)
  return (span < 7_200_000 ? second : day).format(x)
}

function clipped(text: string, most: number): string {
  const shown = inertString(text.slice(0, most))
  return text.length > most ? `${shown}…` : shown || '(empty)'
}

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 })
const plain = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 })

function short(value: number): string {
  return Math.abs(value) >= 10_000 ? compact.format(value) : plain.format(value)
}
