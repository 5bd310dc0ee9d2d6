import { Mark } from './Mark.tsx'

/** What is shown until the first page has arrived. */
export function Starting() {
  return (
    <div role="status" className="flex h-full flex-col items-center justify-center gap-3">
      <Mark className="size-10 animate-[breathe_1.6s_ease-in-out_infinite]" />
      <span className="text-xs text-muted">Loading Cordon…</span>
    </div>
  )
}
