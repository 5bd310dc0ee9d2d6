import { Failure } from '@cordon/ui'
import { problemOf } from '../api/query.ts'

/** A failed request where its content would be. */
export function Problem({
  error,
  onRetry,
  compact,
  what,
}: {
  error: unknown
  onRetry?: () => void
  compact?: boolean
  what?: string
}) {
  const problem = problemOf(error)
  return (
    <Failure
      title={what ? `${what}: ${problem.title}` : problem.title}
      detail={problem.detail}
      requestId={problem.requestId}
      onRetry={onRetry}
      compact={compact}
    />
  )
}
