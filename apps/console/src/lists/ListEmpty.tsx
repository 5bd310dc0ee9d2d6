import { Button, Empty } from '@cordon/ui'
import type { ReactNode } from 'react'

/** What stands where a queue has no rows: that filters hide them, with the way out, or what having none means. */
export function ListEmpty({
  list,
  icon,
  none,
  title,
  children,
  action,
}: {
  list: { isDefault: boolean; reset: () => void }
  icon: ReactNode
  /** What one row is called. */
  none: string
  /** For no rows at all, with what it means and what to do. */
  title: string
  children: ReactNode
  action?: ReactNode
}) {
  if (list.isDefault)
    return (
      <Empty icon={icon} title={title} action={action}>
        {children}
      </Empty>
    )
  return (
    <Empty
      icon={icon}
      title={`No ${none} matches these filters`}
      action={<Button onClick={list.reset}>Reset filters</Button>}
    >
      Remove a filter, search for less or widen the time.
    </Empty>
  )
}
