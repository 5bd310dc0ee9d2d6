import { Inert } from '@cordon/ui'
import { ChevronRight } from 'lucide-react'
import { type MouseEvent, useState } from 'react'
import { cellText } from './hunt-text.ts'

export interface JsonTreeProps {
  value: unknown
  path?: readonly (string | number)[]
  /** Levels that are open at first. */
  open?: number
  onMenu: (path: readonly (string | number)[], value: unknown, at: { x: number; y: number }) => void
}

const mostMembers = 200

/** JSON as a tree: objects open and close, and every value has the menu of a cell. */
export function JsonTree({ value, path = [], open = 2, onMenu }: JsonTreeProps) {
  if (typeof value !== 'object' || value === null)
    return (
      <button
        type="button"
        className="min-h-6 max-w-full min-w-6 rounded px-0.5 text-left hover:bg-hover"
        onClick={(event) => onMenu(path, value, pointOf(event))}
        onContextMenu={(event) => {
          event.preventDefault()
          event.stopPropagation()
          onMenu(path, value, pointOf(event))
        }}
      >
        {value === null ? (
          <span className="text-muted">null</span>
        ) : (
          <Inert value={cellText(value) || '""'} max={400} mono />
        )}
      </button>
    )
  const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
  if (entries.length === 0) return <span className="text-muted">{Array.isArray(value) ? '[ ]' : '{ }'}</span>
  return (
    <ul className="flex min-w-0 flex-col">
      {entries.slice(0, mostMembers).map(([key, one]) => (
        <Member key={String(key)} name={key} value={one} path={[...path, key]} open={open} onMenu={onMenu} />
      ))}
      {entries.length > mostMembers && (
        <li className="text-muted">{(entries.length - mostMembers).toLocaleString()} more not shown</li>
      )}
    </ul>
  )
}

function Member({
  name,
  value,
  path,
  open,
  onMenu,
}: Required<Pick<JsonTreeProps, 'path' | 'open' | 'onMenu'>> & { name: string | number; value: unknown }) {
  const isBranch = typeof value === 'object' && value !== null && Object.keys(value).length > 0
  const [isOpen, setOpen] = useState(open > 0)
  const label = (
    <span className="text-muted">
      <Inert value={String(name)} max={80} mono />
    </span>
  )
  if (!isBranch)
    return (
      <li className="flex min-w-0 items-baseline gap-1.5 pl-4">
        {label}
        <span className="min-w-0">
          <JsonTree value={value} path={path} onMenu={onMenu} />
        </span>
      </li>
    )
  return (
    <li className="min-w-0">
      <button
        type="button"
        aria-expanded={isOpen}
        className="flex min-h-6 items-center gap-0.5 rounded hover:bg-hover"
        onClick={() => setOpen(!isOpen)}
      >
        <ChevronRight className={`size-3.5 shrink-0 text-muted ${isOpen ? 'rotate-90' : ''}`} aria-hidden />
        {label}
        <span className="text-xs text-muted">
          {Array.isArray(value) ? `[${value.length}]` : `{${Object.keys(value).length}}`}
        </span>
      </button>
      {isOpen && (
        <div className="ml-1.5 border-l border-line pl-1.5">
          <JsonTree value={value} path={path} open={open - 1} onMenu={onMenu} />
        </div>
      )}
    </li>
  )
}

function pointOf(event: MouseEvent<HTMLElement>): { x: number; y: number } {
  // A key press on a button clicks it at no point.
  if (event.clientX > 0 || event.clientY > 0) return { x: event.clientX, y: event.clientY }
  const box = event.currentTarget.getBoundingClientRect()
  return { x: box.left, y: box.bottom }
}
