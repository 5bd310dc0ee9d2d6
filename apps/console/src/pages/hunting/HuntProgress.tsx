import { Skeleton } from '@cordon/ui'
import { useEffect, useState } from 'react'
import type { HuntProgress as Progress } from '../../api/hunting.ts'
import { bytes } from './QueryDetails.tsx'

/** How a run is getting on: its place in the queue, then what it has read. */
export function HuntProgress({ since, progress }: { since: number; progress: Progress | undefined }) {
  const [now, setNow] = useState(() => performance.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 100)
    return () => clearInterval(timer)
  }, [])
  const share =
    progress?.type === 'progress' && progress.rowsToRead > 0
      ? Math.min(1, progress.rowsRead / progress.rowsToRead)
      : undefined
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="flex items-center gap-3 px-4 pt-3 text-sm text-muted tabular-nums">
        <span>{(Math.max(0, now - since) / 1000).toFixed(1)} s</span>
        <span>{progress ? words(progress) : 'Asking…'}</span>
      </div>
      <div
        role="progressbar"
        aria-label="Rows read"
        aria-valuenow={share === undefined ? undefined : Math.round(share * 100)}
        className="mx-4 mt-2 h-1 overflow-hidden rounded-full bg-hover"
      >
        {share !== undefined && <div className="h-1 rounded-full bg-solid" style={{ width: `${share * 100}%` }} />}
      </div>
      <Skeleton rows={8} />
    </div>
  )
}

function words(progress: Progress): string {
  if (progress.type === 'started') return 'Running'
  if (progress.type === 'queued')
    return `Waiting: place ${progress.position} of ${progress.waiting} in the queue; ${progress.running} running`
  const of = progress.rowsToRead > 0 ? ` of ${progress.rowsToRead.toLocaleString()}` : ''
  return `${progress.rowsRead.toLocaleString()}${of} rows read · ${bytes(progress.bytesRead)}`
}
