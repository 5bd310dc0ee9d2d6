import type { Incident, IncidentSummary } from '@cordon/incidents'
import { classificationLabels, determinations } from '@cordon/incidents'
import { Button, Dialog, SelectField, TextArea, TextField } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { problemOf, q, useApi } from '../../api/query.ts'
import { useSession } from '../../api/session.ts'
import { SeverityField } from '../../signs/AlertChoices.tsx'
import { Problem } from '../../signs/Problem.tsx'
import { sentence } from '../../signs/attack.ts'
import { TagInput } from './TagInput.tsx'

type Draft = Pick<
  IncidentSummary,
  'name' | 'status' | 'severity' | 'assignedTo' | 'classification' | 'determination' | 'tags'
> & { resolutionNote: string }

/** Name, tags, assignment, status with resolution note, severity, classification. Only what was changed is sent. */
export function ManageIncident({ incident, onClose }: { incident: Incident; onClose: () => void }) {
  const [before] = useState<Draft>(() => draftOf(incident))
  const [draft, setDraft] = useState(before)
  const { data: session } = useSession()
  const { data: users } = useQuery(q('userList', {}))
  const update = useApi('incidentUpdate')
  const set = (change: Partial<Draft>) => setDraft((now) => ({ ...now, ...change }))
  const changes = Object.fromEntries(
    Object.entries(draft).filter(
      ([key, value]) => JSON.stringify(value) !== JSON.stringify(before[key as keyof Draft]),
    ),
  )
  const isDirty = Object.keys(changes).length > 0
  const fields = problemOf(update.error).fields
  const me = session?.user?.name
  const save = () => update.mutate({ params: { id: incident.id }, body: changes }, { onSuccess: onClose })
  return (
    <Dialog
      open
      onClose={onClose}
      title="Manage incident"
      description={`Incident ${incident.id}`}
      sticky={isDirty}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" disabled={!isDirty || update.isPending || draft.name.trim() === ''} onClick={save}>
            {update.isPending ? 'Saving…' : 'Save'}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4 p-5">
        <TextField
          label="Incident name"
          value={draft.name}
          maxLength={300}
          error={fields.name}
          onChange={(event) => set({ name: event.target.value })}
        />
        <TagInput tags={draft.tags} onChange={(tags) => set({ tags })} />
        <div className="grid gap-4 sm:grid-cols-2">
          <div className="flex items-end gap-2">
            <div className="min-w-0 flex-1">
              <SelectField
                label="Assign to"
                value={draft.assignedTo ?? ''}
                onChange={(event) => set({ assignedTo: event.target.value || null })}
              >
                <option value="">Unassigned</option>
                {users?.items.map((user) => (
                  <option key={user.name} value={user.name}>
                    {user.displayName || user.name}
                  </option>
                ))}
                {draft.assignedTo && !users?.items.some((u) => u.name === draft.assignedTo) && (
                  <option value={draft.assignedTo}>{draft.assignedTo}</option>
                )}
              </SelectField>
            </div>
            {me && draft.assignedTo !== me && <Button onClick={() => set({ assignedTo: me })}>Assign to me</Button>}
          </div>
          <SeverityField value={draft.severity} onChange={(severity) => set({ severity })} />
          <SelectField
            label="Status"
            value={draft.status}
            onChange={(event) => set({ status: event.target.value as Draft['status'] })}
          >
            <option value="new">New</option>
            <option value="in-progress">In progress</option>
            <option value="resolved">Resolved</option>
            {draft.status === 'redirected' && <option value="redirected">Redirected</option>}
          </SelectField>
          <ClassificationField draft={draft} set={set} />
        </div>
        {draft.status === 'resolved' && (
          <TextArea
            label="Resolution note"
            help="Shown in the activity log. Resolving also resolves every active alert of the incident."
            maxLength={30_000}
            value={draft.resolutionNote}
            onChange={(event) => set({ resolutionNote: event.target.value })}
          />
        )}
        {update.isError && <Problem error={update.error} compact what="Not saved" />}
      </div>
    </Dialog>
  )
}

/** Classification and its determination as one choice, since a determination belongs to its classification. */
function ClassificationField({ draft, set }: { draft: Draft; set: (change: Partial<Draft>) => void }) {
  const value = draft.classification ? `${draft.classification}/${draft.determination ?? ''}` : ''
  return (
    <SelectField
      label="Classification and determination"
      value={value}
      onChange={(event) => {
        const [classification, determination] = event.target.value.split('/')
        set({
          classification: (classification || null) as Draft['classification'],
          determination: (determination || null) as Draft['determination'],
        }) // the options are made from these very words
      }}
    >
      <option value="">Not set</option>
      {(Object.keys(determinations) as (keyof typeof determinations)[]).map((classification) => (
        <optgroup key={classification} label={classificationLabels[classification]}>
          {draft.classification === classification && !draft.determination && (
            <option value={`${classification}/`}>{classificationLabels[classification]}</option>
          )}
          {determinations[classification].map((determination) => (
            <option key={determination} value={`${classification}/${determination}`}>
              {classificationLabels[classification]} – {sentence(determination)}
            </option>
          ))}
        </optgroup>
      ))}
    </SelectField>
  )
}

function draftOf(incident: Incident): Draft {
  const { name, status, severity, assignedTo, classification, determination, tags, resolutionNote } = incident
  return {
    name,
    status,
    severity,
    assignedTo,
    classification,
    determination,
    tags,
    resolutionNote: resolutionNote ?? '',
  }
}
