import { Button, CheckField, Dialog, TextArea, TextField } from '@cordon/ui'
import { useState } from 'react'
import { problemOf, useApi } from '../../api/query.ts'

/** Keeps the query under a name, for its owner or for everyone. */
export function SaveQuery({ query, onClose }: { query: string; onClose: () => void }) {
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const [shared, setShared] = useState(false)
  const save = useApi('huntingQueryCreate')
  const submit = () => save.mutate({ body: { name, description, query, shared } }, { onSuccess: onClose })
  return (
    <Dialog
      open
      title="Save query"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" disabled={name.trim() === '' || save.isPending} onClick={submit}>
            Save
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <TextField
          label="Name"
          value={name}
          error={save.error ? problemOf(save.error).detail : null}
          onChange={(event) => setName(event.target.value)}
        />
        <TextArea label="Description" value={description} onChange={(event) => setDescription(event.target.value)} />
        <CheckField
          label="Share with everyone"
          checked={shared}
          onChange={(event) => setShared(event.target.checked)}
        />
      </div>
    </Dialog>
  )
}
