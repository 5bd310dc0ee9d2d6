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

/** Tells when something was announced. */
export const subscribe = (listener: () => void) => {
  wake = listener
  return () => {
    wake = () => {}
  }
}

/** How many wait, and whether any was ever announced. */
export const waitingCount = () => waiting.length
export const wasWanted = () => isWanted
