import { useSyncExternalStore } from 'react'
import { deferred } from './deferred.ts'
import { useDeferred } from './useDeferred.tsx'

const code = deferred(() => import('./BaseToasts.tsx'))
let isWanted = false
let wake = () => {}
let waiting: ToastInput[] = []

export interface ToastInput {
  title: string
  description?: string
  kind?: 'info' | 'proof' | 'failed'
  action?: { label: string; onClick: () => void }
}

/** Announces something politely at the corner; errors stay until dismissed. */
export function toast(input: ToastInput): void {
  waiting.push(input)
  isWanted = true
  wake()
}

/** What was announced and not shown yet; handed over once. */
export function takeWaiting(): ToastInput[] {
  const taken = waiting
  waiting = []
  return taken
}

const subscribe = (listener: () => void) => {
  wake = listener
  return () => {
    wake = () => {}
  }
}

/** Where toasts appear; once per app. */
export function Toasts() {
  const count = useSyncExternalStore(subscribe, () => waiting.length)
  const wanted = count > 0 || isWanted
  const base = useDeferred(code, wanted)
  return base && wanted ? <base.BaseToasts waiting={count} /> : null
}
