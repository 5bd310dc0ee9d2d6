import type { Alert } from '@cordon/incidents'
import { Button, Dialog, Inert, SelectField, TextArea, TextField, toast } from '@cordon/ui'
import { useState } from 'react'
import { useApi } from '../../api/query.ts'
import { Problem } from '../../signs/Problem.tsx'

/** Moves an alert to another incident by hand, or splits it off into one of its own; the comment becomes the reason. */
export function MoveAlert({ alert, onClose }: { alert: Alert; onClose: () => void }) {
  const [where, setWhere] = useState<'new' | 'other'>('other')
  const [incident, setIncident] = useState('')
  const [comment, setComment] = useState('')
  const move = useApi('alertMove')
  const id = Number(incident.replace(/^#/, ''))
  const isReady = comment.trim() !== '' && (where === 'new' || (Number.isInteger(id) && id > 0))
  return (
    <Dialog
      open
      onClose={onClose}
      width="sm"
      title="Move alert to another incident"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            disabled={!isReady || move.isPending}
            onClick={() =>
              move.mutate(
                { body: { alertIds: [alert.id], incidentId: where === 'new' ? null : id, comment } },
                {
                  onSuccess: (moved) => {
                    toast({ title: `Alert moved to incident ${moved.id}` })
                    onClose()
                  },
                },
              )
            }
          >
            {move.isPending ? 'Moving…' : 'Move alert'}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4 p-5">
        <p>
          <Inert value={alert.title} max={200} /> belongs to incident {alert.incidentId} now.
        </p>
        <SelectField
          label="Move to"
          value={where}
          onChange={(event) => setWhere(event.target.value as typeof where)} // the options are these
        >
          <option value="other">An existing incident</option>
          <option value="new">A new incident</option>
        </SelectField>
        {where === 'other' && (
          <TextField
            label="Incident ID"
            inputMode="numeric"
            value={incident}
            onChange={(event) => setIncident(event.target.value)}
          />
        )}
        <TextArea
          label="Comment"
          help="Required. It is shown as the reason why the alert is there."
          value={comment}
          maxLength={5000}
          onChange={(event) => setComment(event.target.value)}
        />
        {move.isError && <Problem error={move.error} compact what="Not moved" />}
      </div>
    </Dialog>
  )
}
