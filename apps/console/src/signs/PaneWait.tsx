import { Skeleton } from '@cordon/ui'
import { Problem } from './Problem.tsx'

interface PaneQuery {
  data: unknown
  error: Error | null
  refetch: () => unknown
}

/** Above a pane's content: why it couldn't be read (again), or that it is on its way. */
export function PaneWait({ query: { data, error, refetch }, rows = 10 }: { query: PaneQuery; rows?: number }) {
  if (error)
    return (
      <div className="p-4">
        <Problem error={error} compact onRetry={() => void refetch()} />
      </div>
    )
  return data ? null : <Skeleton rows={rows} />
}

/** The title of a pane whose content isn't there. */
export function waitTitle({ error }: Pick<PaneQuery, 'error'>): string {
  return error ? 'Nothing to show' : 'Loading…'
}
