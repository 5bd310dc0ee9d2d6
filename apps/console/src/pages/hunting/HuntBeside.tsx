import type { Incident } from '@cordon/incidents'
import { buttonClass, IconButton } from '@cordon/ui'
import { ExternalLink, X } from 'lucide-react'
import { type PointerEvent, useEffect, useRef, useState } from 'react'
import { Link } from 'react-router'
import { paths } from '../../app/paths.ts'
import type { HuntToOpen } from '../../features/hunting/beside.ts'
import { HuntWorkspace } from './HuntWorkspace.tsx'

export interface HuntBesideProps {
  hunt: HuntToOpen
  incident: Incident
  onClose: () => void
}

const least = 480

/** A hunt over the right side of its incident, which stays where it is and can be used meanwhile. */
export function HuntBeside({ hunt, incident, onClose }: HuntBesideProps) {
  const [query, setQuery] = useState(hunt.query)
  const [timespan, setTimespan] = useState(hunt.timespan)
  const [width, setWidth] = useState<number | null>(null)
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  const resize = (event: PointerEvent<HTMLElement>) => {
    event.preventDefault()
    const edge = event.currentTarget
    const room = edge.parentElement?.parentElement?.getBoundingClientRect()
    if (!room) return
    const move = (next: globalThis.PointerEvent) =>
      setWidth(Math.max(least, Math.min(room.width - 40, room.right - next.clientX)))
    edge.setPointerCapture(event.pointerId)
    edge.addEventListener('pointermove', move)
    edge.addEventListener('pointerup', () => edge.removeEventListener('pointermove', move), { once: true })
  }
  return (
    <aside
      aria-label="Hunt beside the incident"
      className="absolute inset-y-0 right-0 z-30 flex min-h-0 max-w-full flex-col border-l border-line-strong bg-panel shadow-pop"
      style={{ width: width ?? 'min(76rem, 68%)', minWidth: `min(100%, ${least}px)` }}
    >
      <div
        aria-hidden
        className="absolute inset-y-0 -left-1 w-2 cursor-col-resize hover:bg-accent/40"
        onPointerDown={resize}
      />
      <header className="flex items-center gap-2 border-b border-line px-3 py-2">
        <h2 ref={heading} tabIndex={-1} className="min-w-0 flex-1 truncate text-base font-semibold outline-none">
          {hunt.title}
        </h2>
        <Link
          to={paths.hunting({ query, timespan, run: true })}
          className={buttonClass('quiet', 'sm')}
          title="Leaves the incident; the query goes along"
        >
          <ExternalLink className="size-3.5" aria-hidden />
          Open in hunting
        </Link>
        <IconButton label="Close the hunt" onClick={onClose}>
          <X className="size-4" aria-hidden />
        </IconButton>
      </header>
      <HuntWorkspace
        query={query}
        timespan={timespan}
        run={1}
        incident={incident}
        onChange={(change) => {
          if (change.query !== undefined) setQuery(change.query)
          if (change.timespan !== undefined) setTimespan(change.timespan)
        }}
      />
    </aside>
  )
}
