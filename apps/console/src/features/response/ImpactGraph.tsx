import { Inert, Scroll, inertString, toneText } from '@cordon/ui'
import { clsx } from 'clsx'
import type { ReactNode } from 'react'
import { EntityName } from '../../signs/EntityName.tsx'
import { type ImpactEnd, type LinkEffect, type WhatIf, summaryOf } from '../../signs/impact.ts'
import { effectLooks, markLooks } from '../../signs/impact-looks.tsx'

// Pixels of the drawing: two columns of ends with the pod between them, who keeps it above.
const width = 720
const column = 216
const row = 54
const chip = 46
const pod = { left: 276, right: 444 }
const mostRows = 5

interface Point {
  x: number
  y: number
}

/** The pod and what is tied to it, each tie drawn as it will be. The list beside it says the same in sentences. */
export function ImpactGraph({ whatIf }: { whatIf: WhatIf }) {
  const { ends, targetName, flowsKnown } = whatIf
  const on = (side: ImpactEnd['side']) => ends.filter((end) => end.side === side)
  const [left, right, keepers, paths] = [on('in'), on('out'), on('keeper'), on('path')]
  const rows = Math.max(1, rowsOf(left), Math.max(rowsOf(right), flowsKnown ? 0 : 1))
  const top = keepers.length > 0 ? chip + 34 : 0
  const centre = top + (rows * row) / 2
  const height = top + rows * row + (paths.length > 0 ? 14 : 0)
  const yOf = (side: ImpactEnd[], index: number) => centre + (index - (rowsOf(side) - 1) / 2) * row
  const shownKeepers = keepers.slice(0, 3)
  const keeperX = (index: number) => width / 2 + (index - (shownKeepers.length - 1) / 2) * (column + 14)
  const links: { id: string; from: Point; to: Point; effect: LinkEffect; upright?: boolean }[] = [
    ...shownOf(left).map((end, i) => ({
      id: end.id,
      effect: end.effect,
      from: { x: column, y: yOf(left, i) },
      to: { x: pod.left, y: centre },
    })),
    ...shownOf(right).map((end, i) => ({
      id: end.id,
      effect: end.effect,
      from: { x: pod.right, y: centre },
      to: { x: width - column, y: yOf(right, i) },
    })),
    ...shownKeepers.map((end, i) => ({
      id: end.id,
      effect: end.effect,
      from: { x: keeperX(i), y: chip },
      to: { x: width / 2, y: centre - chip / 2 },
      upright: true,
    })),
  ]
  return (
    <Scroll label="What the action does to its surroundings, drawn" className="pb-1">
      <div role="img" aria-label={`What if: ${summaryOf(whatIf)}`} style={{ width }} className="relative mx-auto">
        <div className="relative" style={{ height }} aria-hidden>
          <svg width={width} height={height} className="absolute inset-0">
            {links.map((link) => (
              <Tie key={link.id} {...link} />
            ))}
            {paths.length > 0 && (
              <line
                x1={width / 2}
                x2={width / 2}
                y1={centre + chip / 2}
                y2={height}
                className={toneText[effectLooks['stays-open'].tone]}
                stroke="currentColor"
                strokeWidth={2.5}
              />
            )}
          </svg>
          {links.map(({ id, from, to, effect }) => (
            <Sign key={id} effect={effect} at={{ x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 }} />
          ))}
          {shownKeepers.map((end, i) => (
            <Chip key={end.id} end={end} at={{ x: keeperX(i) - column / 2, y: 0 }} />
          ))}
          <div
            className="absolute flex items-center justify-center rounded-lg border-2 border-accent bg-accent-soft px-2 text-center text-sm font-semibold"
            style={{ left: pod.left, width: pod.right - pod.left, top: centre - chip / 2, height: chip }}
          >
            <EntityName kind="pod" name={targetName} max={60} />
          </div>
          <Column ends={left} x={0} yOf={(i) => yOf(left, i)} />
          <Column ends={right} x={width - column} yOf={(i) => yOf(right, i)} />
          {!flowsKnown && right.length === 0 && (
            <p
              className="absolute flex items-center rounded-md border border-dashed border-line-strong px-2 text-xs text-muted"
              style={{ left: width - column, width: column, top: centre - chip / 2, height: chip }}
            >
              No sensor tells what it talks to.
            </p>
          )}
        </div>
        {paths.length > 0 && (
          <ul
            aria-hidden
            className={clsx(
              'mx-8 flex flex-col gap-1 rounded-md border-2 border-current p-2',
              toneText[effectLooks['stays-open'].tone],
            )}
          >
            {paths.slice(0, 4).map((path) => (
              <li key={path.id} className="flex items-start gap-1.5 text-xs">
                <span className="mt-0.5 [&>svg]:size-3">{effectLooks['stays-open'].icon}</span>
                <span className="line-clamp-2 min-w-0 text-ink">
                  <span className="font-semibold">Stays open:</span> <Inert value={path.name} max={220} />
                </span>
              </li>
            ))}
            {paths.length > 4 && <li className="text-xs text-ink">and {paths.length - 4} more, in the list</li>}
          </ul>
        )}
      </div>
    </Scroll>
  )
}

function shownOf(ends: ImpactEnd[]): ImpactEnd[] {
  return ends.length > mostRows ? ends.slice(0, mostRows - 1) : ends
}

function rowsOf(ends: ImpactEnd[]): number {
  return Math.min(ends.length, mostRows)
}

function Column({ ends, x, yOf }: { ends: ImpactEnd[]; x: number; yOf: (index: number) => number }) {
  const shown = shownOf(ends)
  const rest = ends.slice(shown.length)
  const open = rest.filter((end) => end.effect === 'stays-open').length
  return (
    <>
      {shown.map((end, i) => (
        <Chip key={end.id} end={end} at={{ x, y: yOf(i) - chip / 2 }} />
      ))}
      {rest.length > 0 && (
        <p
          className="absolute flex items-center rounded-md border border-dashed border-line-strong px-2 text-xs text-muted"
          style={{ left: x, width: column, top: yOf(shown.length) - chip / 2, height: chip }}
        >
          and {rest.length} more in the list: {rest.length - open} stop{open > 0 && `, ${open} stay open`}
        </p>
      )}
    </>
  )
}

function Chip({ end, at }: { end: ImpactEnd; at: Point }) {
  const mark = end.mark && markLooks[end.mark]
  return (
    <div
      className={clsx(
        'absolute flex flex-col justify-center overflow-hidden rounded-md border bg-panel px-2',
        mark && mark.tone !== 'neutral' ? ['border-2 border-current', toneText[mark.tone]] : 'border-line-strong/60',
        end.mark === 'lost' && 'border-dashed',
      )}
      style={{ left: at.x, width: column, top: at.y, height: chip }}
      title={inertString(`${end.name}: ${end.note}`)}
    >
      <span className="flex min-w-0 items-center gap-1 text-sm font-medium text-ink">
        <EntityName
          kind={end.kind === 'path' || end.kind === 'budget' ? 'role' : end.kind}
          name={end.kind === 'budget' ? `Budget ${end.name}` : end.name}
          max={60}
          className="flex-1"
        />
      </span>
      <span className="flex min-w-0 items-center gap-1 text-xs [&>svg]:size-3 [&>svg]:shrink-0">
        {mark?.icon}
        <span className={clsx('truncate', mark && mark.tone !== 'neutral' ? 'font-medium' : 'text-muted')}>
          {end.mark === 'lost' || end.mark === 'passed-over' ? (
            mark?.word
          ) : (
            <Inert value={end.kind === 'service' || end.side === 'keeper' ? end.note : said(end)} max={120} />
          )}
        </span>
      </span>
    </div>
  )
}

function said({ effect, note }: ImpactEnd): string {
  return `${effectLooks[effect].word} · ${note}`
}

/** A cut tie is dashed and ends before it arrives; one that stays open is whole and thick. */
function Tie({ from, to, effect, upright }: { from: Point; to: Point; effect: LinkEffect; upright?: boolean }) {
  const half = upright ? { x: from.x, y: (from.y + to.y) / 2 } : { x: (from.x + to.x) / 2, y: from.y }
  const other = upright ? { x: to.x, y: half.y } : { x: half.x, y: to.y }
  const isOpen = effect === 'stays-open'
  return (
    <g className={toneText[effectLooks[effect].tone]} fill="none" stroke="currentColor">
      <path
        d={`M${from.x} ${from.y}C${half.x} ${half.y} ${other.x} ${other.y} ${to.x} ${to.y}`}
        strokeWidth={isOpen ? 2.5 : 1.5}
        strokeDasharray={effect === 'stops' ? '5 5' : effect === 'starts' ? '1 4' : undefined}
        strokeLinecap="round"
        opacity={effect === 'unchanged' ? 0.5 : 1}
      />
      {isOpen && !upright && (
        <path d={`M${to.x - 7} ${to.y - 5}L${to.x - 1} ${to.y}L${to.x - 7} ${to.y + 5}`} strokeWidth={2} />
      )}
    </g>
  )
}

function Sign({ effect, at }: { effect: LinkEffect; at: Point }): ReactNode {
  const { icon, tone } = effectLooks[effect]
  if (!icon) return null
  return (
    <span
      className={clsx(
        'absolute flex size-5 items-center justify-center rounded-full border border-current bg-panel [&>svg]:size-3 [&>svg]:stroke-3',
        toneText[tone],
      )}
      style={{ left: at.x - 10, top: at.y - 10 }}
    >
      {icon}
    </span>
  )
}
