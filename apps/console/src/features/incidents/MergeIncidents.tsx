import type { IncidentSummary } from '@cordon/incidents'
import { Button, Dialog, Inert, TextArea, toast } from '@cordon/ui'
import { useState } from 'react'
import { useApi } from '../../api/query.ts'
import { Problem } from '../../signs/Problem.tsx'

/** Merges chosen incidents into the oldest of them; the server refuses what the rules of merging don't allow. */
export function MergeIncidents({
  incidents,
  onClose,
  onDone,
}: {
  incidents: readonly IncidentSummary[]
  onClose: () => void
  onDone: () => void
}) {
  const [comment, setComment] = useState('')
  const merge = useApi('incidentMerge')
  const oldest = Math.min(...incidents.map(({ id }) => id))
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Merge ${incidents.length} incidents`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            disabled={merge.isPending}
            onClick={() =>
              merge.mutate(
                { body: { incidentIds: incidents.map(({ id }) => id), comment } },
                {
                  onSuccess: (merged) => {
                    toast({ title: `Merged into incident ${merged.id}` })
                    onDone()
                  },
                },
              )
            }
          >
            {merge.isPending ? 'Merging…' : 'Merge'}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4 p-5">
        <p>
          Alerts, tags and actions move to incident {oldest}, the oldest. The others stay as redirects with their own
          activity log. This can’t be undone; alerts can be moved out again one by one.
        </p>
        <ul className="rounded-md border border-line">
          {incidents.map((incident) => (
            <li key={incident.id} className="flex gap-2 border-b border-line px-3 py-1.5 last:border-b-0">
              <span className="text-muted">{incident.id}</span>
              <span className="min-w-0 flex-1 truncate">
                <Inert value={incident.name} max={120} />
              </span>
            </li>
          ))}
        </ul>
        <TextArea
          label="Comment"
          value={comment}
          maxLength={5000}
          onChange={(event) => setComment(event.target.value)}
        />
        {merge.isError && <Problem error={merge.error} compact what="Not merged" />}
      </div>
    </Dialog>
  )
}
