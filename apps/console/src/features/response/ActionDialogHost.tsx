import { type ReactNode, Suspense, lazy, useMemo, useState } from 'react'
import type { WhatIf } from '../../signs/impact.ts'
import { type ActionRequest, type ManyRequest, RequestContext } from './action-request.ts'
import { WhatIfContext } from './what-if.ts'

const ActionDialog = lazy(async () => ({ default: (await import('./ActionDialog.tsx')).ActionDialog }))
const ManyDialog = lazy(async () => ({ default: (await import('./ManyDialog.tsx')).ManyDialog }))

/** Lets everything below open the action dialog; it outlives the page it was opened on. */
export function ActionDialogHost({ children }: { children: ReactNode }) {
  const [request, setRequest] = useState<{ request: ActionRequest | ManyRequest; count: number } | null>(null)
  const [shown, show] = useState<WhatIf | null>(null)
  const [keys, offer] = useState<ReadonlySet<string>>(new Set())
  const board = useMemo(() => ({ shown, show, keys, offer }), [shown, keys])
  const close = () => {
    setRequest(null)
    show(null)
  }
  return (
    <RequestContext value={(next) => setRequest((before) => ({ request: next, count: (before?.count ?? 0) + 1 }))}>
      <WhatIfContext value={board}>
        {children}
        {request && (
          <Suspense fallback={null}>
            {'targets' in request.request ? (
              <ManyDialog key={request.count} request={request.request} onClose={close} />
            ) : (
              <ActionDialog key={request.count} request={request.request} onClose={close} />
            )}
          </Suspense>
        )}
      </WhatIfContext>
    </RequestContext>
  )
}
