import { type Severity, severityLabels } from '@cordon/incidents'
import { type Tone, toneText } from '@cordon/ui'
import { clsx } from 'clsx'

const tones: Record<Severity, Tone> = { high: 'high', medium: 'medium', low: 'low', informational: 'info' }
const bars: Record<Severity, number> = { high: 3, medium: 2, low: 1, informational: 0 }

export function severityTone(severity: string): Tone {
  return tones[severity as Severity] ?? 'neutral'
}

/** Severity as a word with a meter of one to three bars: readable without colour. */
export function SeverityMark({ severity, wordless }: { severity: string; wordless?: boolean }) {
  const known = severity as Severity
  const label = severityLabels[known] ?? severity
  return (
    <span
      className={clsx(
        'inline-flex items-center gap-1.5 align-top font-medium whitespace-nowrap',
        toneText[severityTone(severity)],
      )}
    >
      <svg
        viewBox="0 0 12 12"
        className="size-3 shrink-0"
        role={wordless ? 'img' : undefined}
        aria-label={wordless ? `Severity ${label}` : undefined}
        aria-hidden={wordless ? undefined : true}
      >
        {[0, 1, 2].map((bar) => (
          <rect
            key={bar}
            x={bar * 4.2}
            y={8 - bar * 3.4}
            width="3"
            height={4 + bar * 3.4}
            rx="0.8"
            fill="currentColor"
            opacity={bar < (bars[known] ?? 0) ? 1 : 0.25}
          />
        ))}
      </svg>
      {!wordless && label}
    </span>
  )
}
