import { clsx } from 'clsx'
import type { ReactNode } from 'react'

export type Tone =
  | 'neutral'
  | 'high'
  | 'medium'
  | 'low'
  | 'info'
  | 'proof'
  | 'progress'
  | 'caution'
  | 'doubt'
  | 'broken'
  | 'failed'

const tones: Record<Tone, string> = {
  neutral: 'text-muted border-line-strong/50',
  high: 'text-sev-high border-sev-high/50 bg-sev-high/10',
  medium: 'text-sev-medium border-sev-medium/50 bg-sev-medium/8',
  low: 'text-sev-low border-sev-low/50 bg-sev-low/8',
  info: 'text-sev-info border-sev-info/50',
  proof: 'text-proof border-proof/60 bg-proof/10',
  progress: 'text-progress border-progress/60',
  caution: 'text-caution border-caution/60 bg-caution/8',
  doubt: 'text-doubt border-doubt/60 border-dashed',
  broken: 'text-broken border-broken/70 border-dashed bg-broken/10',
  failed: 'text-failed border-failed/60',
}

/** A small label whose colour is always accompanied by its own icon or word. */
export function Badge({
  tone = 'neutral',
  icon,
  children,
  title,
  className,
}: {
  tone?: Tone
  icon?: ReactNode
  children: ReactNode
  title?: string
  className?: string
}) {
  return (
    <span
      title={title}
      className={clsx(
        'inline-flex max-w-full items-center gap-1 rounded border px-1.5 py-px text-xs leading-4 font-medium whitespace-nowrap [&>svg]:size-3 [&>svg]:shrink-0',
        tones[tone],
        className,
      )}
    >
      {icon}
      <span className="truncate">{children}</span>
    </span>
  )
}

/** Colour class of a tone, for icons and text outside badges. */
export const toneText: Record<Tone, string> = {
  neutral: 'text-muted',
  high: 'text-sev-high',
  medium: 'text-sev-medium',
  low: 'text-sev-low',
  info: 'text-sev-info',
  proof: 'text-proof',
  progress: 'text-progress',
  caution: 'text-caution',
  doubt: 'text-doubt',
  broken: 'text-broken',
  failed: 'text-failed',
}
