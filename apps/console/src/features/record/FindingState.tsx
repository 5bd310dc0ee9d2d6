import type { Finding } from '@cordon/contract'
import { Badge } from '@cordon/ui'
import { Check, Clock, TriangleAlert } from 'lucide-react'
import { findingStates } from './finding-filters.ts'

export function FindingState({ state }: { state: Finding['state'] }) {
  if (state === 'open')
    return (
      <Badge tone="broken" icon={<TriangleAlert aria-hidden />}>
        {findingStates.open}
      </Badge>
    )
  return <Badge icon={state === 'closed' ? <Check aria-hidden /> : <Clock aria-hidden />}>{findingStates[state]}</Badge>
}
