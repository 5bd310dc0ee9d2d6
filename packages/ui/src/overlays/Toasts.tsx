import { useSyncExternalStore } from 'react'
import { deferred } from './deferred.ts'
import { subscribe, waitingCount, wasWanted } from './toast-queue.ts'
import { useDeferred } from './useDeferred.tsx'

const code = deferred(() => import('./BaseToasts.tsx'))
/** Where toasts appear; once per app. */
export function Toasts() {
  const count = useSyncExternalStore(subscribe, waitingCount)
  const wanted = count > 0 || wasWanted()
  const base = useDeferred(code, wanted)
  return base && wanted ? <base.BaseToasts waiting={count} /> : null
}
