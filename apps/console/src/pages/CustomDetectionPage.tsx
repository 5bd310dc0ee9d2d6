import type { Output } from '@cordon/contract'
import { Inert, Notice, PageHeader, Skeleton, Tabs, Time, toast } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { CirclePause, TriangleAlert } from 'lucide-react'
import { useParams, useSearchParams } from 'react-router'
import { q, useApi } from '../api/query.ts'
import { DetectionState } from '../features/custom-detections/DetectionState.tsx'
import { draftOf } from '../features/custom-detections/detection-draft.ts'
import { Problem } from '../signs/Problem.tsx'
import { SeverityMark } from '../signs/Severity.tsx'
import { DefinitionTab } from './detections/DefinitionTab.tsx'
import { DetectionActs } from './detections/DetectionActs.tsx'
import { DetectionEditor } from './detections/DetectionEditor.tsx'
import { DetectionFacts } from './detections/DetectionFacts.tsx'
import { RaisedAlerts } from './detections/RaisedAlerts.tsx'
import { RequestsTab } from './detections/RequestsTab.tsx'
import { RunsTab } from './detections/RunsTab.tsx'

type Details = Output<'customDetectionGet'>
type Tab = 'runs' | 'alerts' | 'responses' | 'definition'
const tabs: readonly Tab[] = ['runs', 'alerts', 'responses', 'definition']
const refetchMs = 15_000

/** One custom detection: what it found, its runs, what it asked for and what it is. */
export function Component() {
  const { id = '' } = useParams()
  const [params, setParams] = useSearchParams()
  const { data, error, refetch } = useQuery({
    ...q('customDetectionGet', { params: { id } }),
    refetchInterval: refetchMs,
  })
  const asked = params.get('tab')
  const tab = tabs.find((one) => one === asked) ?? 'runs'
  const isEditing = params.get('edit') === '1'
  if (error && !data)
    return (
      <>
        <title>Custom detection · Cordon</title>
        <PageHeader title="Custom detection" />
        <Problem error={error} onRetry={() => void refetch()} />
      </>
    )
  if (!data) return <Skeleton rows={12} />
  return (
    <>
      <title>{`${data.name} · Cordon`}</title>
      <PageHeader
        title={<Inert value={data.name} max={100} />}
        meta={
          <>
            <DetectionState detection={data} />
            <SeverityMark severity={data.severity} />
          </>
        }
      >
        {!isEditing && <DetectionActs detection={data} onEdit={() => setParams({ edit: '1' })} />}
      </PageHeader>
      {isEditing ? (
        <Editing detection={data} onDone={() => setParams({})} />
      ) : (
        <>
          <Warnings detection={data} />
          <DetectionFacts detection={data} />
          <Tabs
            label="Custom detection"
            value={tab}
            onChange={(next) => setParams(next === 'runs' ? {} : { tab: next }, { replace: true })}
            tabs={[
              { value: 'runs', label: 'Runs', count: data.runs.length },
              { value: 'alerts', label: 'Alerts', count: data.alerts.total },
              { value: 'responses', label: 'Responses asked for', count: data.requests.length },
              { value: 'definition', label: 'Definition' },
            ]}
          >
            {tab === 'runs' && <RunsTab detection={data} />}
            {tab === 'alerts' && <RaisedAlerts id={data.id} />}
            {tab === 'responses' && <RequestsTab detection={data} />}
            {tab === 'definition' && <DefinitionTab detection={data} />}
          </Tabs>
        </>
      )}
    </>
  )
}

function Warnings({ detection }: { detection: Details }) {
  const { state, note, lastRun, failures, nextRunAt } = detection
  if (state === 'paused')
    return (
      <Notice kind="danger" icon={<CirclePause className="text-broken" aria-hidden />} className="mx-5 mb-3">
        <Inert value={note ?? 'Paused.'} max={2000} /> Correct the query, or switch it on again.
      </Notice>
    )
  if (lastRun?.state !== 'failed') return null
  return (
    <Notice kind="warning" icon={<TriangleAlert className="text-caution" aria-hidden />} className="mx-5 mb-3">
      {lastRun.attempts > 1 ? (
        <>
          {lastRun.attempts.toLocaleString()} attempts have failed since <Time value={lastRun.startedAt} />; the next is
          at <Time value={nextRunAt} fallback="–" />:{' '}
        </>
      ) : (
        `The last run failed${failures > 1 ? ` (${failures} in a row; it is paused after 5)` : ''}: `
      )}
      <Inert value={lastRun.error ?? ''} max={2000} />
    </Notice>
  )
}

function Editing({ detection, onDone }: { detection: Details; onDone: () => void }) {
  const update = useApi('customDetectionUpdate')
  return (
    <DetectionEditor
      initial={draftOf(detection)}
      saving={update}
      saveLabel="Save"
      onSave={(draft) =>
        update.mutate(
          // Switching is another act than editing.
          { params: { id: detection.id }, body: { ...draft, enabled: detection.enabled, version: detection.version } },
          { onSuccess: () => (toast({ title: 'Custom detection saved' }), onDone()) },
        )
      }
      onCancel={onDone}
    />
  )
}
