import type { ActionSource, ActionType, Preflight } from '@cordon/response'
import { actionLabels, actionTargets, actionTypes } from '@cordon/response'
import { Button, Inert, Menu, MenuItem, MenuLabel, MenuSeparator } from '@cordon/ui'
import { useQueries } from '@tanstack/react-query'
import {
  ArrowDownToLine,
  ArrowUpFromLine,
  ChevronDown,
  ListChecks,
  LockOpen,
  OctagonX,
  PackageX,
  Pause,
  Play,
  ShieldBan,
  ShieldMinus,
} from 'lucide-react'
import type { ReactNode } from 'react'
import { q } from '../../api/query.ts'
import { type ActionRequest, useRequestAction } from './action-request.ts'
import { isUndo } from './undo.ts'

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
  'restrict-pod': <ShieldMinus aria-hidden />,
  'unrestrict-pod': <LockOpen aria-hidden />,
  'contain-pod': <PackageX aria-hidden />,
  'scale-to-zero': <ArrowDownToLine aria-hidden />,
  'restore-scale': <ArrowUpFromLine aria-hidden />,
  'suspend-workload': <Pause aria-hidden />,
  'resume-workload': <Play aria-hidden />,
}

const isolated = ['isolating', 'isolated', 'partly-isolated', 'not-verified', 'broken', 'releasing']
const restricted = [
  'restricting',
  'restricted',
  'partly-restricted',
  'restriction-not-verified',
  'restriction-broken',
  'lifting',
]

/** Which actions a target is offered: an undo takes the place of what it undoes where that is known to be in force. */
export function offeredActions(target: Pick<ActionTargetView, 'kind' | 'containment'>): ActionType[] {
  const hidden = new Set<ActionType>()
  if (isolated.includes(target.containment)) hidden.add('isolate-pod')
  if (restricted.includes(target.containment)) hidden.add('restrict-pod')
  return actionTypes.filter((type) => actionTargets[type] === target.kind && !hidden.has(type))
}

const knownBy: Partial<Record<ActionType, readonly string[]>> = {
  'release-pod': isolated,
  'unrestrict-pod': restricted,
}

/**
 * What belongs in this target's menu, in its order. An action made for another kind of workload doesn't. A pod may be
 * under two containments, or under one that only its cluster knows: an undo that wasn't known to be due is added at the
 * end once its preflight has found what to undo, so that nothing moves under the pointer.
 */
function inMenu(
  offered: readonly ActionType[],
  containment: string,
  found: ReadonlyMap<ActionType, Preflight | undefined>,
): ActionType[] {
  const failed = (type: ActionType, id: string) =>
    found.get(type)?.checks.some((check) => check.id === id && check.state === 'failed') ?? false
  const isKnown = (type: ActionType) => knownBy[type]?.includes(containment) ?? true
  return [
    ...offered.filter((type) => isKnown(type) && !failed(type, 'workload-kind')),
    ...offered.filter((type) => !isKnown(type) && found.get(type) && !failed(type, 'existing-isolation')),
  ]
}

/** The actions of a target as menu items; each that can't be taken says why, and its requirements can be opened. */
export function TargetActionItems({ target, source, incidentId }: TargetActionsProps) {
  const open = useRequestAction()
  const offered = offeredActions(target)
  const answers = useQueries({
    queries: offered.map((type) => ({
      ...q('actionPreflight', {
        body: { type, targets: [{ key: target.key, uid: target.uid }], incidentId: incidentId ?? null },
      }),
      staleTime: 5000,
    })),
  })
  // What was answered when the menu was open before may be long past: the pod is isolated since.
  const found = new Map(
    offered.map((type, at) => [type, answers[at]?.isFetching ? undefined : answers[at]?.data?.preflights[0]]),
  )
  const types = inMenu(offered, target.containment, found)
  const request = (type: ActionType): ActionRequest => ({ type, target, source, incidentId })
  const refused = types.filter((type) => found.get(type)?.allowed === false)
  return (
    <>
      <MenuLabel>Actions</MenuLabel>
      {types.map((type) => {
        const preflight = found.get(type)
        // Before its answer is there it can be chosen too: the dialog asks again and says what is in the way.
        const isPending = answers[offered.indexOf(type)]?.isFetching
        const refusal =
          preflight && !preflight.allowed ? (
            <Inert value={preflight.reason ?? 'Not possible now.'} max={300} />
          ) : undefined
        return (
          <MenuItem
            key={type}
            icon={icons[type]}
            danger={!isUndo(type)}
            refusal={refusal}
            onSelect={() => open(request(type))}
          >
            {actionLabels[type]}
            {isPending && <span className="text-xs text-muted"> · checking requirements…</span>}
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
