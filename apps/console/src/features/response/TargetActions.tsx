import type { ActionSource, ActionType } from '@cordon/response'
import { actionLabels } from '@cordon/response'
import { Button, Inert, Menu, MenuItem, MenuLabel, MenuSeparator } from '@cordon/ui'
import { useQueries } from '@tanstack/react-query'
import { ChevronDown, ListChecks, LockOpen, OctagonX, ShieldBan } from 'lucide-react'
import type { ReactNode } from 'react'
import { q } from '../../api/query.ts'
import { type ActionRequest, useRequestAction } from './action-request.ts'

export interface ActionTargetView {
  key: string
  kind: string
  name: string
  uid?: string
  namespace?: string
  cluster?: string
  containment: string
}

export interface TargetActionsProps {
  target: ActionTargetView
  source: ActionSource
  incidentId?: number
}

const icons: Readonly<Partial<Record<string, ReactNode>>> = {
  'isolate-pod': <ShieldBan aria-hidden />,
  'release-pod': <LockOpen aria-hidden />,
  'terminate-pod': <OctagonX aria-hidden />,
}

const contained = ['isolated', 'partly-isolated', 'not-verified', 'broken', 'isolating', 'releasing']

/** Which actions a target is offered: release takes the place of isolate where an isolation is known. */
export function offeredActions(target: Pick<ActionTargetView, 'kind' | 'containment'>): ActionType[] {
  if (target.kind !== 'pod') return []
  return contained.includes(target.containment) ? ['release-pod', 'terminate-pod'] : ['isolate-pod', 'terminate-pod']
}

/** The actions of a target as menu items; each that can't be taken says why, and its requirements can be opened. */
export function TargetActionItems({ target, source, incidentId }: TargetActionsProps) {
  const open = useRequestAction()
  const types = offeredActions(target)
  const checks = useQueries({
    queries: types.map((type) => ({
      ...q('actionPreflight', { body: { type, targets: [{ key: target.key, uid: target.uid }] } }),
      staleTime: 5000,
    })),
  })
  const request = (type: ActionType): ActionRequest => ({ type, target, source, incidentId })
  const refused = types.filter((_, index) => checks[index]?.data?.preflights[0]?.allowed === false)
  return (
    <>
      <MenuLabel>Actions</MenuLabel>
      {types.map((type, index) => {
        const check = checks[index]
        const preflight = check?.data?.preflights[0]
        const refusal =
          preflight && !preflight.allowed ? (
            <Inert value={preflight.reason ?? 'Not possible now.'} max={300} />
          ) : undefined
        return (
          <MenuItem
            key={type}
            icon={icons[type]}
            danger={type !== 'release-pod'}
            disabled={check?.isPending}
            refusal={refusal}
            onSelect={() => open(request(type))}
          >
            {actionLabels[type]}
            {check?.isPending && <span className="text-xs text-muted"> · checking requirements…</span>}
          </MenuItem>
        )
      })}
      {refused.length > 0 && <MenuSeparator />}
      {refused.map((type) => (
        <MenuItem key={type} icon={<ListChecks aria-hidden />} onSelect={() => open(request(type))}>
          Requirements: {actionLabels[type].toLowerCase()}
        </MenuItem>
      ))}
    </>
  )
}

/** The Actions button of a pane. */
export function TargetActions(props: TargetActionsProps) {
  if (offeredActions(props.target).length === 0) return null
  return (
    <Menu
      label="Actions"
      trigger={
        <Button look="primary">
          Actions
          <ChevronDown className="size-4" aria-hidden />
        </Button>
      }
    >
      <TargetActionItems {...props} />
    </Menu>
  )
}
