import { type CustomDetection, detectionFrequencies } from '@cordon/contract'
import { Inert, Time } from '@cordon/ui'
import type { ReactNode } from 'react'
import { bytesText, countText, durationText } from '../../signs/cost-text.ts'
import { minutesText } from '../../features/custom-detections/detection-draft.ts'

/** When it runs, what it found and what that took, in one line of figures. */
export function DetectionFacts({ detection }: { detection: CustomDetection }) {
  const { frequencyMinutes, lookbackMinutes, lastRun, nextRunAt, alerts, cost, updatedBy, state } = detection
  const isContinuous = frequencyMinutes === 0
  return (
    <dl className="flex flex-wrap gap-x-8 gap-y-2 px-5 pb-3 text-sm">
      <Fact label="Runs">
        {detectionFrequencies[frequencyMinutes].label}
        {!isContinuous && <span className="text-muted">, looking back {minutesText(lookbackMinutes)}</span>}
      </Fact>
      <Fact label="Last run">
        <Time value={lastRun?.finishedAt ?? lastRun?.startedAt} fallback="Not yet" />
      </Fact>
      <Fact label="Next run">
        {isContinuous && state === 'on' ? 'on new events' : <Time value={nextRunAt} fallback="–" />}
      </Fact>
      <Fact label="Alerts">
        {alerts.total.toLocaleString()}
        <span className="text-muted">, {alerts.open.toLocaleString()} open</span>
      </Fact>
      <Fact label="Cost of 7 days">
        {durationText(cost.ms)}
        <span className="text-muted">
          {' '}
          in {cost.runs.toLocaleString()} {cost.runs === 1 ? 'run' : 'runs'}, {countText(cost.rowsRead)} rows,{' '}
          {bytesText(cost.bytesRead)}
        </span>
      </Fact>
      <Fact label="Runs with the rights of">
        <Inert value={updatedBy} max={60} />
      </Fact>
    </dl>
  )
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-muted">{label}</dt>
      <dd className="font-medium">{children}</dd>
    </div>
  )
}
