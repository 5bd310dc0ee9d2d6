import { Skeleton } from '@cordon/ui'
import type { ReactNode } from 'react'
import { Problem } from '../signs/Problem.tsx'

/** What stands where a table has no rows: why they couldn't be read, that they are on their way, or that there are none. */
export function ListPlaceholder({
  query,
  rows = 8,
  children,
}: {
  query: { isError: boolean; error: Error | null; isPending: boolean; refetch: () => unknown }
  /** Bars drawn while loading. */
  rows?: number
  /** For no rows. */
  children: ReactNode
}) {
  if (query.isError) return <Problem error={query.error} onRetry={() => void query.refetch()} />
  return query.isPending ? <Skeleton rows={rows} /> : children
}
