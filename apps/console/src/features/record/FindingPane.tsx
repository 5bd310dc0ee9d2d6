import type { Finding } from '@cordon/contract'
import { Button, Facts, Inert, Section, SidePane, TextArea, Time, toast } from '@cordon/ui'
import { type ReactNode, useState } from 'react'
import { refresh, useApi } from '../../api/query.ts'
import { useMay } from '../../api/session.ts'
import { Problem } from '../../signs/Problem.tsx'
import { FindingState } from './FindingState.tsx'
import { findingKinds } from './finding-filters.ts'

/** One difference between the record and a cluster's audit log, and the way to close it with an explanation. */
export function FindingPane({
  finding,
  action,
  onClose,
  takeFocus,
}: {
  finding: Finding
  action: ReactNode
  onClose: () => void
  takeFocus: boolean
}) {
  return (
    <SidePane
      label="Finding"
      eyebrow={`Finding ${finding.id}`}
      title={findingKinds[finding.kind]}
      badges={<FindingState state={finding.state} />}
      className="w-[30rem] max-w-[50vw] shrink-0"
      takeFocus={takeFocus}
      onClose={onClose}
    >
      <Section title="What differs">
        <p className="mb-3">
          <Inert value={finding.text} max={1000} />
        </p>
        <Facts
          items={[
            { label: 'Object', value: <Inert value={finding.object} max={300} /> },
            { label: 'Namespace', value: <Inert value={finding.namespace || '–'} max={100} /> },
            { label: 'Cluster', value: <Inert value={finding.cluster} max={100} /> },
            { label: 'Happened', value: <Time value={finding.happenedAt} /> },
            { label: 'Found', value: <Time value={finding.foundAt} /> },
            { label: 'Action', value: action },
            ...(finding.eventId
              ? [{ label: 'Audit event', value: <Inert value={finding.eventId} mono expandable /> }]
              : []),
          ]}
        />
      </Section>
      <Section title="Explanation">
        {finding.state === 'open' ? (
          <CloseForm finding={finding} />
        ) : (
          <Facts
            items={[
              { label: 'By', value: <Inert value={finding.closedBy ?? '–'} max={100} /> },
              { label: 'At', value: <Time value={finding.closedAt} /> },
              { label: 'Comment', value: <Inert value={finding.comment ?? '–'} max={2000} block /> },
            ]}
          />
        )}
      </Section>
    </SidePane>
  )
}

function CloseForm({ finding }: { finding: Finding }) {
  const [comment, setComment] = useState('')
  const close = useApi('findingClose')
  const may = useMay('findingClose')
  const why = !may.allowed
    ? may.reason
    : comment.trim() === ''
      ? 'Say what explains it before you close it.'
      : undefined
  return (
    <div className="flex flex-col gap-2">
      <TextArea
        label="What explains it"
        rows={3}
        maxLength={5000}
        value={comment}
        disabled={!may.allowed}
        onChange={(event) => setComment(event.target.value)}
      />
      <div>
        <Button
          disabled={why !== undefined || close.isPending}
          title={why}
          onClick={() =>
            close.mutate(
              { params: { id: finding.id }, body: { comment: comment.trim() } },
              {
                onSuccess: () => {
                  refresh(['ledger'])
                  toast({ title: 'Finding closed' })
                },
              },
            )
          }
        >
          {close.isPending ? 'Closing…' : 'Close finding'}
        </Button>
      </div>
      {why && <p className="text-xs text-muted">{why}</p>}
      {close.isError && <Problem error={close.error} compact what="Not closed" />}
    </div>
  )
}
