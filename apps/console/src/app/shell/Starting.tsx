import { Mark } from './Mark.tsx'

/** What is shown until the first page has arrived. */
export function Starting() {
  return (
    <div role="status" className="flex h-full items-center justify-center">
      <Mark className="size-10 animate-[breathe_1.6s_ease-in-out_infinite]" />
      <span className="sr-only">Loading Cordon</span>
    </div>
  )
}
