import { Inert } from '@cordon/ui'
import { Priority } from '../../signs/Priority.tsx'

/** The score and what it is made of. */
export function PriorityFactors({
  score,
  factors,
}: {
  score: number
  factors: readonly { text: string; points: number }[]
}) {
  return (
    <div>
      <div className="flex items-center gap-2">
        <Priority score={score} />
        <div aria-hidden className="h-1.5 flex-1 overflow-hidden rounded-full bg-hover">
          <div
            className={score > 85 ? 'h-full bg-sev-high' : score >= 15 ? 'h-full bg-sev-medium' : 'h-full bg-muted'}
            style={{ width: `${score}%` }}
          />
        </div>
      </div>
      <ul className="mt-2 flex flex-col gap-1">
        {factors.map((factor) => (
          <li key={factor.text} className="flex gap-2 text-sm">
            <span className="w-9 shrink-0 text-right text-muted">
              {factor.points > 0 ? `+${factor.points}` : factor.points}
            </span>
            <span className="min-w-0">
              <Inert value={factor.text} max={200} />
            </span>
          </li>
        ))}
      </ul>
    </div>
  )
}
