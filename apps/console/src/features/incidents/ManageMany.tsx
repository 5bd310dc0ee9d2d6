import type { IncidentSummary } from '@cordon/incidents'
import { Button, Dialog, Inert, SelectField, TextArea } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { Check, CircleX, LoaderCircle } from 'lucide-react'
import { useState } from 'react'
import { problemOf, q, useApi } from '../../api/query.ts'
import { TagInput } from './TagInput.tsx'

type Result = 'waiting' | 'done' | { failed: string }

/** One change for several incidents, row by row, with the outcome of each. It never closes on a failure by itself. */
export function ManageMany({
  incidents,
  onClose,
  onDone,
}: {
  incidents: readonly IncidentSummary[]
  onClose: () => void
  onDone: () => void
}) {
  const [status, setStatus] = useState('')
  const [assignedTo, setAssignedTo] = useState('')
  const [tags, setTags] = useState<string[]>([])
  const [note, setNote] = useState('')
  const [results, setResults] = useState<ReadonlyMap<number, Result> | null>(null)
  const { data: users } = useQuery(q('userList', {}))
  const update = useApi('incidentUpdate')
  const isReady = status !== '' || assignedTo !== '' || tags.length > 0
  const isRunning = results !== null && [...results.values()].includes('waiting')
  const isDone = results !== null && [...results.values()].every((result) => result === 'done')
  const failed = results ? incidents.filter((i) => typeof results.get(i.id) === 'object') : []

  const run = async (targets: readonly IncidentSummary[]) => {
    const outcome = new Map<number, Result>(results ?? [])
    for (const incident of targets) outcome.set(incident.id, 'waiting')
    setResults(new Map(outcome))
    for (const incident of targets) {
      const body = {
        ...(status ? { status: status as 'new' | 'in-progress' | 'resolved' } : {}), // the options are these words
        ...(status === 'resolved' && note ? { resolutionNote: note } : {}),
        ...(assignedTo ? { assignedTo: assignedTo === 'none' ? null : assignedTo } : {}),
        ...(tags.length > 0 ? { tags: [...new Set([...incident.tags, ...tags])] } : {}),
      }
      try {
        await update.mutateAsync({ params: { id: incident.id }, body })
        outcome.set(incident.id, 'done')
      } catch (error) {
        outcome.set(incident.id, { failed: problemOf(error).detail })
      }
      setResults(new Map(outcome))
    }
    if ([...outcome.values()].every((result) => result === 'done')) onDone()
  }

  return (
    <Dialog
      open
      onClose={onClose}
      sticky={isRunning}
      title={`Manage ${incidents.length} incidents`}
      footer={
        <>
          <Button onClick={onClose}>{results ? 'Close' : 'Cancel'}</Button>
          {failed.length > 0 && !isRunning ? (
            <Button look="primary" onClick={() => void run(failed)}>
              Try the {failed.length} failed again
            </Button>
          ) : isDone ? null : (
            <Button look="primary" disabled={!isReady || isRunning} onClick={() => void run(incidents)}>
              {isRunning ? 'Applying…' : `Apply to ${incidents.length}`}
            </Button>
          )}
        </>
      }
    >
      <div className="flex flex-col gap-4 p-5">
        <div className="grid gap-4 sm:grid-cols-2">
          <SelectField label="Status" value={status} onChange={(event) => setStatus(event.target.value)}>
            <option value="">Leave as it is</option>
            <option value="new">New</option>
            <option value="in-progress">In progress</option>
            <option value="resolved">Resolved</option>
          </SelectField>
          <SelectField label="Assign to" value={assignedTo} onChange={(event) => setAssignedTo(event.target.value)}>
            <option value="">Leave as it is</option>
            <option value="none">Unassigned</option>
            {users?.items.map((user) => (
              <option key={user.name} value={user.name}>
                {user.displayName || user.name}
              </option>
            ))}
          </SelectField>
        </div>
        {status === 'resolved' && (
          <TextArea
            label="Resolution note"
            value={note}
            maxLength={30_000}
            onChange={(event) => setNote(event.target.value)}
            help="Resolving also resolves every active alert of these incidents."
          />
        )}
        <TagInput label="Add tags" tags={tags} onChange={setTags} />
        <ul className="flex max-h-52 flex-col overflow-y-auto rounded-md border border-line" aria-live="polite">
          {incidents.map((incident) => (
            <li key={incident.id} className="flex items-center gap-2 border-b border-line px-3 py-1.5 last:border-b-0">
              <ResultMark result={results?.get(incident.id)} />
              <span className="text-muted">{incident.id}</span>
              <span className="min-w-0 flex-1 truncate">
                <Inert value={incident.name} max={120} />
              </span>
              <span className="text-xs text-failed">{failureOf(results?.get(incident.id))}</span>
            </li>
          ))}
        </ul>
      </div>
    </Dialog>
  )
}

function failureOf(result: Result | undefined): string {
  return typeof result === 'object' ? result.failed : ''
}

function ResultMark({ result }: { result: Result | undefined }) {
  if (result === 'done') return <Check className="size-4 text-proof" aria-label="Done" />
  if (result === 'waiting') return <LoaderCircle className="size-4 animate-spin text-progress" aria-label="Waiting" />
  if (result) return <CircleX className="size-4 text-failed" aria-label="Failed" />
  return null
}
