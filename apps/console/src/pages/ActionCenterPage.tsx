import { PageHeader, Tabs } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearchParams } from 'react-router'
import { paths } from '../app/paths.ts'
import { q } from '../api/query.ts'
import { HistoryTab } from './actions/HistoryTab.tsx'
import { PendingTab } from './actions/PendingTab.tsx'
import { ReviewTab } from './actions/ReviewTab.tsx'

type Tab = 'history' | 'pending' | 'review'

/** What was done, what waits for a second person, and what must be looked at again. */
export function Component() {
  const [params] = useSearchParams()
  const navigate = useNavigate()
  const asked = params.get('tab')
  const tab: Tab = asked === 'pending' || asked === 'review' ? asked : 'history'
  const pending = useQuery(q('actionList', { query: { state: ['pending-approval'], limit: 1 } }))
  const due = useQuery(q('actionList', { query: { review: ['due'], limit: 1 } }))
  const choose = (next: Tab) =>
    void navigate({ pathname: paths.actions, search: next === 'history' ? '' : `?tab=${next}` }, { replace: true })
  return (
    <>
      <title>Action center · Cordon</title>
      <PageHeader title="Action center" />
      <Tabs
        label="Action center"
        value={tab}
        onChange={choose}
        tabs={[
          { value: 'history', label: 'History' },
          { value: 'pending', label: 'Pending', count: pending.data?.total },
          { value: 'review', label: 'Review', count: due.data?.total },
        ]}
      >
        {tab === 'pending' ? <PendingTab /> : tab === 'review' ? <ReviewTab /> : <HistoryTab />}
      </Tabs>
    </>
  )
}
