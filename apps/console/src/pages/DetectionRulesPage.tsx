import type { Output } from '@cordon/contract'
import {
  Badge,
  Button,
  type Column,
  CopyButton,
  DataTable,
  Empty,
  Facts,
  Inert,
  PageHeader,
  Scroll,
  Section,
  SidePane,
  Skeleton,
  Time,
  buttonClass,
  inertString,
} from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { ScrollText } from 'lucide-react'
import { useState } from 'react'
import { Link, useSearchParams } from 'react-router'
import { paths } from '../app/paths.ts'
import { q } from '../api/query.ts'
import {
  ReloadRules,
  OutOfReach,
  RefusedRules,
  RuleBlindSpots,
  RuleCost,
  RuleErrors,
  RuleFolders,
  RuleState,
  RuleSwitch,
} from '../features/rules/RuleOperations.tsx'
import { SearchBox } from '../lists/SearchBox.tsx'
import { type SortedBy, useSorted } from '../lists/useSorted.ts'
import { Problem } from '../signs/Problem.tsx'
import { SeverityMark } from '../signs/Severity.tsx'
import { sentence, tacticLabel } from '../signs/attack.ts'

type Rule = Output<'ruleList'>['items'][number]

const columns: Column<Rule>[] = [
  {
    id: 'title',
    header: 'Rule',
    width: 340,
    grow: true,
    roomy: 520,
    sortKey: 'title',
    cell: (r) => (
      <span className="font-medium" title={inertString(r.title)}>
        <Inert value={r.title} max={160} />
      </span>
    ),
  },
  {
    id: 'severity',
    header: 'Severity',
    width: 122,
    sortKey: 'severity',
    cell: (r) => <SeverityMark severity={r.severity} />,
  },
  { id: 'state', header: 'Works', width: 146, cell: (r) => <RuleState rule={r} /> },
  {
    id: 'matches',
    header: 'Matches',
    width: 84,
    spare: 1,
    sortKey: 'matches',
    align: 'end',
    cell: (r) => r.matches.toLocaleString(),
  },
  {
    id: 'lastMatch',
    header: 'Last match',
    width: 140,
    spare: 1,
    sortKey: 'lastMatch',
    cell: (r) => <Time value={r.lastMatch} fallback="Never" />,
  },
  {
    id: 'cost',
    header: 'Cost',
    width: 84,
    spare: 1,
    sortKey: 'cost',
    align: 'end',
    cell: (r) => <RuleCost rule={r} />,
  },
  {
    id: 'errors',
    header: 'Errors',
    width: 66,
    spare: 1,
    sortKey: 'errors',
    align: 'end',
    cell: (r) => <RuleErrors rule={r} />,
  },
  { id: 'tier', header: 'Watches', width: 136, spare: 1, cell: (r) => sentence(r.tier) },
  {
    id: 'tactics',
    header: 'Tactics',
    width: 170,
    roomy: 280,
    spare: 1,
    cell: (r) => <Inert value={r.tactics.map(tacticLabel).join(', ') || '–'} max={120} />,
  },
  {
    id: 'techniques',
    header: 'Techniques',
    width: 120,
    roomy: 190,
    spare: 1,
    cell: (r) => <Inert value={r.techniques.join(', ') || '–'} max={80} />,
  },
]
const rank = ['informational', 'low', 'medium', 'high']
const sortedBy: SortedBy<Rule> = {
  title: (r) => r.title,
  severity: (r) => rank.indexOf(r.severity),
  matches: (r) => r.matches,
  cost: (r) => r.cost?.microseconds ?? 0,
  errors: (r) => r.cost?.errors ?? 0,
  lastMatch: (r) => r.lastMatch ?? '',
}

export function Component() {
  const [params, setParams] = useSearchParams()
  const [byKeyboard, setByKeyboard] = useState(false)
  const { data, error, isPending, refetch } = useQuery(q('ruleList', {}))
  const search = params.get('q') ?? ''
  const openId = params.get('open')
  const put = (key: string, value: string | null) =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before)
        if (value) next.set(key, value)
        else next.delete(key)
        return next
      },
      { replace: true },
    )
  const needle = search.toLowerCase()
  const found = (data?.items ?? []).filter((r) =>
    `${r.title} ${r.id} ${r.techniques.join(' ')} ${r.tactics.join(' ')}`.toLowerCase().includes(needle),
  )
  const table = useSorted(found, sortedBy, { key: 'title', dir: 'asc' })
  const chosen = data?.items.find((r) => r.id === openId)
  return (
    <>
      <title>Detection rules · Cordon</title>
      <PageHeader title="Detection rules" count={data && `${found.length} of ${data.items.length}`}>
        <ReloadRules />
        <SearchBox
          label="Search title, tactic or technique"
          value={search}
          onChange={(text) => put('q', text || null)}
        />
      </PageHeader>
      {data && <RuleFolders folders={data.folders} rules={data.items} />}
      {data && data.problems.length > 0 && <RefusedRules problems={data.problems} />}
      {data && data.outOfReach.length > 0 && <OutOfReach alerts={data.outOfReach} />}
      <div className="flex min-h-0 flex-1 border-t border-line bg-panel">
        <DataTable
          label="Detection rules"
          columns={columns}
          rowKey={(r) => r.id}
          rowName={(r) => r.title}
          {...table}
          activeKey={openId}
          onOpen={(r, keyboard) => {
            setByKeyboard(keyboard)
            put('open', r.id === openId ? null : r.id)
          }}
          placeholder={
            error ? (
              <Problem error={error} onRetry={() => void refetch()} />
            ) : isPending ? (
              <Skeleton rows={12} />
            ) : (
              <Empty
                icon={<ScrollText aria-hidden />}
                title="No rule matches"
                action={<Button onClick={() => put('q', null)}>Clear search</Button>}
              />
            )
          }
        />
        {chosen && <RulePane key={chosen.id} rule={chosen} takeFocus={byKeyboard} onClose={() => put('open', null)} />}
      </div>
    </>
  )
}

function RulePane({ rule, takeFocus, onClose }: { rule: Rule; takeFocus: boolean; onClose: () => void }) {
  return (
    <SidePane
      label="Rule details"
      eyebrow="Detection rule"
      title={<Inert value={rule.title} max={200} />}
      badges={
        <>
          <SeverityMark severity={rule.severity} />
          <Badge>{sentence(rule.tier)}</Badge>
        </>
      }
      actions={
        <Link className={buttonClass()} to={`${paths.alerts}?status=any&ruleId=${encodeURIComponent(rule.id)}`}>
          Alerts of this rule
        </Link>
      }
      takeFocus={takeFocus}
      onClose={onClose}
      className="w-[32rem] max-w-[50vw] shrink-0"
    >
      <RuleSwitch rule={rule} />
      <RuleBlindSpots rule={rule} />
      <Section title="What it finds">
        <Inert value={rule.description} max={3000} block />
      </Section>
      <Section title="Details">
        <Facts
          items={[
            { label: 'Tactics', value: rule.tactics.map(tacticLabel).join(', ') || '–' },
            { label: 'Techniques', value: rule.techniques.join(', ') || '–' },
            { label: 'Matches', value: rule.matches.toLocaleString() },
            { label: 'Last match', value: <Time value={rule.lastMatch} fallback="Never" /> },
            ...(rule.source.includes('\n')
              ? []
              : [
                  {
                    label: 'From',
                    value: <Inert value={rule.source === 'pack' ? 'Built-in rules' : rule.source} max={120} />,
                  },
                ]),
            {
              label: 'Cost',
              value: `${(rule.cost?.microseconds ?? 0).toFixed(1)} µs an evaluation, ${(rule.cost?.evaluations ?? 0).toLocaleString()} since the start`,
            },
            { label: 'Errors', value: rule.cost?.errors ? `${rule.cost.errors}: ${rule.cost.lastError}` : 'None' },
            { label: 'Needs', value: <Inert value={rule.needs?.join('; ') || 'nothing'} max={500} /> },
            ...(rule.file ? [{ label: 'File', value: <Inert value={rule.file} mono expandable /> }] : []),
            { label: 'Rule ID', value: <Inert value={rule.id} mono expandable /> },
          ]}
        />
      </Section>
      {rule.source.includes('\n') && (
        <Section title="Source" actions={<CopyButton text={inertString(rule.source, true)} label="Copy rule" />}>
          <Scroll
            label="Rule source"
            className="rounded-md border border-line bg-canvas p-3 font-mono text-xs leading-5"
          >
            <Inert value={rule.source} max={30_000} block className="break-normal" />
          </Scroll>
        </Section>
      )}
    </SidePane>
  )
}
