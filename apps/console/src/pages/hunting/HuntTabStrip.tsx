import { IconButton, inertString } from '@cordon/ui'
import { clsx } from 'clsx'
import { PanelLeftClose, PanelLeftOpen, Plus, X } from 'lucide-react'
import { type HuntTabs, tabTitle } from '../../features/hunting/hunt-tabs.ts'

export interface HuntTabStripProps {
  state: HuntTabs
  running: ReadonlySet<string>
  onChoose: (id: string) => void
  onClose: (id: string) => void
  onNew: () => void
  /** Is the pane of tables, queries and history open? */
  hasSources: boolean
  onSources: () => void
}

/** The open queries. */
export function HuntTabStrip({ state, running, onChoose, onClose, onNew, hasSources, onSources }: HuntTabStripProps) {
  return (
    <div className="flex h-9 shrink-0 items-stretch border-b border-line bg-canvas">
      <IconButton
        label={hasSources ? 'Hide tables and queries' : 'Show tables and queries'}
        className="mx-1 my-auto"
        aria-expanded={hasSources}
        onClick={onSources}
      >
        {hasSources ? (
          <PanelLeftClose className="size-4" aria-hidden />
        ) : (
          <PanelLeftOpen className="size-4" aria-hidden />
        )}
      </IconButton>
      <ul aria-label="Open queries" className="flex min-w-0 items-stretch overflow-x-auto border-l border-line">
        {state.tabs.map((tab) => {
          const isActive = tab.id === state.active
          const title = inertString(tabTitle(tab))
          return (
            <li
              key={tab.id}
              className={clsx(
                'flex max-w-56 min-w-28 items-center border-r border-line pr-1 text-xs',
                isActive ? 'bg-panel font-medium shadow-[inset_0_2px_0_var(--accent)]' : 'text-muted hover:bg-hover',
              )}
            >
              <button
                type="button"
                aria-current={isActive || undefined}
                title={title}
                className="focus-inset min-w-0 flex-1 self-stretch truncate pr-1 pl-3 text-left"
                onClick={() => onChoose(tab.id)}
              >
                {running.has(tab.id) && (
                  <span
                    aria-label="Running"
                    className="mr-1.5 inline-block size-1.5 animate-pulse rounded-full bg-accent"
                    role="img"
                  />
                )}
                <bdi>{title}</bdi>
              </button>
              <IconButton label={`Close ${title}`} className="size-5" onClick={() => onClose(tab.id)}>
                <X className="size-3" aria-hidden />
              </IconButton>
            </li>
          )
        })}
      </ul>
      <IconButton label="New query" className="my-auto ml-1" onClick={onNew}>
        <Plus className="size-4" aria-hidden />
      </IconButton>
    </div>
  )
}
