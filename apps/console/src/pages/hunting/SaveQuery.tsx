import { Button, CheckField, Dialog, TextArea, TextField, toast } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { problemOf, q, useApi } from '../../api/query.ts'

export interface SaveQueryProps {
  query: string
  /** What it was called where it came from. */
  name: string
  onClose: () => void
}

/** Keeps the query under a name, for its owner or for everyone. A name of one's own that is there already is replaced. */
export function SaveQuery({ query, name: before, onClose }: SaveQueryProps) {
  const { data } = useQuery(q('huntingQueryList', {}))
  const own = data?.items.filter(({ folder }) => folder === 'mine') ?? []
  const [name, setName] = useState(before)
  const known = own.find((item) => item.name === name.trim())
  const [edited, setEdited] = useState<{ description?: string; shared?: boolean }>({})
  const description = edited.description ?? known?.description ?? ''
  const shared = edited.shared ?? known?.shared ?? false
  const create = useApi('huntingQueryCreate')
  const update = useApi('huntingQueryUpdate')
  const { error, isPending } = known ? update : create
  const done = {
    onSuccess: () => {
      toast({ title: known ? `“${name.trim()}” replaced` : `“${name.trim()}” saved` })
      onClose()
    },
  }
  const submit = () => {
    const body = { name, description, query, shared }
    if (known) update.mutate({ params: { id: known.id }, body }, done)
    else create.mutate({ body }, done)
  }
  return (
    <Dialog
      open
      title="Save query"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" disabled={name.trim() === '' || isPending} onClick={submit}>
            {known ? 'Replace' : 'Save'}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 p-5">
        <TextField
          label="Name"
          value={name}
          maxLength={200}
          help={known ? 'A query of yours has this name; its text is replaced.' : undefined}
          error={error ? problemOf(error).detail : null}
          onChange={(event) => setName(event.target.value)}
        />
        <TextArea
          label="Description"
          value={description}
          maxLength={2000}
          onChange={(event) => setEdited({ ...edited, description: event.target.value })}
        />
        <CheckField
          label="Share with everyone"
          checked={shared}
          onChange={(event) => setEdited({ ...edited, shared: event.target.checked })}
        />
      </div>
    </Dialog>
  )
}
