import { statusLabels } from '@cordon/incidents'
import { CircleCheck, CircleDashed, CircleDot, CornerUpRight } from 'lucide-react'
import type { ReactNode } from 'react'

const icons: Record<string, ReactNode> = {
  new: <CircleDot className="size-3.5 text-sev-medium" aria-hidden />,
  'in-progress': <CircleDashed className="size-3.5 text-progress" aria-hidden />,
  resolved: <CircleCheck className="size-3.5 text-muted" aria-hidden />,
  redirected: <CornerUpRight className="size-3.5 text-muted" aria-hidden />,
}

/** Status of an incident or alert. */
export function StatusMark({ status }: { status: string }) {
  return (
    <span className="inline-flex items-center gap-1.5 align-top whitespace-nowrap">
      {icons[status]}
      {statusLabels[status as keyof typeof statusLabels] ?? status}
    </span>
  )
}
