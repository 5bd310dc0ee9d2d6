import { Toast } from '@base-ui/react/toast'
import { CircleAlert, CircleCheck, Info, X } from 'lucide-react'
import { useEffect } from 'react'
import { type ToastInput, takeWaiting } from './toast-queue.ts'

const manager = Toast.createToastManager()

function show({ title, description, kind = 'info', action }: ToastInput): void {
  manager.add({
    title,
    description,
    type: kind,
    timeout: kind === 'failed' ? 0 : 6000,
    actionProps: action && { children: action.label, onClick: action.onClick },
  })
}

const icons = {
  info: <Info className="mt-0.5 size-4 shrink-0 text-progress" aria-hidden />,
  proof: <CircleCheck className="mt-0.5 size-4 shrink-0 text-proof" aria-hidden />,
  failed: <CircleAlert className="mt-0.5 size-4 shrink-0 text-failed" aria-hidden />,
}

export function BaseToasts({ waiting }: { waiting: number }) {
  useEffect(() => {
    if (waiting > 0) for (const input of takeWaiting()) show(input)
  }, [waiting])
  return (
    <Toast.Provider toastManager={manager} limit={4}>
      <Toast.Portal>
        <Toast.Viewport className="fixed right-4 bottom-4 z-[60] flex w-88 max-w-[calc(100vw-2rem)] flex-col gap-2">
          <List />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  )
}

function List() {
  const { toasts } = Toast.useToastManager()
  return toasts.map((item) => (
    <Toast.Root
      key={item.id}
      toast={item}
      className="rounded-lg border border-line bg-raised shadow-pop transition data-ending-style:opacity-0 data-starting-style:translate-y-2 data-starting-style:opacity-0"
    >
      <Toast.Content className="flex items-start gap-2.5 p-3 text-sm">
        {icons[(item.type ?? 'info') as keyof typeof icons]}
        <div className="min-w-0 flex-1">
          <Toast.Title className="font-medium break-words" />
          <Toast.Description className="mt-0.5 break-words text-muted" />
          {item.actionProps && <Toast.Action className="mt-1.5 text-xs font-medium text-accent hover:underline" />}
        </div>
        <Toast.Close aria-label="Dismiss" className="rounded p-0.5 text-muted hover:bg-hover hover:text-ink">
          <X className="size-3.5" aria-hidden />
        </Toast.Close>
      </Toast.Content>
    </Toast.Root>
  ))
}
