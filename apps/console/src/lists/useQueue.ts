import { useStableRows } from '@cordon/ui'
import { type InfiniteData, useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { qPages } from '../api/query.ts'

interface PageOf<T> {
  items: T[]
  nextCursor: string | null
  total?: number
}

/** Rows of a paged query that stay under the pointer, with what a table needs to page on. */
export function useQueue<T>(options: ReturnType<typeof qPages>, keyOf: (row: T) => string, scope: string) {
  const query = useInfiniteQuery(options)
  // While the rows of a new filter are on their way, those of the last one stay: only then do they become the new scope's.
  const [settled, setSettled] = useState(scope)
  const scopeOfRows = query.isPlaceholderData ? settled : scope
  if (scopeOfRows !== settled) setSettled(scopeOfRows)
  const data = query.data as InfiniteData<PageOf<T>> | undefined // qPages answers with pages of the list's own rows
  const seen = new Set<string>()
  // A row that moved between two page reads would come twice.
  const latest = (data?.pages ?? [])
    .flatMap((page) => page.items)
    .filter((row) => !seen.has(keyOf(row)) && seen.add(keyOf(row)))
  const stable = useStableRows(latest, keyOf, scopeOfRows)
  const isSettled = query.isSuccess && !query.isPlaceholderData
  return {
    ...stable,
    query,
    /** The rows are those of this scope. */
    isSettled,
    total: data?.pages[0]?.total,
    table: {
      pending: stable.pending,
      onApplyPending: stable.apply,
      onBusy: stable.setBusy,
      total: data?.pages[0]?.total,
      hasMore: query.hasNextPage,
      loadingMore: query.isFetchingNextPage,
      onMore: () => void query.fetchNextPage({ cancelRefetch: false }),
    },
  }
}
