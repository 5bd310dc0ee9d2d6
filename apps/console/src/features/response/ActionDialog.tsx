import { type ActionOptions, type ActionType, type Preflight, actionLabels } from '@cordon/response'
import { Button, Dialog, Inert, Skeleton } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { CircleX } from 'lucide-react'
import { type ReactNode, useContext, useState } from 'react'
import { problemOf, q, useApi } from '../../api/query.ts'
import { Problem } from '../../signs/Problem.tsx'
import { whatIfOf } from '../../signs/impact.ts'
import { ActionProgress } from './ActionProgress.tsx'
import { BreakGlass } from './BreakGlass.tsx'
import { ImpactView } from './ImpactView.tsx'
import { OptionsForm } from './OptionsForm.tsx'
import { PeekBar } from './PeekBar.tsx'
import { ChangeList, CheckList, ConsequenceList } from './PreflightView.tsx'
import type { ActionRequest } from './action-request.ts'
import { useComment } from './useComment.tsx'
import { isUndo } from './undo.ts'
import { WhatIfContext } from './what-if.ts'

/** From requirements over confirmation to proof, in one dialog. Closing it stops nothing. */
export function ActionDialog({ request, onClose }: { request: ActionRequest; onClose: () => void }) {
  const [options, setOptions] = useState<ActionOptions>({})
  const comment = useComment('Why, in your words. It becomes part of the record.')
  const [actionId, setActionId] = useState<string | null>(null)
  // One key for the life of the dialog: however often Confirm is pressed, it is one action.
  const [key] = useState(() => crypto.randomUUID())
  const { type, target } = request
  const preflight = useQuery({
    ...q('actionPreflight', {
      body: { type, targets: [{ key: target.key, uid: target.uid }], options, incidentId: request.incidentId ?? null },
    }),
    enabled: actionId === null,
    staleTime: 0,
    placeholderData: (before) => before,
  })
  const send = useApi('actionRequest')
  const found = preflight.data?.preflights[0]
  const { shown, show, keys } = useContext(WhatIfContext)
  const whatIf = found && actionId === null ? whatIfOf(found) : undefined
  const confirm = () => {
    if (!found || !comment.isGiven()) return
    send.mutate(
      {
        key,
        body: {
          type,
          // The uid that was shown is the uid that is acted on.
          target: { key: target.key, uid: found.target.uid || target.uid },
          comment: comment.text.trim(),
          options,
          source: request.source,
          incidentId: request.incidentId ?? null,
        },
      },
      { onSuccess: (action) => setActionId(action.id) },
    )
  }
  if (shown && whatIf)
    return <PeekBar whatIf={whatIf} label={actionLabels[type]} onBack={() => show(null)} onCancel={onClose} />
  return (
    <Dialog
      open
      onClose={onClose}
      width="lg"
      sticky={comment.text !== '' && actionId === null}
      title={actionLabels[type]}
      description={<TargetLine request={request} uid={found?.target.uid} />}
      footer={
        actionId ? (
          <>
            <span className="mr-auto text-xs text-muted">
              The action continues when you close this. It is recorded in the Action center.
            </span>
            <Button onClick={onClose}>Close</Button>
          </>
        ) : (
          <>
            {found?.allowed && comment.field}
            {found && !found.allowed && (
              <span className="mr-auto text-sm text-failed">Not possible now: see what isn’t met above.</span>
            )}
            <Button onClick={onClose}>Cancel</Button>
            <Button
              look={isUndo(type) ? 'primary' : 'danger'}
              aria-disabled={!found?.allowed || send.isPending || preflight.isFetching}
              onClick={() => found?.allowed && !send.isPending && !preflight.isFetching && confirm()}
            >
              {send.isPending ? 'Requesting…' : `Confirm: ${actionLabels[type].toLowerCase()}`}
            </Button>
          </>
        )
      }
    >
      {actionId ? (
        <ActionProgress id={actionId} />
      ) : (
        <div className="flex flex-col">
          {preflight.isPending && <Skeleton rows={7} />}
          {preflight.isError && (
            <Problem
              error={preflight.error}
              compact={false}
              onRetry={() => void preflight.refetch()}
              what="Requirements could not be checked"
            />
          )}
          {found && (
            <Review
              found={found}
              type={type}
              impact={
                whatIf && (
                  <ImpactView whatIf={whatIf} onPeek={keys.has(whatIf.targetKey) ? () => show(whatIf) : undefined} />
                )
              }
              breaksGlass={options.breakGlass === true}
              onBreakGlass={(breakGlass) => setOptions({ ...options, breakGlass: breakGlass || undefined })}
            >
              {found.allowed && found.options.length > 0 && (
                <Block title="Options">
                  <OptionsForm options={found.options} values={options} onChange={setOptions} />
                </Block>
              )}
            </Review>
          )}
          {send.isError && (
            <div className="px-5 pb-4">
              <Problem error={send.error} compact what="Not requested" />
              {Object.entries(problemOf(send.error).fields).map(([field, message]) => (
                <p key={field} className="mt-1 text-xs text-failed">
                  {field}: {message}
                </p>
              ))}
            </div>
          )}
        </div>
      )}
    </Dialog>
  )
}

function TargetLine({ request, uid }: { request: ActionRequest; uid?: string }) {
  const { name, namespace, cluster } = request.target
  return (
    <span className="flex flex-wrap gap-x-3">
      <span className="font-medium text-ink">
        <Inert value={name} max={120} />
      </span>
      {namespace && (
        <span>
          Namespace <Inert value={namespace} max={80} />
        </span>
      )}
      {cluster && (
        <span>
          Cluster <Inert value={cluster} max={80} />
        </span>
      )}
      {(uid ?? request.target.uid) && (
        <span className="font-mono text-xs leading-5">
          UID <Inert value={uid ?? request.target.uid ?? ''} />
        </span>
      )}
    </span>
  )
}

interface ReviewProps {
  found: Preflight
  type: ActionType
  /** The what-if, drawn; nothing where there is none. */
  impact: ReactNode
  breaksGlass: boolean
  onBreakGlass: (breaksGlass: boolean) => void
  children: ReactNode
}

function Review({ found, type, impact, breaksGlass, onBreakGlass, children }: ReviewProps) {
  const open = found.checks.filter((check) => check.state !== 'passed').length
  return (
    <>
      {!found.allowed && (
        <div
          role="alert"
          className="mx-5 mt-4 flex items-start gap-2 rounded-md border border-failed/50 bg-failed/6 px-3 py-2"
        >
          <CircleX className="mt-0.5 size-4 shrink-0 text-failed" aria-hidden />
          <p>
            <span className="font-semibold">{actionLabels[type]} isn’t possible.</span>{' '}
            {found.reason && <Inert value={found.reason} max={500} />}
          </p>
        </div>
      )}
      {found.allowed && found.approval?.needed && (
        <div className="mx-5 mt-4">
          <BreakGlass reason={found.approval.reason} checked={breaksGlass} onChange={onBreakGlass} />
        </div>
      )}
      {found.allowed && impact && <Block title="What changes around it">{impact}</Block>}
      {found.allowed && found.consequences.length > 0 && (
        <Block title="Before you confirm">
          <ConsequenceList consequences={found.consequences} />
        </Block>
      )}
      {found.allowed && found.strategy && (
        <Block title="How">
          <p className="font-medium">
            <Inert value={found.strategy.label} max={200} />
          </p>
          <p className="text-muted">
            <Inert value={found.strategy.expectation} max={600} />
          </p>
        </Block>
      )}
      {found.allowed && (
        <Block
          title={`What will change (${found.changes.length} ${found.changes.length === 1 ? 'request' : 'requests'})`}
        >
          <ChangeList changes={found.changes} />
        </Block>
      )}
      {found.allowed ? (
        <details className="group border-b border-line px-5 py-3" open={open > 0}>
          <summary className="rounded text-xs font-semibold tracking-wide text-muted uppercase">
            Requirements · {open === 0 ? `all ${found.checks.length} met` : `${open} to look at`}
          </summary>
          <div className="mt-2">
            <CheckList checks={found.checks} />
          </div>
        </details>
      ) : (
        <Block title="Requirements">
          <CheckList checks={found.checks} />
        </Block>
      )}
      {children}
    </>
  )
}

function Block({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="border-b border-line px-5 py-3 last:border-b-0">
      <h3 className="mb-1.5 text-xs font-semibold tracking-wide text-muted uppercase">{title}</h3>
      {children}
    </section>
  )
}
