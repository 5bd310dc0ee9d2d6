import { Button, Inert, Scroll, Skeleton, Time } from '@cordon/ui'
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Problem } from '../../signs/Problem.tsx'

/** The tab of one stored setting: its form once it is read, or why it isn't. */
export function StoredSettings<T extends { version: number }>({
  label,
  query: { data, error, refetch },
  children,
}: {
  label: string
  query: UseQueryResult<T>
  children: (stored: T) => ReactNode
}) {
  return (
    <Scroll label={label} className="flex-1">
      <div className="mx-auto flex max-w-5xl flex-col gap-5 px-5 py-4">
        {error && !data && <Problem error={error} compact onRetry={() => void refetch()} />}
        {!data && !error && <Skeleton rows={8} />}
        {data && children(data)}
      </div>
    </Scroll>
  )
}

/** The end of such a form: saves, and says who saved last. */
export function SaveBar({
  what,
  stored,
  isChanged,
  isSaving,
}: {
  what: string
  stored: { updatedAt: string | null; updatedBy: string | null }
  isChanged: boolean
  isSaving: boolean
}) {
  return (
    <div className="flex flex-wrap items-center gap-3 border-t border-line pt-4">
      <Button type="submit" look="primary" disabled={!isChanged || isSaving}>
        {isSaving ? 'Saving…' : `Save ${what}`}
      </Button>
      <p className="text-xs text-muted">
        {isChanged ? 'Not saved yet. ' : ''}
        {stored.updatedAt ? (
          <>
            Last changed <Time value={stored.updatedAt} /> by <Inert value={stored.updatedBy ?? '–'} max={60} />.
          </>
        ) : (
          'Never changed.'
        )}
      </p>
    </div>
  )
}
