import { toneText } from '@cordon/ui'
import { Radio, WifiOff } from 'lucide-react'
import { clsx } from 'clsx'
import { useLive } from '../../api/live.ts'
import { queryClient } from '../../api/query.ts'

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})

/** Whether what is on screen is being kept current; says since when it isn't. */
export function LiveIndicator() {
  const { state, since } = useLive()
  const time = clock.format(since)
  return (
    <div role="status" className="flex shrink-0 items-center gap-2 text-xs">
      {state === 'live' && (
        <span className="flex items-center gap-1.5 text-muted" title={`Live updates since ${time}`}>
          <Radio className={clsx('size-3.5', toneText.progress)} aria-hidden /> Live
        </span>
      )}
      {state === 'connecting' && <span className="text-muted">Connecting…</span>}
      {state === 'lost' && (
        <>
          <span
            className={clsx(
              'flex items-center gap-1.5 rounded border border-caution/60 px-1.5 py-0.5 font-medium',
              toneText.caution,
            )}
          >
            <WifiOff className="size-3.5" aria-hidden />
            Live updates lost at {time}
          </span>
          <button
            type="button"
            className="rounded text-accent hover:underline"
            onClick={() => void queryClient.invalidateQueries()}
          >
            Refresh
          </button>
        </>
      )}
    </div>
  )
}
