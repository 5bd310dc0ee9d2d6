import { Button } from '@cordon/ui'
import type { ReactNode } from 'react'

export interface ManyButtonProps {
  /** How many rows are chosen. */
  count: number
  /** Why it can't be done with these rows, said beside the button; undefined = it can. */
  why: string | undefined
  look: 'primary' | 'danger'
  icon: ReactNode
  onClick: () => void
  children: ReactNode
}

/** One action on the chosen rows of a table, with what speaks against it. */
export function ManyButton({ count, why, look, icon, onClick, children }: ManyButtonProps) {
  return (
    <>
      <span className="text-xs text-muted">
        {count} selected{why ? `. ${why}` : ''}
      </span>
      <Button size="sm" look={look} icon={icon} disabled={why !== undefined} title={why} onClick={onClick}>
        {children}
      </Button>
    </>
  )
}
