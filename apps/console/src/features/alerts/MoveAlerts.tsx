import type { Alert } from '@cordon/incidents'
import { Button, Dialog, Inert, SelectField, TextArea, TextField, toast } from '@cordon/ui'
import { useState } from 'react'
import { useApi } from '../../api/query.ts'
import { Problem } from '../../signs/Problem.tsx'

/** Moves alerts to another incident by hand, or splits them off into a new one; the comment becomes the reason. */
export function MoveAlerts({
  alerts,
  onClose,
  onMoved,
}: {
  alerts: readonly Alert[]
  onClose: () => void
  onMoved?: () => void
}) {
  const [where, setWhere] = useState<'new' | 'other'>('other')
  const [incident, setIncident] = useState('')
  const [comment, setComment] = useState('')
  const move = useApi('alertMove')
  const id = Number(incident.replace(/^#/, ''))
  const what = alerts.length === 1 ? 'alert' : `${alerts.length} alerts`
  const [first] = alerts
  const isReady = comment.trim() !== '' && (where === 'new' || (Number.isInteger(id) && id > 0))
  return (
    <Dialog
      open
      onClose={onClose}
      width="sm"
      title={`Move ${what} to another incident`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            disabled={!isReady || move.isPending}
            onClick={() =>
              move.mutate(
                {
                  body: { alertIds: alerts.map((alert) => alert.id), incidentId: where === 'new' ? null : id, comment },
                },
                {
                  onSuccess: (moved) => {
                    toast({ title: `${what === 'alert' ? 'Alert' : what} moved to incident ${moved.id}` })
                    onMoved?.()
                    onClose()
                  },
                },
              )
            }
          >
            {move.isPending ? 'Moving…' : `Move ${what}`}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4 p-5">
        <p>
          {alerts.length === 1 ? <Inert value={first?.title ?? ''} max={200} /> : `${alerts.length} alerts`}{' '}
          {alerts.length === 1 ? 'belongs' : 'belong'} to incident {first?.incidentId} now.
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
          help={`Required. It is shown as the reason why the ${alerts.length === 1 ? 'alert is' : 'alerts are'} there.`}
          value={comment}
          maxLength={5000}
          onChange={(event) => setComment(event.target.value)}
        />
        {move.isError && <Problem error={move.error} compact what="Not moved" />}
      </div>
    </Dialog>
  )
}
