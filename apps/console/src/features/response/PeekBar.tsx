import { Button } from '@cordon/ui'
import { useEffect, useRef } from 'react'
import { type WhatIf, summaryOf } from '../../signs/impact.ts'
import { ImpactLegend } from './ImpactView.tsx'

export interface PeekBarProps {
  whatIf: WhatIf
  /** The action's name. */
  label: string
  onBack: () => void
  onCancel: () => void
}

/** Stands in for the dialog while the graph behind it draws the what-if. Nothing is confirmed from here. */
export function PeekBar({ whatIf, label, onBack, onCancel }: PeekBarProps) {
  const back = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    // The dialog gives focus back to its opener as it closes; the way on from here is this bar.
    const timer = setTimeout(() => back.current?.focus(), 250)
    return () => clearTimeout(timer)
  }, [])
  return (
    <section
      aria-label={`Preview: ${label}`}
      className="fixed inset-x-4 bottom-4 z-40 mx-auto flex max-w-5xl flex-wrap items-center gap-x-4 gap-y-2 rounded-xl border border-line-strong bg-panel px-4 py-3 shadow-pop"
    >
      <div className="min-w-0 flex-1 basis-96">
        <p role="status" className="text-sm">
          <span className="font-semibold">Preview, nothing is changed yet.</span> {summaryOf(whatIf)}
        </p>
        <ImpactLegend whatIf={whatIf} className="mt-1" />
      </div>
      <Button onClick={onCancel}>Cancel</Button>
      <Button ref={back} look="primary" onClick={onBack}>
        Back to: {label.toLowerCase()}
      </Button>
    </section>
  )
}
