import type { Action } from '@cordon/response'
import { Inert, Time, toneText } from '@cordon/ui'
import { Check, Circle, CircleX, LoaderCircle, SkipForward } from 'lucide-react'
import type { ReactNode } from 'react'
import { JsonText, KubernetesRequest } from './KubernetesRequest.tsx'

type Step = Action['steps'][number]

const marks: Record<Step['state'], { icon: ReactNode; word: string }> = {
  pending: { icon: <Circle className="size-4 text-muted" aria-hidden />, word: 'Pending' },
  running: {
    icon: <LoaderCircle className={`size-4 animate-spin ${toneText.progress}`} aria-hidden />,
    word: 'Running',
  },
  done: { icon: <Check className={`size-4 ${toneText.progress}`} aria-hidden />, word: 'Done' },
  failed: { icon: <CircleX className={`size-4 ${toneText.failed}`} aria-hidden />, word: 'Failed' },
  skipped: { icon: <SkipForward className="size-4 text-muted" aria-hidden />, word: 'Skipped' },
}

/** What was done on the cluster, in order, with the exact requests and answers. */
export function StepList({ steps }: { steps: Action['steps'] }) {
  if (steps.length === 0) return <p className="text-sm text-muted">No step has begun.</p>
  return (
    <ol className="flex flex-col divide-y divide-line overflow-hidden rounded-md border border-line">
      {steps.map((step) => (
        <li key={step.id} className="px-3 py-2">
          <div className="flex items-start gap-2">
            <span className="mt-0.5">{marks[step.state].icon}</span>
            <div className="min-w-0 flex-1">
              <p className="font-medium">
                <Inert value={step.title} max={300} /> <span className="sr-only">: {marks[step.state].word}</span>
              </p>
              {step.detail && (
                <p className="text-xs text-muted">
                  <Inert value={step.detail} max={600} expandable={step.detail.length > 600} />
                </p>
              )}
            </div>
            <span className="text-xs text-muted">
              <Time value={step.finishedAt ?? step.startedAt} fallback="" />
            </span>
          </div>
          {(step.request || step.response) && (
            <details className="mt-1 ml-6 text-xs">
              <summary className="w-fit rounded text-accent">
                Request and answer{step.response ? ` (${step.response.status})` : ''}
              </summary>
              <div className="mt-1.5 overflow-hidden rounded border border-line">
                {step.request && <KubernetesRequest request={step.request} />}
                {step.response && (
                  <div className="border-t border-line">
                    <p className="px-3 py-2">
                      Answer <span className="font-mono font-semibold">{step.response.status}</span>{' '}
                      {step.response.reason && <Inert value={step.response.reason} />}{' '}
                      {step.response.message && (
                        <span className="text-muted">
                          <Inert
                            value={step.response.message}
                            max={1000}
                            expandable={step.response.message.length > 1000}
                          />
                        </span>
                      )}
                    </p>
                    {step.response.body !== undefined && step.response.body !== null && (
                      <JsonText value={step.response.body} />
                    )}
                  </div>
                )}
              </div>
            </details>
          )}
        </li>
      ))}
    </ol>
  )
}
