import { useSyncExternalStore } from 'react'
import { deferred } from './deferred.ts'
import { useDeferred } from './useDeferred.tsx'

const code = deferred(() => import('./BaseToasts.tsx'))
let isWanted = false
let wake = () => {}

export interface ToastInput {
  title: string
  description?: string
  kind?: 'info' | 'proof' | 'failed'
  action?: { label: string; onClick: () => void }
}

/** Announces something politely at the corner; errors stay until dismissed. */
export function toast(input: ToastInput): void {
  isWanted = true
  wake()
  void code.load().then(({ showToast }) => showToast(input))
}

const subscribe = (listener: () => void) => {
  wake = listener
  return () => {
    wake = () => {}
  }
}

/** Where toasts appear; once per app. */
export function Toasts() {
  const wanted = useSyncExternalStore(subscribe, () => isWanted)
  const base = useDeferred(code, wanted)
  return base && wanted ? <base.BaseToasts /> : null
}
