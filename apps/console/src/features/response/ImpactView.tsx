import { Button, Inert, toneText } from '@cordon/ui'
import { Waypoints } from 'lucide-react'
import { clsx } from 'clsx'
import { type WhatIf, sentenceOf, summaryOf } from '../../signs/impact.ts'
import { effectLooks, markLooks } from '../../signs/impact-looks.tsx'
import { ImpactGraph } from './ImpactGraph.tsx'

/** What the action would do to its surroundings: drawn, explained, and as a list of sentences. */
export function ImpactView({ whatIf, onPeek }: { whatIf: WhatIf; onPeek?: () => void }) {
  return (
    <div className="flex flex-col gap-2.5">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <p className="min-w-0 flex-1 font-medium">{summaryOf(whatIf)}</p>
        {onPeek && (
          <Button size="sm" icon={<Waypoints className="size-3.5" aria-hidden />} onClick={onPeek}>
            Show on the incident graph
          </Button>
        )}
      </div>
      <ImpactGraph whatIf={whatIf} />
      <ImpactLegend whatIf={whatIf} />
      {whatIf.ends.length > 0 && (
        <details className="text-sm">
          <summary className="w-fit rounded text-xs text-accent">The same as a list ({whatIf.ends.length})</summary>
          <ul aria-label="What the action does to its surroundings" className="mt-1 list-disc pl-5">
            {whatIf.ends.map((end) => (
              <li key={end.id}>
                <Inert value={sentenceOf(end)} max={500} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  )
}

/** What the signs that occur in the drawing mean; form and word beside every colour. */
export function ImpactLegend({ whatIf, className }: { whatIf: WhatIf; className?: string }) {
  const lines = [
    { effect: 'stops' as const, dash: '5 5', weight: 1.5 },
    { effect: 'stays-open' as const, dash: undefined, weight: 2.5 },
  ]
    .filter(({ effect }) => whatIf.ends.some((end) => end.effect === effect))
    .map((line) => ({ ...effectLooks[line.effect], ...line }))
  const marks = (['lost', 'unanswered', 'replaced', 'passed-over'] as const).filter((mark) =>
    whatIf.ends.some((end) => end.mark === mark),
  )
  return (
    <ul aria-label="Legend" className={clsx('flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted', className)}>
      {lines.map(({ word, tone, icon, dash, weight }) => (
        <li key={word} className="flex items-center gap-1.5">
          <span className={clsx('flex items-center gap-0.5 [&>svg:last-child]:size-3', toneText[tone])}>
            <svg width="26" height="6" aria-hidden>
              <line x1="1" x2="25" y1="3" y2="3" stroke="currentColor" strokeWidth={weight} strokeDasharray={dash} />
            </svg>
            {icon}
          </span>
          {word}
        </li>
      ))}
      {marks.map((mark) => (
        <li key={mark} className="flex items-center gap-1.5">
          <span className={clsx('[&>svg]:size-3.5', toneText[markLooks[mark].tone])}>{markLooks[mark].icon}</span>
          {markLooks[mark].word}
        </li>
      ))}
    </ul>
  )
}
