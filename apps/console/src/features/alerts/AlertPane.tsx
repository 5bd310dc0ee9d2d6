import type { Alert } from '@cordon/incidents'
import { Badge, Button, Inert, Notice, SelectField, SidePane } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { BellOff } from 'lucide-react'
import { type ReactNode, Suspense, lazy, useState } from 'react'
import { q, useApi } from '../../api/query.ts'
import { useMay } from '../../api/session.ts'
import { PaneWait, waitTitle } from '../../signs/PaneWait.tsx'
import { SeverityMark } from '../../signs/Severity.tsx'
import { AlertDetails } from './AlertDetails.tsx'

// Fetched when asked for.
const TuningDialog = lazy(async () => ({ default: (await import('./TuningDialog.tsx')).TuningDialog }))
const MoveAlerts = lazy(async () => ({ default: (await import('./MoveAlerts.tsx')).MoveAlerts }))

export interface AlertPaneProps {
  alertId: string
  links?: ReactNode
  onEntity: (key: string) => void
  onClose?: () => void
  onPrevious?: () => void
  onNext?: () => void
  takeFocus?: boolean
  className?: string
}

/** One alert beside its list. */
export function AlertPane({
  alertId,
  links,
  onEntity,
  onClose,
  onPrevious,
  onNext,
  takeFocus,
  className,
}: AlertPaneProps) {
  const query = useQuery(q('alertGet', { params: { id: alertId } }))
  const { data } = query
  return (
    <SidePane
      label="Alert details"
      eyebrow="Alert"
      title={data ? <Inert value={data.title} max={200} /> : waitTitle(query)}
      badges={
        data && (
          <>
            <SeverityMark severity={data.severity} />
            <Badge>Incident {data.incidentId}</Badge>
          </>
        )
      }
      actions={
        data && (
          <>
            <AlertStatusSelect alert={data} />
            {links}
            <AlertDialogs alert={data} />
          </>
        )
      }
      onClose={onClose}
      onPrevious={onPrevious}
      onNext={onNext}
      takeFocus={takeFocus}
      className={className}
    >
      <PaneWait query={query} />
      {data?.tuning && <TuningNotice tuning={data.tuning} />}
      {data && <AlertDetails alert={data} onEntity={onEntity} />}
    </SidePane>
  )
}

const done = { hide: 'Hidden', resolve: 'Resolved', lower: 'Lowered in severity' }

function TuningNotice({ tuning }: { tuning: NonNullable<Alert['tuning']> }) {
  return (
    <Notice icon={<BellOff aria-hidden />}>
      {done[tuning.action]} by the tuning rule “<Inert value={tuning.name} max={100} />
      ”. The detection rule had given the severity {tuning.severity}.
    </Notice>
  )
}

function AlertDialogs({ alert }: { alert: Alert }) {
  const [open, setOpen] = useState<'tune' | 'move' | null>(null)
  const mayTune = useMay('tuningCreate')
  const mayMove = useMay('alertMove')
  return (
    <>
      <Button
        disabled={!mayTune.allowed}
        title={mayTune.allowed ? undefined : mayTune.reason}
        onClick={() => setOpen('tune')}
      >
        Tune alert
      </Button>
      <Button
        disabled={!mayMove.allowed}
        title={mayMove.allowed ? undefined : mayMove.reason}
        onClick={() => setOpen('move')}
      >
        Move alert
      </Button>
      <Suspense fallback={null}>
        {open === 'tune' && <TuningDialog alert={alert} onClose={() => setOpen(null)} />}
        {open === 'move' && <MoveAlerts alerts={[alert]} onClose={() => setOpen(null)} />}
      </Suspense>
    </>
  )
}

function AlertStatusSelect({ alert }: { alert: Alert }) {
  const update = useApi('alertUpdate')
  const may = useMay('alertUpdate')
  return (
    <div className="w-36" title={may.allowed ? undefined : may.reason}>
      <SelectField
        label="Status"
        hideLabel
        disabled={!may.allowed || update.isPending}
        value={alert.status}
        error={update.isError ? 'Not changed. Try again.' : null}
        onChange={(event) =>
          update.mutate({ params: { id: alert.id }, body: { status: event.target.value as Alert['status'] } })
        } // the options are the statuses
      >
        <option value="new">New</option>
        <option value="in-progress">In progress</option>
        <option value="resolved">Resolved</option>
      </SelectField>
    </div>
  )
}
