import { clsx } from 'clsx'

/** Priority score 0–100 with the bands of the reference product: above 85, 15 to 85, below 15. */
export function Priority({ score }: { score: number }) {
  const band = score > 85 ? 'Top' : score >= 15 ? 'Medium' : 'Low'
  return (
    <span
      title={`Priority ${score} of 100 (${band})`}
      className={clsx(
        'inline-flex h-5 min-w-8 items-center justify-center rounded px-1 text-xs font-semibold',
        band === 'Top' && 'bg-sev-high/10 text-sev-high',
        band === 'Medium' && 'bg-sev-medium/12 text-sev-medium',
        band === 'Low' && 'bg-hover text-muted',
      )}
    >
      {score}
      <span className="sr-only"> of 100, {band} priority</span>
    </span>
  )
}
