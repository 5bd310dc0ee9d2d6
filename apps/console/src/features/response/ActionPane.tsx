import { type Action, finalStates } from '@cordon/response'
import { Button, Facts, Inert, Section, SidePane, Time, buttonClass } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { Download, LockOpen, Wrench } from 'lucide-react'
import type { ReactNode } from 'react'
import { linkTo, q, useApi } from '../../api/query.ts'
import { useMay } from '../../api/session.ts'
import { ActionStateBadge, actionLabel } from '../../signs/ActionState.tsx'
import { EntityName } from '../../signs/EntityName.tsx'
import { PaneWait, waitTitle } from '../../signs/PaneWait.tsx'
import { Problem } from '../../signs/Problem.tsx'
import { isUnderWay } from './ActionProgress.tsx'
import { RenewExpiry } from './RenewExpiry.tsx'
import { StageRail } from './StageRail.tsx'
import { StepList } from './StepList.tsx'
import { VerificationView } from './VerificationView.tsx'
import { sourceLabels } from './action-columns.tsx'
import { useRequestAction } from './action-request.ts'
import { ActionDecision } from './ActionDecision.tsx'
import { undoOf } from './undo.ts'

export interface ActionPaneProps {
  id: string
  incidentLink: (id: number) => ReactNode
  onEntity: (key: string) => void
  onAction: (id: string) => void
  onClose?: () => void
  onPrevious?: () => void
  onNext?: () => void
  takeFocus?: boolean
  className?: string
}

/** One action of the Action center: whom, why, what was done, what was proven. */
export function ActionPane({ id, incidentLink, onEntity, onAction, className, ...pane }: ActionPaneProps) {
  const query = useQuery({
    ...q('actionGet', { params: { id } }),
    refetchInterval: ({ state }) => (isUnderWay(state.data) ? 1500 : false),
  })
  const { data: action } = query
  return (
    <SidePane
      label="Action details"
      eyebrow="Response action"
      title={action ? actionLabel(action.type) : waitTitle(query)}
      badges={action && <ActionStateBadge state={action.state} />}
      actions={action && <PaneActions action={action} />}
      className={className}
      {...pane}
    >
      <PaneWait query={query} rows={12} />
      {action && (
        <>
          <div className="border-b border-line px-4 py-4">
            <StageRail action={action} />
            <p className="mt-3" role="status">
              <Inert value={action.outcome} max={800} />
            </p>
          </div>
          <ActionDecision action={action} />
          {isContaining(action) && (
            <Section title="End">
              <RenewExpiry action={action} />
            </Section>
          )}
          <Section title="Action">
            <Facts
              items={[
                {
                  label: 'Entity',
                  value: (
                    <EntityName
                      kind={action.target.kind}
                      name={action.target.name}
                      onOpen={() => onEntity(action.target.key)}
                    />
                  ),
                },
                { label: 'Cluster', value: <Inert value={action.target.cluster} /> },
                { label: 'Namespace', value: <Inert value={action.target.namespace || '–'} /> },
                { label: 'UID', value: <Inert value={action.target.uid} mono expandable /> },
                { label: 'Requested by', value: <Inert value={action.requestedBy} /> },
                {
                  label: 'Comment',
                  value: <Inert value={action.comment} max={600} block expandable={action.comment.length > 600} />,
                },
                { label: 'Source', value: sourceLabels[action.source] },
                { label: 'Incident', value: action.incidentId === null ? '–' : incidentLink(action.incidentId) },
                ...(action.strategy ? [{ label: 'Strategy', value: <Inert value={action.strategy} /> }] : []),
                ...(action.expiresAt && !isContaining(action)
                  ? [{ label: 'End by itself', value: <Time value={action.expiresAt} /> }]
                  : []),
                ...(action.undoes
                  ? [{ label: 'Undoes', value: <ActionLink id={action.undoes} onAction={onAction} /> }]
                  : []),
                ...(action.undoneBy
                  ? [{ label: 'Undone by', value: <ActionLink id={action.undoneBy} onAction={onAction} /> }]
                  : []),
                { label: 'Action ID', value: <Inert value={action.id} mono expandable /> },
              ]}
            />
          </Section>
          <Section title="Verification">
            <VerificationView action={action} />
          </Section>
          <Section title="Steps" count={action.steps.length}>
            <StepList steps={action.steps} />
          </Section>
          {action.evidenceBundle && (
            <Section title="Evidence">
              <Facts
                items={[
                  { label: 'Captured', value: <Time value={action.evidenceBundle.capturedAt} /> },
                  { label: 'Size', value: `${Math.ceil(action.evidenceBundle.bytes / 1024).toLocaleString()} KiB` },
                  { label: 'SHA-256', value: <Inert value={action.evidenceBundle.sha256} mono expandable /> },
                ]}
              />
              <a className={`${buttonClass()} mt-2`} href={linkTo('actionBundle', { id: action.id })} download>
                <Download className="size-4" aria-hidden />
                Download evidence
              </a>
            </Section>
          )}
        </>
      )}
    </SidePane>
  )
}

function isContaining(action: Action): boolean {
  return (
    (action.type === 'isolate-pod' || action.type === 'restrict-pod') &&
    action.appliedAt !== null &&
    !finalStates.includes(action.state) &&
    !action.undoneBy
  )
}

function ActionLink({ id, onAction }: { id: string; onAction: (id: string) => void }) {
  return (
    <button
      type="button"
      className="max-w-full truncate rounded font-mono text-xs text-accent hover:underline"
      onClick={() => onAction(id)}
    >
      {id}
    </button>
  )
}

/** Undo, repair and cancel, where they apply. */
function PaneActions({ action }: { action: Action }) {
  const open = useRequestAction()
  const cancel = useApi('actionCancel')
  const repair = useApi('actionRepair')
  const may = useMay('actionRequest')
  const why = may.allowed ? undefined : may.reason
  const undo = undoOf[action.type]
  const isOpen = !finalStates.includes(action.state) && !action.undoneBy
  const isWaiting = action.state === 'requested' || action.state === 'pending-approval'
  const isDamaged = action.state === 'broken' || action.state === 'not-verified'
  return (
    <>
      {undo && isOpen && !isWaiting && (
        <Button
          look="primary"
          icon={<LockOpen className="size-4" aria-hidden />}
          disabled={!may.allowed}
          title={why}
          onClick={() =>
            open({
              type: undo,
              target: action.target,
              source: 'action-center',
              incidentId: action.incidentId ?? undefined,
            })
          }
        >
          {actionLabel(undo)}
        </Button>
      )}
      {undo && isDamaged && (
        <Button
          icon={<Wrench className="size-4" aria-hidden />}
          disabled={!may.allowed || repair.isPending}
          title={why}
          onClick={() => repair.mutate({ params: { id: action.id }, body: {} })}
        >
          {repair.isPending ? 'Repairing…' : 'Repair and prove again'}
        </Button>
      )}
      {isWaiting && !action.appliedAt && (
        <Button
          disabled={!may.allowed || cancel.isPending}
          title={why}
          onClick={() => cancel.mutate({ params: { id: action.id } })}
        >
          Cancel action
        </Button>
      )}
      {why && <p className="w-full text-xs text-muted">{why}</p>}
      {cancel.isError && <Problem error={cancel.error} compact what="Not cancelled" />}
      {repair.isError && <Problem error={repair.error} compact what="Not repaired" />}
    </>
  )
}
