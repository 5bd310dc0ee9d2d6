import type { Action } from '@cordon/response'
import { Time, toneText } from '@cordon/ui'
import {
  BadgeCheck,
  Check,
  Circle,
  CircleHelp,
  CircleX,
  LoaderCircle,
  LockOpen,
  Minus,
  ShieldAlert,
} from 'lucide-react'
import { clsx } from 'clsx'
import type { ReactNode } from 'react'
import { type Stage, stageTone, stagesOf } from './stages.ts'

const icons: Record<Stage['mark'], ReactNode> = {
  done: <Check aria-hidden />,
  proof: <BadgeCheck aria-hidden />,
  now: <LoaderCircle className="animate-spin" aria-hidden />,
  todo: <Circle aria-hidden />,
  partly: <ShieldAlert aria-hidden />,
  doubt: <CircleHelp aria-hidden />,
  broken: <LockOpen aria-hidden />,
  failed: <CircleX aria-hidden />,
  ended: <Minus aria-hidden />,
}

/** Requested → applied → verified, with times; the present stage is announced. */
export function StageRail({ action }: { action: Action }) {
  const stages = stagesOf(action)
  return (
    <ol aria-label="Progress" className="flex items-start">
      {stages.map((stage, index) => {
        const tone = toneText[stageTone(stage.mark)]
        return (
          <li
            key={stage.id}
            className="relative flex min-w-0 flex-1 flex-col items-center text-center"
            aria-current={stage.mark === 'now' ? 'step' : undefined}
          >
            {index > 0 && (
              <span
                aria-hidden
                className={clsx(
                  'absolute top-3.5 right-[calc(50%+1.25rem)] left-[calc(-50%+1.25rem)] h-0.5 rounded',
                  stage.mark === 'todo'
                    ? 'bg-line'
                    : stage.mark === 'now'
                      ? 'animate-[breathe_1.2s_ease-in-out_infinite] bg-progress'
                      : 'bg-current',
                  tone,
                )}
              />
            )}
            <span
              className={clsx(
                'flex size-7.5 items-center justify-center rounded-full border-2 bg-panel [&>svg]:size-4',
                tone,
                stage.mark === 'todo' ? 'border-line' : 'border-current',
                (stage.mark === 'broken' || stage.mark === 'doubt') && 'border-dashed',
              )}
            >
              {icons[stage.mark]}
            </span>
            <span className={clsx('mt-1 text-sm font-medium', stage.mark === 'todo' ? 'text-muted' : tone)}>
              {stage.label}
            </span>
            <span className="text-xs text-muted">
              <Time value={stage.at} fallback="" />
            </span>
          </li>
        )
      })}
    </ol>
  )
}
