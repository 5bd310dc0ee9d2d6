import type { CustomDetection } from '@cordon/contract'
import { Button, DataTable, Empty, Notice, PageHeader, Skeleton, buttonClass, inertString } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { CirclePause, Plus, SearchCode } from 'lucide-react'
import { Link, useNavigate, useSearchParams } from 'react-router'
import { q } from '../api/query.ts'
import { useMay } from '../api/session.ts'
import { paths } from '../app/paths.ts'
import { detectionColumns, detectionsBy } from '../features/custom-detections/detection-columns.tsx'
import { SearchBox } from '../lists/SearchBox.tsx'
import { useSorted } from '../lists/useSorted.ts'
import { Problem } from '../signs/Problem.tsx'

// Continuous runs that find nothing are not announced.
const refetchMs = 15_000

/** Queries that raise alerts by themselves. */
export function Component() {
  const [params, setParams] = useSearchParams()
  const navigate = useNavigate()
  const { data, error, isPending, refetch } = useQuery({ ...q('customDetectionList', {}), refetchInterval: refetchMs })
  const search = params.get('q') ?? ''
  const found = (data?.items ?? []).filter((d) => matches(d, search.toLowerCase()))
  const table = useSorted(found, detectionsBy, { key: 'name', dir: 'asc' })
  const paused = (data?.items ?? []).filter(({ state }) => state === 'paused').length
  return (
    <>
      <title>Custom detections · Cordon</title>
      <PageHeader
        title="Custom detections"
        count={
          data &&
          (search
            ? `${found.length} of ${data.items.length}`
            : `${data.items.length} ${data.items.length === 1 ? 'detection' : 'detections'}`)
        }
      >
        <SearchBox
          label="Search name or query"
          value={search}
          onChange={(text) => setParams(text ? { q: text } : {}, { replace: true })}
        />
        <NewDetection />
      </PageHeader>
      {paused > 0 && (
        <Notice kind="warning" icon={<CirclePause className="text-caution" aria-hidden />} className="mx-5 mb-2.5">
          {paused === 1
            ? 'One detection is paused after repeated failures and raises nothing until someone has looked at it.'
            : `${paused} detections are paused after repeated failures and raise nothing until someone has looked at them.`}
        </Notice>
      )}
      <div className="flex min-h-0 flex-1 border-t border-line bg-panel">
        <DataTable
          label="Custom detections"
          columns={detectionColumns}
          rowKey={(d) => d.id}
          rowName={(d) => inertString(d.name)}
          {...table}
          onOpen={(d) => void navigate(paths.detection(d.id))}
          placeholder={
            error ? (
              <Problem error={error} onRetry={() => void refetch()} />
            ) : isPending ? (
              <Skeleton rows={10} />
            ) : search ? (
              <Empty
                icon={<SearchCode aria-hidden />}
                title="No detection matches"
                action={<Button onClick={() => setParams({}, { replace: true })}>Clear search</Button>}
              />
            ) : (
              <Empty icon={<SearchCode aria-hidden />} title="No custom detections yet" action={<NewDetection />}>
                A query that finds what you look for can keep looking by itself, and raise alerts that join incidents
                like any other.
              </Empty>
            )
          }
        />
      </div>
    </>
  )
}

function matches({ name, query, techniques }: CustomDetection, needle: string): boolean {
  return `${name}\n${query}\n${techniques.join(' ')}`.toLowerCase().includes(needle)
}

function NewDetection() {
  const may = useMay('customDetectionCreate')
  const icon = <Plus className="size-3.5" aria-hidden />
  return may.allowed ? (
    <Link to={paths.newDetection()} className={buttonClass('primary', 'sm')}>
      {icon} New detection
    </Link>
  ) : (
    <Button size="sm" aria-disabled title={may.reason} icon={icon}>
      New detection
    </Button>
  )
}
