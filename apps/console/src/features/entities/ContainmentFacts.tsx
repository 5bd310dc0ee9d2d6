import { Facts, Inert, Section, Time } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { q } from '../../api/query.ts'
import { ActionStateBadge, actionLabel } from '../../signs/ActionState.tsx'

/** What contains the entity now and when that was last proven. */
export function ContainmentFacts({ actionId, onAction }: { actionId: string; onAction?: (id: string) => void }) {
  const { data: action } = useQuery(q('actionGet', { params: { id: actionId } }))
  if (!action) return null
  const v = action.verification
  const established = {
    cut: 'Cut',
    'may-continue': 'May continue',
    unknown: 'Unknown',
    'not-applicable': 'Not applicable',
  }
  const fresh = { blocked: 'Blocked', open: 'Open', unknown: 'Unknown', 'not-applicable': 'Not applicable' }
  return (
    <Section
      title="Containment"
      actions={
        onAction && (
          <button type="button" className="text-xs text-accent hover:underline" onClick={() => onAction(action.id)}>
            View action
          </button>
        )
      }
    >
      <Facts
        items={[
          { label: actionLabel(action.type), value: <ActionStateBadge state={action.state} /> },
          { label: 'Now', value: <Inert value={action.outcome} max={400} /> },
          { label: 'Last checked', value: <Time value={v?.checkedAt} fallback="Not yet" /> },
          ...(v && v.newConnections !== 'not-applicable'
            ? [
                { label: 'New connections', value: fresh[v.newConnections] },
                { label: 'Established connections', value: established[v.establishedConnections] },
              ]
            : []),
          { label: 'Requested by', value: <Inert value={action.requestedBy} /> },
          {
            label: 'Comment',
            value: <Inert value={action.comment} max={300} expandable={action.comment.length > 300} />,
          },
          ...(action.expiresAt ? [{ label: 'Released by itself', value: <Time value={action.expiresAt} /> }] : []),
        ]}
      />
    </Section>
  )
}
