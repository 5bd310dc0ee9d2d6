import { type Alert, type Severity, type TuningAction, type TuningRule } from '@cordon/incidents'
import { Button, CheckField, Dialog, Notice, SelectField, TextArea, TextField, toast } from '@cordon/ui'
import { CircleAlert } from 'lucide-react'
import { useId, useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { q, useApi } from '../../api/query.ts'
import { Problem } from '../../signs/Problem.tsx'
import { bodyOf, draftOf, draftProblem, newDraft, type TuningDraft } from './tuning-draft.ts'
import { TuningConditionsForm } from './TuningConditionsForm.tsx'
import { TuningPreview } from './TuningPreview.tsx'
import { TuningTimesForm } from './TuningTimesForm.tsx'

export interface TuningDialogProps {
  /** A new rule that begins with what covers this alert. */
  alert?: Alert
  /** The rule to change; a new one when left out. */
  rule?: TuningRule
  kind?: TuningRule['kind']
  onClose: () => void
}

/** A tuning rule or maintenance window: what it covers, what it does, why, until when; previewed before it is saved. */
export function TuningDialog({ alert, rule, kind = 'tuning', onClose }: TuningDialogProps) {
  const [draft, setDraft] = useState(() => (rule ? draftOf(rule) : newDraft(kind, alert)))
  const [past, setPast] = useState(false)
  const [problem, setProblem] = useState<string>()
  const preview = useApi('tuningPreview')
  const save = useSave({ rule, past, onDone: onClose })
  const isWindow = draft.kind === 'maintenance'
  const change = (part: Partial<TuningDraft>) => {
    setDraft({ ...draft, ...part })
    setProblem(undefined)
    // A preview of something else is worse than none.
    if (preview.data && !('name' in part || 'reason' in part)) preview.reset()
  }
  const attempt = (forPreview: boolean, act: () => void) => {
    const found = draftProblem(draft, forPreview)
    setProblem(found)
    if (!found) act()
  }
  return (
    <Dialog
      open
      sticky
      onClose={onClose}
      width="lg"
      title={titleOf(draft, rule)}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            disabled={preview.isPending}
            onClick={() => attempt(true, () => preview.mutate({ body: bodyOf(draft) }))}
          >
            {preview.isPending ? 'Looking…' : 'Preview'}
          </Button>
          <Button look="primary" disabled={save.isPending} onClick={() => attempt(false, () => save.run(draft))}>
            {save.isPending ? 'Saving…' : 'Save'}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4 p-5">
        <TextField
          label="Name"
          value={draft.name}
          maxLength={100}
          onChange={(event) => change({ name: event.target.value })}
        />
        {!isWindow && <TuningConditionsForm match={draft.match} groups={draft.groups} onChange={change} />}
        <div className="grid gap-4 sm:grid-cols-2">
          <Scope draft={draft} onChange={change} />
          <Effect draft={draft} onChange={change} />
          <TuningTimesForm draft={draft} onChange={change} />
        </div>
        <TextArea
          label="Reason"
          help="Required. It is kept with the rule and in the ledger."
          value={draft.reason}
          maxLength={2000}
          onChange={(event) => change({ reason: event.target.value })}
        />
        {problem && (
          <div role="alert" ref={reveal}>
            <Notice kind="danger" icon={<CircleAlert aria-hidden />}>
              {problem}
            </Notice>
          </div>
        )}
        {preview.isError && <Problem error={preview.error} compact what="No preview" />}
        {preview.data && (
          <div ref={reveal}>
            <TuningPreview found={preview.data} />
          </div>
        )}
        {preview.data && preview.data.applicable > 0 && (
          <CheckField
            checked={past}
            onChange={(event) => setPast(event.target.checked)}
            label={`Do it to ${preview.data.applicable.toLocaleString()} open ${preview.data.applicable === 1 ? 'alert' : 'alerts'} of the last 30 days too`}
            help="Each is recorded as it was, and it can be undone under Alert tuning. Alerts of true positives are left alone."
          />
        )}
        {save.error && (
          <Problem error={save.error} compact what={save.isSaved ? 'Saved, but not applied' : 'Not saved'} />
        )}
      </div>
    </Dialog>
  )
}

/** What a button of the footer brought forth may lie below the end of a long form. */
function reveal(element: HTMLElement | null) {
  element?.scrollIntoView({ block: 'nearest' })
}

function titleOf({ kind }: TuningDraft, rule: TuningRule | undefined): string {
  if (kind === 'maintenance') return rule ? 'Edit maintenance window' : 'New maintenance window'
  return rule ? 'Edit tuning rule' : 'Tune alerts'
}

/** Saves, then applies to past alerts where that was asked for. What was saved isn't saved twice. */
function useSave({ rule, past, onDone }: { rule: TuningRule | undefined; past: boolean; onDone: () => void }) {
  const [saved, setSaved] = useState(rule)
  const create = useApi('tuningCreate')
  const update = useApi('tuningUpdate')
  const apply = useApi('tuningApply')
  const run = async (draft: TuningDraft) => {
    const body = { ...bodyOf(draft), name: draft.name, reason: draft.reason }
    const { kind, ...changes } = body
    const made = saved
      ? await update.mutateAsync({ params: { id: saved.id }, body: changes })
      : await create.mutateAsync({ body })
    setSaved(made)
    const applied = past ? await apply.mutateAsync({ params: { id: made.id }, body: {} }) : undefined
    toast({
      title: kind === 'maintenance' ? 'Maintenance window saved' : 'Tuning rule saved',
      description: applied && `Applied to ${applied.alerts} past ${applied.alerts === 1 ? 'alert' : 'alerts'}.`,
    })
    onDone()
  }
  return {
    // Failures are shown where they belong, through `error`.
    run: (draft: TuningDraft) => void run(draft).catch(() => undefined),
    isPending: create.isPending || update.isPending || apply.isPending,
    isSaved: apply.isError,
    error: create.error ?? update.error ?? apply.error,
  }
}

interface PartProps {
  draft: TuningDraft
  onChange: (change: Partial<TuningDraft>) => void
}

function Scope({ draft, onChange }: PartProps) {
  const names = useId()
  const { data } = useQuery(q('clusterList', {}))
  const isWindow = draft.kind === 'maintenance'
  return (
    <>
      <TextField
        label="Clusters"
        help={isWindow ? 'Separated by commas. A cluster or a namespace is needed.' : 'Only these; empty for all.'}
        list={names}
        value={draft.clusters}
        onChange={(event) => onChange({ clusters: event.target.value })}
      />
      <datalist id={names}>
        {data?.items.map(({ name }) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </datalist>
      <TextField
        label="Namespaces"
        help="Separated by commas; empty for all."
        value={draft.namespaces}
        onChange={(event) => onChange({ namespaces: event.target.value })}
      />
      {(isWindow || draft.ruleIds !== '') && (
        <TextField
          label="Detection rules"
          help="Their IDs, separated by commas; empty for all."
          value={draft.ruleIds}
          onChange={(event) => onChange({ ruleIds: event.target.value })}
        />
      )}
    </>
  )
}

function Effect({ draft, onChange }: PartProps) {
  return (
    <>
      <SelectField
        label="What happens to covered alerts"
        value={draft.action}
        onChange={(event) => onChange({ action: event.target.value as TuningAction })} // the options are these
      >
        <option value="resolve">Resolve: kept in the queue as resolved</option>
        <option value="hide">Hide: found under the filter Hidden only</option>
        <option value="lower">Lower severity</option>
      </SelectField>
      {draft.action === 'lower' && (
        <SelectField
          label="To at most"
          value={draft.severity}
          onChange={(event) => onChange({ severity: event.target.value as Severity })} // as above
        >
          <option value="informational">Informational</option>
          <option value="low">Low</option>
          <option value="medium">Medium</option>
        </SelectField>
      )}
    </>
  )
}
