import { Button } from '@cordon/ui'
import { PlugZap } from 'lucide-react'
import { problemOf } from '../../api/query.ts'

/** The server does not answer at all. */
export function Unreachable({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const problem = problemOf(error)
  return (
    <main className="flex h-full flex-col items-center justify-center gap-3 p-6 text-center">
      <PlugZap className="size-10 stroke-[1.25] text-failed" aria-hidden />
      <h1 className="text-xl font-semibold">Cordon can’t be reached</h1>
      <p role="alert" className="max-w-md text-muted">
        {problem.detail} Actions that were already requested go on in the server as far as it runs.
      </p>
      <Button look="primary" onClick={onRetry}>
        Try again
      </Button>
    </main>
  )
}
