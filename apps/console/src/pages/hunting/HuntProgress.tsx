import { Skeleton } from '@cordon/ui'
import { useEffect, useState } from 'react'

/** How a run is getting on. */
export function HuntProgress({ since }: { since: number }) {
  const [now, setNow] = useState(() => performance.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 100)
    return () => clearInterval(timer)
  }, [])
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <p className="px-4 pt-3 text-sm text-muted tabular-nums">{(Math.max(0, now - since) / 1000).toFixed(1)} s</p>
      <Skeleton rows={8} />
    </div>
  )
}
