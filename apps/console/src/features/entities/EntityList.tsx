import type { GraphNode } from '@cordon/entities'
import { IconButton, Inert, NodePicture, Scroll, inertString } from '@cordon/ui'
import { EllipsisVertical } from 'lucide-react'
import { clsx } from 'clsx'
import { type KeyboardEvent, useState } from 'react'
import { ContainmentBadge } from '../../signs/ContainmentBadge.tsx'
import { kindLabel } from '../../signs/EntityName.tsx'
import { useTheme } from '../../signs/theme.ts'
import { lookOf, partOf } from './to-canvas.ts'

export interface EntityListProps {
  nodes: readonly GraphNode[]
  selectedKey: string | null
  alertId: string | null
  onSelect: (node: GraphNode) => void
  onMenu: (node: GraphNode, at: { x: number; y: number }) => void
}

const rank = ['attacker', 'compromised', 'attacked', 'suspicious', 'context']

/** The graph's entities as a list: arrows move, Enter selects, Shift+F10 or the menu button opens the same menu. */
export function EntityList({ nodes, selectedKey, alertId, onSelect, onMenu }: EntityListProps) {
  const theme = useTheme()
  const shown = alertId ? nodes.filter((node) => node.alertIds.includes(alertId)) : nodes
  const sorted = shown.toSorted((a, b) => rank.indexOf(partOf(a.roles)) - rank.indexOf(partOf(b.roles)))
  const groups = [...Map.groupBy(sorted, (node) => node.kind)]
  const [focused, setFocused] = useState<string | null>(null)
  const current = sorted.some((n) => n.key === focused) ? focused : (selectedKey ?? sorted[0]?.key)
  const menuFor = (node: GraphNode, element: Element) => {
    const rect = element.getBoundingClientRect()
    onMenu(node, { x: rect.left + 24, y: rect.bottom - 4 })
  }
  return (
    <Scroll label="Entities" className="flex-1 py-1" onKeyDown={rove}>
      {groups.map(([kind, members]) => (
        <section key={kind} aria-label={kindLabel(kind)}>
          <h2 className="px-3 pt-2 pb-1 text-xs font-medium text-muted">
            {kindLabel(kind)} <span className="font-normal">{members.length}</span>
          </h2>
          <ul>
            {members.map((node) => (
              <li
                key={node.key}
                className={clsx(
                  'group flex items-center pr-1.5',
                  node.key === selectedKey ? 'bg-accent-soft' : 'hover:bg-hover',
                )}
              >
                <button
                  type="button"
                  data-rove
                  tabIndex={node.key === current ? 0 : -1}
                  aria-pressed={node.key === selectedKey}
                  className="focus-inset flex min-w-0 flex-1 items-center gap-2 py-0.5 pl-2 text-left"
                  onFocus={() => setFocused(node.key)}
                  onClick={() => onSelect(node)}
                  onContextMenu={(event) => {
                    event.preventDefault()
                    menuFor(node, event.currentTarget)
                  }}
                  onKeyDown={(event) => {
                    if (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) {
                      event.preventDefault()
                      menuFor(node, event.currentTarget)
                    }
                  }}
                >
                  <NodePicture look={lookOf(node)} theme={theme} size={32} />
                  <span className="min-w-0 flex-1">
                    <span className="block truncate font-medium">
                      <Inert value={node.label} max={100} />
                    </span>
                    <span className="flex items-center gap-1.5 text-xs text-muted">
                      {partOf(node.roles) === 'context'
                        ? 'Context'
                        : node.roles
                            .filter((r) => r !== 'contextual')
                            .map((r) => r.replaceAll('-', ' '))
                            .join(', ')}
                      {node.exists === false && ' · no longer exists'}
                    </span>
                    <ContainmentBadge state={node.containment} />
                  </span>
                </button>
                <IconButton
                  tabIndex={node.key === current ? 0 : -1}
                  label={`Menu for ${inertString(node.label.slice(0, 80))}`}
                  aria-haspopup="menu"
                  onClick={(event) => menuFor(node, event.currentTarget)}
                >
                  <EllipsisVertical className="size-4" aria-hidden />
                </IconButton>
              </li>
            ))}
          </ul>
        </section>
      ))}
      {sorted.length === 0 && <p className="p-4 text-sm text-muted">No entities.</p>}
    </Scroll>
  )
}

function rove(event: KeyboardEvent<HTMLElement>) {
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-rove]')]
  const at = all.indexOf(event.target as HTMLElement)
  if (at < 0) return
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key]
  if (next === undefined) return
  event.preventDefault()
  all[next]?.focus()
}
