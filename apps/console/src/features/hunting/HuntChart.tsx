import { Empty } from '@cordon/ui'
import type { HuntResult } from '@cordon/contract'
import { useMemo } from 'react'
import { type ChartData, chartData } from './chart-data.ts'

const colours = [
  '#2f6fde',
  '#e07b2c',
  '#2e9e6b',
  '#b23a6f',
  '#7a5bd0',
  '#c9a227',
  '#3aa6b9',
  '#8a5a44',
  '#d1495b',
  '#5c7c2f',
  '#4d4d8f',
  '#888888',
]
const width = 900
const height = 260
const left = 56
const bottom = 24

/** The rows as a small picture; the table beside it holds the same numbers. */
export function HuntChart({ result, kind }: { result: HuntResult; kind: string }) {
  const data = useMemo(() => chartData(result, kind), [result, kind])
  if (!data || data.axis.length === 0)
    return <Empty title="Nothing to draw">A chart needs a column of numbers and one of times or names.</Empty>
  const summary = `${data.kind} chart with ${data.series.length} series over ${data.axis.length} values`
  return (
    <figure className="flex min-h-0 flex-col gap-2 px-3 py-2">
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={summary} className="max-h-80 w-full">
        {data.kind === 'pie' ? <Pie data={data} /> : <Axes data={data} />}
      </svg>
      <figcaption className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
        {(data.kind === 'pie' ? data.axis.slice(0, colours.length) : data.series.map((series) => series.name)).map(
          (name, index) => (
            <span key={`${index} ${name}`} className="flex items-center gap-1.5">
              <span
                aria-hidden
                className="size-2.5 rounded-sm"
                style={{ background: colours[index % colours.length] }}
              />
              <bdi className="max-w-60 truncate">{name || '(empty)'}</bdi>
            </span>
          ),
        )}
      </figcaption>
    </figure>
  )
}

function Axes({ data }: { data: ChartData }) {
  const top = Math.max(1, ...data.series.flatMap((series) => series.points.map((point) => point.y)))
  const flat = data.kind === 'bar'
  const room = flat ? height - bottom : width - left - 8
  const step = room / data.axis.length
  const place = new Map(data.axis.map((value, index) => [value, index]))
  const long = flat ? width - left - 8 : height - bottom - 8
  const size = (value: number) => (Math.max(0, value) / top) * long
  const ticks = [0, 0.5, 1].map((share) => share * top)
  return (
    <>
      {ticks.map((tick) =>
        flat ? (
          <text
            key={tick}
            x={left + size(tick)}
            y={height - 6}
            fontSize="10"
            textAnchor="middle"
            fill="currentColor"
            opacity="0.6"
          >
            {short(tick)}
          </text>
        ) : (
          <g key={tick} opacity="0.6">
            <line
              x1={left}
              x2={width - 8}
              y1={height - bottom - size(tick)}
              y2={height - bottom - size(tick)}
              stroke="currentColor"
              strokeOpacity="0.2"
            />
            <text x={left - 6} y={height - bottom - size(tick) + 3} fontSize="10" textAnchor="end" fill="currentColor">
              {short(tick)}
            </text>
          </g>
        ),
      )}
      {!flat &&
        [0, Math.floor((data.axis.length - 1) / 2), data.axis.length - 1]
          .filter((index, at, all) => all.indexOf(index) === at)
          .map((index) => (
            <text
              key={index}
              x={left + step * (index + 0.5)}
              y={height - 8}
              fontSize="10"
              textAnchor={index === 0 ? 'start' : index === data.axis.length - 1 ? 'end' : 'middle'}
              fill="currentColor"
              opacity="0.6"
            >
              {label(data.axis[index] ?? '', data.timed)}
            </text>
          ))}
      {data.series.map((series, index) => {
        const colour = colours[index % colours.length]
        if (data.kind === 'line') {
          const points = series.points
            .filter((point) => place.has(point.x))
            .toSorted((a, b) => (place.get(a.x) ?? 0) - (place.get(b.x) ?? 0))
            .map((point) => `${left + step * ((place.get(point.x) ?? 0) + 0.5)},${height - bottom - size(point.y)}`)
          return (
            <g key={series.name}>
              <polyline points={points.join(' ')} fill="none" stroke={colour} strokeWidth="1.8" />
              {points.length < 60 &&
                points.map((point) => (
                  <circle key={point} cx={point.split(',')[0]} cy={point.split(',')[1]} r="2.5" fill={colour} />
                ))}
            </g>
          )
        }
        const thick = Math.max(1, (step * 0.8) / data.series.length)
        return series.points
          .filter((point) => place.has(point.x))
          .map((point) => {
            const start = step * (place.get(point.x) ?? 0) + step * 0.1 + thick * index
            return flat ? (
              <rect
                key={`${series.name} ${point.x}`}
                x={left}
                y={start}
                width={size(point.y)}
                height={thick}
                fill={colour}
              >
                <title>{`${point.x}: ${point.y}`}</title>
              </rect>
            ) : (
              <rect
                key={`${series.name} ${point.x}`}
                x={left + start}
                y={height - bottom - size(point.y)}
                width={thick}
                height={size(point.y)}
                fill={colour}
              >
                <title>{`${point.x}: ${point.y}`}</title>
              </rect>
            )
          })
      })}
    </>
  )
}

function Pie({ data }: { data: ChartData }) {
  const points = data.series[0]?.points.slice(0, colours.length) ?? []
  const total = points.reduce((sum, point) => sum + point.y, 0) || 1
  let angle = -Math.PI / 2
  return points.map((point, index) => {
    const share = point.y / total
    const from = angle
    angle += share * 2 * Math.PI
    const at = (value: number) => `${width / 2 + 110 * Math.cos(value)},${height / 2 + 110 * Math.sin(value)}`
    const shape =
      share >= 0.9999
        ? `M${width / 2 - 110},${height / 2} a110,110 0 1 0 220,0 a110,110 0 1 0 -220,0`
        : `M${width / 2},${height / 2} L${at(from)} A110,110 0 ${share > 0.5 ? 1 : 0} 1 ${at(angle)} Z`
    return (
      <path key={point.x} d={shape} fill={colours[index % colours.length]}>
        <title>{`${point.x}: ${point.y}`}</title>
      </path>
    )
  })
}

function short(value: number): string {
  return value >= 1000
    ? Intl.NumberFormat('en', { notation: 'compact' }).format(value)
    : String(Math.round(value * 100) / 100)
}

function label(value: string, timed: boolean): string {
  return timed ? value.slice(0, 16).replace('T', ' ') : value.slice(0, 24)
}
