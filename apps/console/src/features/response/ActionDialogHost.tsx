import { type ReactNode, Suspense, lazy, useState } from 'react'
import { type ActionRequest, RequestContext } from './action-request.ts'

const ActionDialog = lazy(async () => ({ default: (await import('./ActionDialog.tsx')).ActionDialog }))

/** Lets everything below open the action dialog; it outlives the page it was opened on. */
export function ActionDialogHost({ children }: { children: ReactNode }) {
  const [request, setRequest] = useState<{ request: ActionRequest; count: number } | null>(null)
  return (
    <RequestContext value={(next) => setRequest((before) => ({ request: next, count: (before?.count ?? 0) + 1 }))}>
      {children}
      {request && (
        <Suspense fallback={null}>
          <ActionDialog key={request.count} request={request.request} onClose={() => setRequest(null)} />
        </Suspense>
      )}
    </RequestContext>
  )
}
