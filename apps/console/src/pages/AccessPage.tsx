import { Empty, PageHeader, Tabs } from '@cordon/ui'
import { Lock } from 'lucide-react'
import { useSearchParams } from 'react-router'
import { useMay } from '../api/session.ts'
import { Accounts } from '../features/access/Accounts.tsx'
import { RetentionForm } from '../features/access/RetentionForm.tsx'
import { ResponsePolicyForm } from '../features/access/ResponsePolicyForm.tsx'
import { Tokens } from '../features/access/Tokens.tsx'

export function Component() {
  const may = useMay('accountList')
  const [params, setParams] = useSearchParams()
  const asked = params.get('tab')
  const tab = asked === 'tokens' || asked === 'approval' || asked === 'retention' ? asked : 'accounts'
  return (
    <>
      <title>Access · Cordon</title>
      <PageHeader title="Access" />
      {may.allowed ? (
        <Tabs
          label="Access"
          value={tab}
          onChange={(next) => setParams(next === 'accounts' ? {} : { tab: next }, { replace: true })}
          tabs={[
            { value: 'accounts', label: 'Accounts' },
            { value: 'tokens', label: 'Tokens' },
            { value: 'approval', label: 'Approval policy' },
            { value: 'retention', label: 'Data retention' },
          ]}
        >
          {tab === 'accounts' && <Accounts />}
          {tab === 'tokens' && <Tokens />}
          {tab === 'approval' && <ResponsePolicyForm />}
          {tab === 'retention' && <RetentionForm />}
        </Tabs>
      ) : (
        <Empty icon={<Lock aria-hidden />} title="You may not see this page">
          {may.reason}
        </Empty>
      )}
    </>
  )
}
