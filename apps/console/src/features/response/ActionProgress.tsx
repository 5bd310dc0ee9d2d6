import { type Action, finalStates } from '@cordon/response'
import { Inert, Section, Skeleton } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { q } from '../../api/query.ts'
import { ActionStateBadge } from '../../signs/ActionState.tsx'
import { Problem } from '../../signs/Problem.tsx'
import { StageRail } from './StageRail.tsx'
import { StepList } from './StepList.tsx'
import { VerificationView } from './VerificationView.tsx'

/** True while the next change of state is expected within seconds. */
export function isUnderWay(action: Action | undefined): boolean {
  return action?.state === 'requested' || action?.state === 'applied'
}

/** A running action from request to proof, refreshed by hints and, while under way, by asking each second. */
export function ActionProgress({ id }: { id: string }) {
  const {
    data: action,
    error,
    refetch,
  } = useQuery({
    ...q('actionGet', { params: { id } }),
    staleTime: 0,
    refetchInterval: ({ state }) =>
      isUnderWay(state.data) ? 1000 : state.data && finalStates.includes(state.data.state) ? false : 5000,
  })
  if (!action) return error ? <Problem error={error} onRetry={() => void refetch()} /> : <Skeleton rows={5} />
  return (
    <div>
      <div className="border-b border-line px-5 py-5">
        <StageRail action={action} />
        <div role="status" aria-live="polite" className="mt-4 flex items-start gap-2">
          <ActionStateBadge state={action.state} />
          <p className="min-w-0 flex-1">
            <Inert value={action.outcome} max={800} />
          </p>
        </div>
        {error && (
          <div className="mt-3">
            <Problem error={error} compact onRetry={() => void refetch()} what="This view may be out of date" />
          </div>
        )}
      </div>
      <Section title="Steps">
        <StepList steps={action.steps} />
      </Section>
      <Section title="Verification">
        <VerificationView action={action} />
      </Section>
    </div>
  )
}
