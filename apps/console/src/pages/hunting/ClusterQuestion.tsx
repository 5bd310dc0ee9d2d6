import { Button, Dialog, SelectField } from '@cordon/ui'
import { useState } from 'react'

/** Asked where rows tell pods but not their cluster. */
export function ClusterQuestion({
  clusters,
  onClose,
  onAnswer,
}: {
  clusters: readonly string[]
  onClose: () => void
  onAnswer: (cluster: string) => void
}) {
  const [chosen, setChosen] = useState(clusters[0] ?? '')
  return (
    <Dialog
      open
      width="sm"
      title="In which cluster are these pods?"
      description="The rows have no column for it."
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" disabled={chosen === ''} onClick={() => onAnswer(chosen)}>
            Continue
          </Button>
        </>
      }
    >
      <div className="p-5">
        <SelectField label="Cluster" value={chosen} onChange={(event) => setChosen(event.target.value)}>
          {clusters.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </SelectField>
      </div>
    </Dialog>
  )
}
