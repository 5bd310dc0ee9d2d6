import { CheckField, Inert, Notice } from '@cordon/ui'
import { Siren, UserCheck } from 'lucide-react'

/** Says that a second person is needed, and offers to act at once with what follows from that. */
export function BreakGlass({
  reason,
  checked,
  onChange,
}: {
  reason: string | null
  checked: boolean
  onChange: (checked: boolean) => void
}) {
  return (
    <Notice kind={checked ? 'danger' : 'warning'} icon={checked ? <Siren aria-hidden /> : <UserCheck aria-hidden />}>
      <p>
        <span className="font-semibold">
          {checked ? 'You act without the second person.' : 'A second person must approve this.'}
        </span>{' '}
        {reason && <Inert value={reason} max={400} />} {!checked && 'Nothing is written before that.'}
      </p>
      <div className="mt-2">
        <CheckField
          label="Break glass: act at once"
          help="It is written to the cluster now. The record says that you did not wait for approval, and someone else must review it afterwards."
          checked={checked}
          onChange={(event) => onChange(event.target.checked)}
        />
      </div>
    </Notice>
  )
}
