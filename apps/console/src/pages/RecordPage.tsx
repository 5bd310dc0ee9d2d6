import { PageHeader, Tabs } from '@cordon/ui'
import { useSearchParams } from 'react-router'
import { FindingsTab } from './record/FindingsTab.tsx'
import { LedgerTab } from './record/LedgerTab.tsx'

/** The audit record and what speaks against it. */
export function Component() {
  const [params, setParams] = useSearchParams()
  const tab = params.get('tab') === 'findings' ? 'findings' : 'ledger'
  return (
    <>
      <title>Record · Cordon</title>
      <PageHeader
        title="Record"
        meta={<span className="text-sm text-muted">Who changed what, chained and signed.</span>}
      />
      <Tabs
        label="Record"
        value={tab}
        onChange={(next) => setParams(next === 'ledger' ? {} : { tab: next }, { replace: true })}
        tabs={[
          { value: 'ledger', label: 'Ledger' },
          { value: 'findings', label: 'Findings' },
        ]}
      >
        {tab === 'ledger' ? <LedgerTab /> : <FindingsTab />}
      </Tabs>
    </>
  )
}
