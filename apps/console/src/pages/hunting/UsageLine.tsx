import { Button, Facts, Popover } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { Gauge } from 'lucide-react'
import { q } from '../../api/query.ts'
import { bytes } from './QueryDetails.tsx'

/** What one's hunts may use, and what of it they have used. */
export function UsageLine() {
  const { data } = useQuery({ ...q('huntingUsage', {}), refetchInterval: 30_000 })
  if (!data) return null
  const { limits, usedSeconds, overall } = data
  const used = `${Math.round(usedSeconds).toLocaleString()} s`
  const time =
    limits.quotaSeconds === null
      ? used
      : `${used} of ${limits.quotaSeconds.toLocaleString()} s in ${limits.quotaMinutes} minutes`
  return (
    <Popover
      label="Limits of hunting"
      trigger={
        <Button look="quiet" size="sm" icon={<Gauge className="size-3.5" aria-hidden />}>
          Engine time: {time}
        </Button>
      }
    >
      <div className="w-96">
        <Facts
          items={[
            { label: 'Engine time', value: time },
            { label: 'Rows shown', value: limits.rows.toLocaleString() },
            { label: 'Rows exported', value: limits.exportRows?.toLocaleString() ?? 'All' },
            { label: 'Time of a query', value: `${limits.seconds} s; ${limits.exportSeconds} s for an export` },
            { label: 'Memory', value: bytes(limits.memoryBytes) },
            { label: 'At once', value: `${limits.concurrent} of yours, ${limits.overall} of everyone’s` },
            { label: 'May wait', value: `${limits.waiting} of yours` },
            { label: 'Now', value: `${overall.running} running, ${overall.waiting} waiting, of everyone’s` },
          ]}
        />
        <p className="mt-3 text-xs text-muted">
          They keep hunts from slowing ingest, detection and each other. Cancelling a query frees its place at once.
        </p>
      </div>
    </Popover>
  )
}
