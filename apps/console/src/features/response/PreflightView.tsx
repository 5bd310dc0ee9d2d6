import type { Preflight } from '@cordon/response'
import { Inert, Notice, toneText } from '@cordon/ui'
import { Check, CircleHelp, CircleX, Info, OctagonAlert, TriangleAlert } from 'lucide-react'
import { clsx } from 'clsx'
import type { ReactNode } from 'react'
import { KubernetesRequest } from './KubernetesRequest.tsx'

type Check = Preflight['checks'][number]

const marks: Record<Check['state'], { icon: ReactNode; word: string; look: string }> = {
  passed: { icon: <Check aria-hidden />, word: 'Met', look: toneText.neutral },
  failed: { icon: <CircleX aria-hidden />, word: 'Not met', look: toneText.failed },
  warning: { icon: <TriangleAlert aria-hidden />, word: 'Warning', look: toneText.caution },
  unknown: { icon: <CircleHelp aria-hidden />, word: 'Unknown', look: toneText.doubt },
}
const rank: Record<Check['state'], number> = { failed: 0, unknown: 1, warning: 2, passed: 3 }

/** Every requirement with its state on this very target, what isn't met first, each with its remedy. */
export function CheckList({ checks }: { checks: readonly Check[] }) {
  const sorted = checks.toSorted((a, b) => rank[a.state] - rank[b.state])
  return (
    <ul className="flex flex-col divide-y divide-line rounded-md border border-line">
      {sorted.map((check) => {
        const mark = marks[check.state]
        return (
          <li
            key={check.id}
            className={clsx('flex items-start gap-2.5 px-3 py-2', check.state === 'failed' && 'bg-failed/6')}
          >
            <span className={clsx('mt-0.5 [&>svg]:size-4', mark.look)}>{mark.icon}</span>
            <div className="min-w-0 flex-1">
              <p>
                <span className="font-medium">{check.label}</span>{' '}
                <span className={clsx('text-xs font-medium', mark.look)}>{mark.word}</span>
              </p>
              <p className="text-sm text-muted">
                <Inert value={check.detail} max={500} />
              </p>
              {check.remedy && check.state !== 'passed' && (
                <p className="mt-0.5 text-sm">
                  <span className="font-medium">What to do: </span>
                  <Inert value={check.remedy} max={500} />
                </p>
              )}
            </div>
          </li>
        )
      })}
    </ul>
  )
}

/** Every write the action will make, in order, with its body. */
export function ChangeList({ changes }: { changes: Preflight['changes'] }) {
  if (changes.length === 0) return <p className="text-sm text-muted">Nothing would be changed.</p>
  return (
    <ol className="flex flex-col divide-y divide-line overflow-hidden rounded-md border border-line">
      {changes.map((change, index) => (
        // Two changes may be alike; their order is the plan's.
        <li key={index}>
          <KubernetesRequest request={change} title={change.text} />
        </li>
      ))}
    </ol>
  )
}

const icons = {
  info: <Info aria-hidden />,
  warning: <TriangleAlert aria-hidden />,
  danger: <OctagonAlert aria-hidden />,
}

export function ConsequenceList({ consequences }: { consequences: Preflight['consequences'] }) {
  return (
    <ul className="flex flex-col gap-1.5">
      {consequences.map((consequence) => (
        <li key={consequence.text}>
          <Notice kind={consequence.kind} icon={icons[consequence.kind]}>
            <Inert value={consequence.text} max={600} />
          </Notice>
        </li>
      ))}
    </ul>
  )
}
