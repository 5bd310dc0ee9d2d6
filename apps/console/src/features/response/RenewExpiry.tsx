import type { Action } from '@cordon/response'
import { Button, SelectField, Time, toast } from '@cordon/ui'
import { useState } from 'react'
import { useApi } from '../../api/query.ts'
import { useMay } from '../../api/session.ts'
import { Problem } from '../../signs/Problem.tsx'

const choices = [
  { value: '60', label: 'In 1 hour' },
  { value: '240', label: 'In 4 hours' },
  { value: '480', label: 'In 8 hours' },
  { value: '1440', label: 'In 24 hours' },
  { value: '10080', label: 'In 7 days' },
  { value: 'never', label: 'Only when someone ends it' },
]

/** When a containment ends by itself, and the way to change that. */
export function RenewExpiry({ action }: { action: Action }) {
  const [choice, setChoice] = useState('480')
  const renew = useApi('actionRenew')
  const may = useMay('actionRenew')
  const why = may.allowed ? undefined : may.reason
  return (
    <div className="flex flex-col gap-2">
      <p>
        {action.expiresAt ? (
          <>
            Ends by itself at <Time value={action.expiresAt} />.
          </>
        ) : (
          'Doesn’t end by itself.'
        )}
      </p>
      <div className="flex items-end gap-2">
        <SelectField
          label="From now, end it"
          className="w-56"
          value={choice}
          disabled={!may.allowed}
          onChange={(event) => setChoice(event.target.value)}
        >
          {choices.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </SelectField>
        <Button
          disabled={!may.allowed || renew.isPending}
          title={why}
          onClick={() =>
            renew.mutate(
              { params: { id: action.id }, body: { expiresInMinutes: choice === 'never' ? null : Number(choice) } },
              { onSuccess: () => toast({ title: 'New end recorded' }) },
            )
          }
        >
          {renew.isPending ? 'Renewing…' : 'Renew'}
        </Button>
      </div>
      {why && <p className="text-xs text-muted">{why}</p>}
      {renew.isError && <Problem error={renew.error} compact what="Not renewed" />}
    </div>
  )
}
