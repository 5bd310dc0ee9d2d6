import { Button } from '@cordon/ui'
import type { ReactNode } from 'react'

/** A table of the access page under a line that says what it holds, with the button that adds to it. */
export function AccessList({
  note,
  add,
  icon,
  onAdd,
  children,
}: {
  note: string
  add: string
  icon: ReactNode
  onAdd: () => void
  children: ReactNode
}) {
  return (
    <>
      <div className="flex items-center px-5 py-2.5">
        <p className="text-sm text-muted">{note}</p>
        <Button size="sm" look="primary" className="ml-auto" icon={icon} onClick={onAdd}>
          {add}
        </Button>
      </div>
      <div className="flex min-h-0 flex-1 border-t border-line bg-panel">{children}</div>
    </>
  )
}
