import { type ReactNode, Suspense, lazy, useState } from 'react'
import { type ActionRequest, type ManyRequest, RequestContext } from './action-request.ts'

const ActionDialog = lazy(async () => ({ default: (await import('./ActionDialog.tsx')).ActionDialog }))
const ManyDialog = lazy(async () => ({ default: (await import('./ManyDialog.tsx')).ManyDialog }))

/** Lets everything below open the action dialog; it outlives the page it was opened on. */
export function ActionDialogHost({ children }: { children: ReactNode }) {
  const [request, setRequest] = useState<{ request: ActionRequest | ManyRequest; count: number } | null>(null)
  const close = () => setRequest(null)
  return (
    <RequestContext value={(next) => setRequest((before) => ({ request: next, count: (before?.count ?? 0) + 1 }))}>
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
    </RequestContext>
  )
}
