import type { ReactNode } from 'react'

/** Heading line of a page, with what acts on the whole page to its right. */
export function PageHeader({
  title,
  count,
  children,
  meta,
}: {
  title: ReactNode
  count?: ReactNode
  meta?: ReactNode
  children?: ReactNode
}) {
  return (
    <header className="flex flex-wrap items-center gap-x-3 gap-y-2 px-5 pt-4 pb-3">
      <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
      {count !== undefined && <span className="text-sm text-muted">{count}</span>}
      {meta}
      {children && <div className="ml-auto flex flex-wrap items-center gap-2">{children}</div>}
    </header>
  )
}
