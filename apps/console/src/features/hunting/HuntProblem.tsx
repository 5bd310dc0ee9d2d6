import type { HuntDiagnostic } from '@cordon/contract'
import { Button, Inert, Notice } from '@cordon/ui'
import { CircleAlert, TriangleAlert, Wrench } from 'lucide-react'
import { useEffect, useState } from 'react'
import { diagnoseHunt } from '../../api/hunting.ts'
import { problemOf } from '../../api/query.ts'

export interface HuntProblemProps {
  error: unknown
  /** The text that was refused. */
  query: string
  onShow: (start: number, end: number) => void
  onFix: (query: string) => void
}

/** Why a query was refused: what, where, and the repair where one is known. */
export function HuntProblem({ error, query, onShow, onFix }: HuntProblemProps) {
  const [found, setFound] = useState<readonly HuntDiagnostic[]>([])
  const problem = problemOf(error)
  useEffect(() => {
    let isCurrent = true
    // Only what is wrong with the text has a place in it.
    if (problem.status === 400) void diagnoseHunt(query).then((all) => isCurrent && setFound(causes(all)))
    return () => {
      isCurrent = false
    }
  }, [query, problem.status])
  return (
    <div className="flex min-h-0 flex-1 flex-col gap-3 overflow-y-auto p-3" role="alert">
      {found.length === 0 ? (
        <Notice kind="danger" icon={<CircleAlert className="text-failed" aria-hidden />}>
          <p className="font-medium">The query was not answered</p>
          <p>
            <Inert value={problem.detail} max={2000} block />
          </p>
        </Notice>
      ) : (
        <>
          <p className="font-medium">
            {found.length === 1 ? 'The query can’t run: 1 error' : `The query can’t run: ${found.length} errors`}
          </p>
          {found.slice(0, 20).map((one) => (
            <Place key={`${one.start} ${one.message}`} query={query} found={one} onShow={onShow} onFix={onFix} />
          ))}
        </>
      )}
    </div>
  )
}

/** Errors without those that only follow from one that can be repaired. */
function causes(all: readonly HuntDiagnostic[]): HuntDiagnostic[] {
  const errors = all.filter(({ severity }) => severity === 'error')
  const fixable = errors.filter(({ fix }) => fix !== undefined)
  return errors.filter(
    (one) => one.fix !== undefined || !fixable.some(({ start, end }) => one.start <= start && end <= one.end),
  )
}

function Place({
  query,
  found,
  onShow,
  onFix,
}: { found: HuntDiagnostic } & Pick<HuntProblemProps, 'query' | 'onShow' | 'onFix'>) {
  const { start, end, message, hint, fix } = found
  const before = query.slice(0, start)
  const lineStart = before.lastIndexOf('\n') + 1
  const lineEnd = query.indexOf('\n', start)
  const line = query.slice(lineStart, lineEnd < 0 ? query.length : lineEnd)
  const column = start - lineStart
  // A long line is shown around the place.
  const from = Math.max(0, column - 60)
  const marked = Math.max(1, Math.min(end, lineStart + line.length) - start)
  return (
    <section className="rounded-md border border-failed/50 bg-failed/6 p-3" aria-label={message}>
      <p className="flex items-start gap-2">
        <TriangleAlert className="mt-0.5 size-4 shrink-0 text-failed" aria-hidden />
        <span className="min-w-0">
          <Inert value={message} max={600} />
          {hint && (
            <span className="block text-muted">
              <Inert value={hint} max={600} />
            </span>
          )}
        </span>
      </p>
      <pre className="mt-2 overflow-x-auto rounded bg-canvas px-3 py-1.5 font-mono text-xs leading-5">
        <span className="mr-3 text-muted select-none">{before.split('\n').length}</span>
        {from > 0 && '…'}
        {line.slice(from, column)}
        <mark className="rounded-xs bg-failed/25 text-ink underline decoration-failed decoration-wavy underline-offset-4">
          {line.slice(column, column + marked) || ' '}
        </mark>
        {line.slice(column + marked, column + marked + 100)}
      </pre>
      <div className="mt-2 flex flex-wrap items-center gap-2 text-xs text-muted">
        <Button size="sm" onClick={() => onShow(start, end)}>
          Line {before.split('\n').length}, column {column + 1}
        </Button>
        {fix !== undefined && (
          <Button
            size="sm"
            look="primary"
            icon={<Wrench className="size-3.5" aria-hidden />}
            onClick={() => onFix(query.slice(0, start) + fix + query.slice(end))}
          >
            {fix === '' ? 'Remove it' : `Write ${fix} and run`}
          </Button>
        )}
      </div>
    </section>
  )
}
