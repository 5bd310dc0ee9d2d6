import type { Handover } from '@cordon/contract'
import { Button, PageHeader, Scroll, Skeleton, Time } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { Printer } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useSearchParams } from 'react-router'
import { q } from '../api/query.ts'
import { useSession } from '../api/session.ts'
import { ActionsChart } from '../features/handover/ActionsChart.tsx'
import { ShiftPicker } from '../features/handover/ShiftPicker.tsx'
import { type Shift, lastHours, shiftHours } from '../features/handover/shift.ts'
import { Problem } from '../signs/Problem.tsx'
import { HandoverReport } from './handover/HandoverReport.tsx'

/** What the next shift must know, on screen and on paper. */
export function Component() {
  const [params, setParams] = useSearchParams()
  // Kept while the page is open: a report whose beginning moves on can't be compared with its print.
  const [byDefault] = useState(() => lastHours(shiftHours[0], Date.now()))
  const from = params.get('from')
  const shift: Shift = from ? { from, to: params.get('to') ?? undefined } : byDefault
  const { data, error, isPending, refetch } = useQuery(q('handoverGet', { query: shift }))
  usePaperColours()
  return (
    <>
      <title>Hand-over · Cordon</title>
      <PageHeader title="Hand-over" meta={data && <Span report={data} />}>
        <Button
          className="print:hidden"
          icon={<Printer className="size-4" aria-hidden />}
          disabled={!data}
          onClick={() => print()}
        >
          Print
        </Button>
      </PageHeader>
      <Scroll label="Hand-over report" className="flex-1 border-t border-line">
        <div className="mx-auto flex max-w-6xl flex-col gap-6 px-5 py-4">
          <ShiftPicker
            key={`${shift.from} ${shift.to ?? ''}`}
            shift={shift}
            onChange={(next) => setParams({ ...next }, { replace: true })}
          />
          {error && <Problem error={error} compact onRetry={() => void refetch()} />}
          {isPending && <Skeleton rows={14} />}
          {data && (
            <>
              <Counts report={data} />
              <ActionsChart shift={shift} madeAt={data.to} />
              <HandoverReport report={data} />
              <Origin report={data} />
            </>
          )}
        </div>
      </Scroll>
    </>
  )
}

function Span({ report }: { report: Handover }) {
  return (
    <span className="text-sm text-muted">
      <Time value={report.from} /> – <Time value={report.to} />
    </span>
  )
}

const counted: readonly { id: string; label: string }[] = [
  { id: 'inForce', label: 'in force' },
  { id: 'stillOpen', label: 'incidents open' },
  { id: 'reviewsDue', label: 'reviews due' },
  { id: 'findings', label: 'findings' },
  { id: 'actions', label: 'actions taken' },
  { id: 'opened', label: 'incidents opened' },
  { id: 'closed', label: 'incidents closed' },
  { id: 'changes', label: 'changes of settings' },
]

function Counts({ report }: { report: Handover }) {
  return (
    <ul
      aria-label="Counts"
      className="grid grid-cols-4 gap-px overflow-hidden rounded-lg border border-line bg-line lg:grid-cols-8"
    >
      {counted.map(({ id, label }) => (
        <li key={id} className="bg-panel px-3 py-2">
          <span className="block text-xl font-semibold tabular-nums">{(report.counts[id] ?? 0).toLocaleString()}</span>
          <span className="text-xs text-muted">{label}</span>
        </li>
      ))}
    </ul>
  )
}

function Origin({ report }: { report: Handover }) {
  const { data } = useSession()
  return (
    <p className="border-t border-line pt-3 text-xs text-muted [overflow-wrap:anywhere]">
      Made <Time value={report.madeAt} /> for {data?.user?.displayName || data?.user?.name}
      {report.ledger
        ? ` from the ledger, entries ${report.ledger.from.toLocaleString()} to ${report.ledger.to.toLocaleString()}, head ${report.ledger.head}.`
        : '. The ledger has no entry from this time.'}
    </p>
  )
}

/** Paper is white: the light colours for the time of printing. */
function usePaperColours() {
  useEffect(() => {
    const root = document.documentElement
    let before: string | undefined
    const toPaper = () => {
      before = root.dataset.theme
      root.dataset.theme = 'light'
    }
    const back = () => {
      if (before !== undefined) root.dataset.theme = before
    }
    addEventListener('beforeprint', toPaper)
    addEventListener('afterprint', back)
    return () => {
      removeEventListener('beforeprint', toPaper)
      removeEventListener('afterprint', back)
    }
  }, [])
}
