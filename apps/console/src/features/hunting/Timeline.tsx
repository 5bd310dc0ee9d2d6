import { Button } from '@cordon/ui'
import { type PointerEvent, useMemo, useRef, useState } from 'react'
import { cellText } from './hunt-text.ts'
import type { Row } from './result-rows.ts'
import { useSize } from './useSize.ts'

export interface TimelineProps {
  rows: readonly Row[]
  /** The column of times. */
  column: string
  onNarrow: (from: string, to: string) => void
}

const height = 46
/** Fewer rows are seen at a glance without it. */
const fewest = 12
const format = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})

/** When the rows were, as bars; dragging over them chooses a time to narrow the query to. */
export function Timeline({ rows, column, onNarrow }: TimelineProps) {
  const box = useRef<HTMLDivElement>(null)
  const width = Math.max(200, useSize(box).width)
  const [brush, setBrush] = useState<[number, number] | null>(null)
  const times = useMemo(
    () =>
      rows.flatMap((row) => {
        const time = Date.parse(cellText(row[column]))
        return Number.isNaN(time) ? [] : [time]
      }),
    [rows, column],
  )
  const from = times.reduce((least, time) => Math.min(least, time), Infinity)
  const to = times.reduce((most, time) => Math.max(most, time), -Infinity)
  const bins = Math.max(10, Math.min(120, Math.floor(width / 9)))
  const counts = useMemo(() => {
    const made = Array.from({ length: bins }, () => 0)
    for (const time of times) {
      const at = Math.min(bins - 1, Math.floor(((time - from) / (to - from)) * bins))
      made[at] = (made[at] ?? 0) + 1
    }
    return made
  }, [times, from, to, bins])
  if (times.length < fewest || from === to) return null
  const most = Math.max(...counts)
  const step = width / bins
  const timeAt = (x: number) => from + Math.max(0, Math.min(1, x / width)) * (to - from)
  const start = (event: PointerEvent<SVGSVGElement>) => {
    const svg = event.currentTarget
    const left = svg.getBoundingClientRect().left
    const begin = event.clientX - left
    svg.setPointerCapture(event.pointerId)
    const move = (next: globalThis.PointerEvent) => {
      const x = next.clientX - left
      setBrush([Math.max(0, Math.min(begin, x)), Math.min(width, Math.max(begin, x))])
    }
    setBrush(null)
    svg.addEventListener('pointermove', move)
    svg.addEventListener('pointerup', () => svg.removeEventListener('pointermove', move), { once: true })
  }
  const chosen = brush && brush[1] - brush[0] > 3 ? brush : null
  return (
    <div className="shrink-0 border-b border-line px-3 pt-1.5 pb-1">
      <div ref={box}>
        <svg
          width={width}
          height={height}
          role="img"
          aria-label={`Timeline of ${times.length.toLocaleString()} rows from ${format.format(from)} to ${format.format(to)}`}
          className="cursor-crosshair touch-none select-none"
          onPointerDown={start}
        >
          {counts.map((count, index) =>
            count === 0 ? null : (
              <rect
                key={index}
                x={index * step + 0.5}
                width={Math.max(1, step - 1.5)}
                y={height - Math.max(2, (count / most) * (height - 4))}
                height={Math.max(2, (count / most) * (height - 4))}
                fill="var(--accent)"
                fillOpacity="0.75"
              >
                <title>{`${format.format(from + (index / bins) * (to - from))}: ${count.toLocaleString()}`}</title>
              </rect>
            ),
          )}
          {chosen && (
            <rect
              x={chosen[0]}
              width={chosen[1] - chosen[0]}
              y={0}
              height={height}
              fill="var(--accent)"
              fillOpacity="0.2"
              stroke="var(--accent)"
            />
          )}
        </svg>
      </div>
      <div className="flex h-6 items-center justify-between gap-3 text-2xs text-muted">
        <span>{format.format(from)}</span>
        {chosen ? (
          <span className="flex items-center gap-2">
            {format.format(timeAt(chosen[0]))} – {format.format(timeAt(chosen[1]))}
            <Button
              size="sm"
              className="h-6"
              onClick={() => {
                setBrush(null)
                // To the next millisecond, so that the last row chosen is in.
                onNarrow(new Date(timeAt(chosen[0])).toISOString(), new Date(timeAt(chosen[1]) + 1).toISOString())
              }}
            >
              Narrow to this time
            </Button>
            <Button size="sm" look="quiet" className="h-6" onClick={() => setBrush(null)}>
              Clear
            </Button>
          </span>
        ) : (
          <span>{column}: drag to choose a time</span>
        )}
        <span>{format.format(to)}</span>
      </div>
    </div>
  )
}
