import { scheduleWords, type TuningApplication, type TuningRule } from '@cordon/incidents'
import { Badge, Button, Facts, Inert, Section, SidePane, Skeleton, TextField, Time, toast } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { Undo2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { q, useApi } from '../../api/query.ts'
import { useMay } from '../../api/session.ts'
import { Problem } from '../../signs/Problem.tsx'
import { coverWords, stateOfTuning, tuningActions } from './tuning-words.ts'

export interface TuningPaneProps {
  rule: TuningRule
  /** Leads to the alerts it changed. */
  alerts: ReactNode
  onEdit: () => void
  onDelete: () => void
  onClose: () => void
  takeFocus?: boolean
  className?: string
}

/** One tuning rule or maintenance window: what it covers, what it did, and the way back from what was applied to the past. */
export function TuningPane({ rule, alerts, onEdit, onDelete, onClose, takeFocus, className }: TuningPaneProps) {
  const may = useMay('tuningUpdate')
  const update = useApi('tuningUpdate')
  const reason = may.allowed ? undefined : may.reason
  return (
    <SidePane
      label="Tuning rule details"
      eyebrow={rule.kind === 'tuning' ? 'Tuning rule' : 'Maintenance window'}
      title={<Inert value={rule.name} max={120} />}
      badges={
        <>
          <Badge tone={stateOfTuning(rule) === 'In force' ? 'caution' : 'neutral'}>{stateOfTuning(rule)}</Badge>
          <Badge>{tuningActions[rule.action]}</Badge>
        </>
      }
      actions={
        <>
          <Button disabled={!may.allowed} title={reason} onClick={onEdit}>
            Edit
          </Button>
          <Button
            disabled={!may.allowed || update.isPending}
            title={reason}
            onClick={() => update.mutate({ params: { id: rule.id }, body: { enabled: !rule.enabled } })}
          >
            {rule.enabled ? 'Switch off' : 'Switch on'}
          </Button>
          <Button disabled={!may.allowed} title={reason} onClick={onDelete}>
            Delete
          </Button>
        </>
      }
      onClose={onClose}
      takeFocus={takeFocus}
      className={className}
    >
      {update.isError && <Problem error={update.error} compact what="Not changed" />}
      <Section title="Why">
        <Inert value={rule.reason} max={2000} block />
      </Section>
      <Section title="What it covers">
        <ul className="flex flex-col gap-1">
          {coverWords(rule).map((line) => (
            <li key={line}>
              <Inert value={line} max={500} expandable={line.length > 500} />
            </li>
          ))}
        </ul>
      </Section>
      <Section title="What it did">
        <Facts
          items={[
            { label: 'Alerts', value: alerts },
            { label: 'Occurrences', value: rule.applied.toLocaleString() },
            { label: 'Last', value: <Time value={rule.lastApplied} fallback="Never" /> },
          ]}
        />
      </Section>
      <PastApplications rule={rule} />
      <Section title="Details">
        <Facts
          items={[
            ...(rule.schedule ? [{ label: 'Every week', value: scheduleWords(rule.schedule) }] : []),
            { label: 'Begins', value: <Time value={rule.startsAt} fallback="from the beginning" /> },
            { label: 'Ends', value: <Time value={rule.expiresAt} fallback="Never" /> },
            { label: 'Made by', value: <Inert value={rule.createdBy} max={80} /> },
            { label: 'Made', value: <Time value={rule.createdAt} /> },
            { label: 'Changed', value: <Time value={rule.updatedAt} /> },
          ]}
        />
      </Section>
    </SidePane>
  )
}

/** What was done to alerts that were there before the rule, and the button that does it. */
function PastApplications({ rule }: { rule: TuningRule }) {
  const { data, error } = useQuery(q('tuningApplications', { params: { id: rule.id } }))
  const apply = useApi('tuningApply')
  const may = useMay('tuningApply')
  return (
    <Section
      title="Applied to past alerts"
      count={data?.items.length}
      actions={
        <Button
          size="sm"
          disabled={!may.allowed || apply.isPending || !rule.enabled}
          title={may.allowed ? undefined : may.reason}
          onClick={() =>
            apply.mutate(
              { params: { id: rule.id }, body: {} },
              {
                onSuccess: (done) =>
                  toast({ title: `Applied to ${done.alerts} past ${done.alerts === 1 ? 'alert' : 'alerts'}` }),
              },
            )
          }
        >
          {apply.isPending ? 'Applying…' : 'Apply to the last 30 days'}
        </Button>
      }
    >
      {apply.isError && <Problem error={apply.error} compact what="Not applied" />}
      {error && <Problem error={error} compact />}
      {!data && !error && <Skeleton rows={2} />}
      {data?.items.length === 0 && <p className="text-muted">Never. It changes new alerts only.</p>}
      <ul className="flex flex-col gap-3">
        {data?.items.map((item) => (
          <Application key={item.id} item={item} />
        ))}
      </ul>
    </Section>
  )
}

function Application({ item }: { item: TuningApplication }) {
  const [reason, setReason] = useState<string | null>(null)
  const undo = useApi('tuningUndo')
  const may = useMay('tuningUndo')
  const { undone } = item
  return (
    <li className="flex flex-col gap-1.5">
      <p>
        {item.alerts.toLocaleString()} {item.alerts === 1 ? 'alert' : 'alerts'} of {item.days} days, by{' '}
        <Inert value={item.by} max={60} />, <Time value={item.at} />
        {item.isPartial && '. There were more than are changed at a time.'}
      </p>
      {undone && (
        <p className="text-sm text-muted">
          Undone by <Inert value={undone.by} max={60} />, <Time value={undone.at} />: {undone.restored} as before
          {undone.left > 0 && `, ${undone.left} changed since and left alone`}.{' '}
          <Inert value={undone.reason} max={300} />
        </p>
      )}
      {!undone && reason === null && (
        <div>
          <Button
            size="sm"
            disabled={!may.allowed}
            title={may.allowed ? undefined : may.reason}
            icon={<Undo2 className="size-3.5" aria-hidden />}
            onClick={() => setReason('')}
          >
            Undo
          </Button>
        </div>
      )}
      {!undone && reason !== null && (
        <div className="flex items-end gap-2">
          <div className="min-w-0 flex-1">
            <TextField
              label="Reason to undo it"
              value={reason}
              maxLength={2000}
              onChange={(event) => setReason(event.target.value)}
            />
          </div>
          <Button
            look="primary"
            disabled={undo.isPending || reason.trim() === ''}
            onClick={() => undo.mutate({ params: { id: item.id }, body: { reason } })}
          >
            {undo.isPending ? 'Undoing…' : 'Undo'}
          </Button>
          <Button onClick={() => setReason(null)}>Keep</Button>
        </div>
      )}
      {undo.isError && <Problem error={undo.error} compact what="Not undone" />}
    </li>
  )
}
