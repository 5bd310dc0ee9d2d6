import { type Action, type ActionOptions, type Preflight, actionLabels } from '@cordon/response'
import { Button, Dialog, Inert, Skeleton, toneText } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { Check, CircleX } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { q, useApi } from '../../api/query.ts'
import { ActionStateBadge } from '../../signs/ActionState.tsx'
import { Problem } from '../../signs/Problem.tsx'
import { isUnderWay } from './ActionProgress.tsx'
import { BreakGlass } from './BreakGlass.tsx'
import { OptionsForm } from './OptionsForm.tsx'
import { ConsequenceList } from './PreflightView.tsx'
import type { ManyRequest } from './action-request.ts'
import { useComment } from './useComment.tsx'
import { isUndo } from './undo.ts'

/** One action on several targets: one row each with its requirements, and later its own result. */
export function ManyDialog({ request, onClose }: { request: ManyRequest; onClose: () => void }) {
  const { type, targets, source, incidentId = null } = request
  const [options, setOptions] = useState<ActionOptions>({})
  const comment = useComment('Why, in your words. It becomes part of the record of each.')
  const [key] = useState(() => crypto.randomUUID())
  const send = useApi('actionRequestMany')
  const preflight = useQuery({
    ...q('actionPreflight', {
      body: { type, targets: targets.map(({ key: of, uid }) => ({ key: of, uid })), options, incidentId },
    }),
    enabled: !send.data,
    staleTime: 0,
    placeholderData: (before) => before,
  })
  const found = preflight.data?.preflights ?? []
  const allowed = found.filter((one) => one.allowed)
  const waits = allowed.find((one) => one.approval?.needed)
  const isBusy = send.isPending || preflight.isFetching
  const confirm = () => {
    if (allowed.length === 0 || isBusy || !comment.isGiven()) return
    send.mutate({
      key,
      body: {
        type,
        // The uids that were shown are the ones that are acted on.
        targets: allowed.map((one) => ({ key: one.target.key, uid: one.target.uid })),
        comment: comment.text.trim(),
        options,
        source,
        incidentId,
      },
    })
  }
  const label = actionLabels[type]
  return (
    <Dialog
      open
      onClose={onClose}
      width="lg"
      sticky={comment.text !== '' && !send.data}
      title={label}
      description={targets.length === 1 ? '1 target' : `${targets.length} targets`}
      footer={
        send.data ? (
          <>
            <span className="mr-auto text-xs text-muted">The actions continue when you close this.</span>
            <Button onClick={onClose}>Close</Button>
          </>
        ) : (
          <>
            {allowed.length > 0 && comment.field}
            <Button onClick={onClose}>Cancel</Button>
            <Button
              look={isUndo(type) ? 'primary' : 'danger'}
              aria-disabled={allowed.length === 0 || isBusy}
              onClick={confirm}
            >
              {send.isPending
                ? 'Requesting…'
                : `Confirm ${allowed.length} of ${targets.length}: ${label.toLowerCase()}`}
            </Button>
          </>
        )
      }
    >
      <div className="flex flex-col gap-4 p-5">
        {preflight.isPending && !send.data && <Skeleton rows={targets.length + 1} />}
        {preflight.isError && (
          <Problem
            error={preflight.error}
            compact
            what="Requirements could not be checked"
            onRetry={() => void preflight.refetch()}
          />
        )}
        {!send.data && waits && (
          <BreakGlass
            reason={waits.approval?.reason ?? null}
            checked={options.breakGlass === true}
            onChange={(breakGlass) => setOptions({ ...options, breakGlass: breakGlass || undefined })}
          />
        )}
        {send.data ? (
          <Results groupId={send.data.groupId} results={send.data.results} found={found} />
        ) : (
          found.length > 0 && <Requirements found={found} />
        )}
        {!send.data && allowed.length > 0 && (
          <OptionsForm options={commonOptions(allowed)} values={options} onChange={setOptions} />
        )}
        {send.isError && <Problem error={send.error} compact what="Not requested" />}
      </div>
    </Dialog>
  )
}

/** Options every target offers: one answer must mean the same for all of them. */
function commonOptions(found: readonly Preflight[]): Preflight['options'] {
  const [first, ...others] = found
  return (first?.options ?? []).filter((option) =>
    others.every((one) => one.options.some((other) => other.name === option.name)),
  )
}

function Requirements({ found }: { found: readonly Preflight[] }) {
  return (
    <ul className="flex flex-col divide-y divide-line rounded-md border border-line" aria-label="Targets">
      {found.map((one) => (
        <TargetRow
          key={one.target.key}
          target={one.target}
          mark={
            one.allowed ? (
              <Check className={`size-4 ${toneText.neutral}`} aria-label="Possible" />
            ) : (
              <CircleX className={`size-4 ${toneText.failed}`} aria-label="Not possible" />
            )
          }
        >
          {one.allowed ? (
            <details>
              <summary className="w-fit rounded text-xs text-muted">
                {one.changes.length} {one.changes.length === 1 ? 'request' : 'requests'} to the cluster
                {one.consequences.length > 0 && ` · ${one.consequences.length} to know before you confirm`}
              </summary>
              <div className="mt-2">
                <ConsequenceList consequences={one.consequences} />
              </div>
            </details>
          ) : (
            <p className="text-xs text-failed">
              Left out: <Inert value={one.reason ?? 'Not possible now.'} max={400} />
            </p>
          )}
        </TargetRow>
      ))}
    </ul>
  )
}

interface Result {
  key: string
  action: Action | null
  refusal: { detail: string } | null
}

function Results({
  groupId,
  results,
  found,
}: {
  groupId: string
  results: readonly Result[]
  found: readonly Preflight[]
}) {
  const group = useQuery({
    ...q('actionList', { query: { groupId, limit: 100 } }),
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data?.items.some((action) => isUnderWay(action)) ? 1000 : 5000),
  })
  const latest = new Map(group.data?.items.map((action) => [action.id, action]))
  const targetOf = new Map(found.map((one) => [one.target.key, one.target]))
  return (
    <ul className="flex flex-col divide-y divide-line rounded-md border border-line" aria-live="polite">
      {results.map(({ key, action, refusal }) => {
        const now = action && (latest.get(action.id) ?? action)
        const target = now?.target ?? targetOf.get(key)
        if (!target) return null
        return (
          <TargetRow
            key={key}
            target={target}
            mark={
              now ? (
                <ActionStateBadge state={now.state} />
              ) : (
                <CircleX className={`size-4 ${toneText.failed}`} aria-label="Refused" />
              )
            }
          >
            <p className={`text-xs ${refusal ? 'text-failed' : 'text-muted'}`}>
              <Inert value={refusal?.detail ?? now?.outcome ?? ''} max={400} />
            </p>
          </TargetRow>
        )
      })}
    </ul>
  )
}

function TargetRow({ target, mark, children }: { target: Preflight['target']; mark: ReactNode; children: ReactNode }) {
  return (
    <li className="flex items-start gap-2.5 px-3 py-2">
      <span className="mt-0.5 shrink-0">{mark}</span>
      <div className="min-w-0 flex-1">
        <p>
          <span className="font-medium">
            <Inert value={target.name} max={120} />
          </span>{' '}
          <span className="text-xs text-muted">
            <Inert value={`${target.cluster} / ${target.namespace}`} max={160} />
          </span>
        </p>
        {children}
      </div>
    </li>
  )
}
