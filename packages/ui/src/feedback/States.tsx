import { CircleAlert, RotateCw } from 'lucide-react'
import { clsx } from 'clsx'
import type { ReactNode } from 'react'
import { Button } from '../controls/Button.tsx'

/** Grey bars in the place of rows that are being fetched; when it takes long, they say so. */
export function Skeleton({ rows = 8, className }: { rows?: number; className?: string }) {
  return (
    <div role="status" aria-label="Loading" className={clsx('flex w-full flex-col gap-2.5 p-4', className)}>
      {Array.from({ length: rows }, (_, i) => (
        <div
          key={i}
          className="h-4 animate-[shimmer_1.4s_ease-in-out_infinite] rounded bg-line/70"
          style={{ width: `${92 - ((i * 17) % 38)}%`, animationDelay: `${i * 60}ms` }}
        />
      ))}
      {/* Comes after a while, by the style sheet: short waits stay quiet, and nothing moves. */}
      <p className="appear-late text-xs text-muted">Still loading: the server takes longer than usual.</p>
    </div>
  )
}

/** Why there is nothing here, and what to do about it. */
export function Empty({
  icon,
  title,
  children,
  action,
}: {
  icon?: ReactNode
  title: string
  children?: ReactNode
  action?: ReactNode
}) {
  return (
    <div className="flex flex-col items-center justify-center gap-2 px-6 py-14 text-center">
      {icon && <div className="mb-1 text-muted [&>svg]:size-8 [&>svg]:stroke-[1.25]">{icon}</div>}
      <p className="text-base font-semibold">{title}</p>
      {children && <div className="max-w-md text-sm text-muted">{children}</div>}
      {action && <div className="mt-2">{action}</div>}
    </div>
  )
}

/** A failed request, where its content would be, with a way to try again. */
export function Failure({
  title,
  detail,
  requestId,
  onRetry,
  compact,
}: {
  title: string
  detail: string
  requestId?: string
  onRetry?: () => void
  compact?: boolean
}) {
  return (
    <div
      role="alert"
      className={clsx(
        'flex gap-3 rounded-md border border-failed/50 bg-failed/6 text-sm',
        compact ? 'items-start p-3' : 'm-6 max-w-2xl items-start p-4',
      )}
    >
      <CircleAlert className="mt-0.5 size-4 shrink-0 text-failed" aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="font-semibold">{title}</p>
        <p className="mt-0.5 break-words text-muted">{detail}</p>
        {requestId && <p className="mt-1 font-mono text-xs text-muted">Request {requestId}</p>}
      </div>
      {onRetry && (
        <Button size="sm" onClick={onRetry} icon={<RotateCw className="size-3.5" aria-hidden />}>
          Try again
        </Button>
      )}
    </div>
  )
}

/** A sentence set apart by its importance. */
export function Notice({
  kind = 'info',
  icon,
  children,
  className,
}: {
  kind?: 'info' | 'warning' | 'danger' | 'proof'
  icon?: ReactNode
  children: ReactNode
  className?: string
}) {
  const looks = {
    info: 'border-line bg-raised',
    warning: 'border-caution/50 bg-caution/8',
    danger: 'border-broken/50 bg-broken/8',
    proof: 'border-proof/50 bg-proof/8',
  }
  return (
    <div
      className={clsx(
        'flex items-start gap-2 rounded-md border px-3 py-2 text-sm [&>svg]:mt-0.5 [&>svg]:size-4 [&>svg]:shrink-0',
        looks[kind],
        className,
      )}
    >
      {icon}
      <div className="min-w-0 flex-1 break-words">{children}</div>
    </div>
  )
}
