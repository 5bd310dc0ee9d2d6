import type { TuningRule } from '@cordon/incidents'
import {
  Badge,
  Button,
  type Column,
  ConfirmDialog,
  DataTable,
  Empty,
  Inert,
  inertString,
  PageHeader,
  Skeleton,
  Time,
  buttonClass,
  toast,
} from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { BellOff, CalendarClock, Plus } from 'lucide-react'
import { useState } from 'react'
import { Link, useSearchParams } from 'react-router'
import { q, useApi } from '../api/query.ts'
import { useMay } from '../api/session.ts'
import { paths } from '../app/paths.ts'
import { HiddenAlerts } from '../features/alerts/HiddenAlerts.tsx'
import { TuningDialog } from '../features/alerts/TuningDialog.tsx'
import { TuningPane } from '../features/alerts/TuningPane.tsx'
import { coverWords, stateOfTuning, tuningActions } from '../features/alerts/tuning-words.ts'
import { type SortedBy, useSorted } from '../lists/useSorted.ts'
import { Problem } from '../signs/Problem.tsx'

const columns: Column<TuningRule>[] = [
  {
    id: 'name',
    header: 'Rule',
    sortKey: 'name',
    width: 220,
    grow: true,
    cell: (rule) => (
      <span className="font-medium" title={inertString(`${rule.name}\n${rule.reason}`)}>
        <Inert value={rule.name} max={100} />
      </span>
    ),
  },
  {
    id: 'kind',
    header: 'Kind',
    width: 124,
    cell: (rule) => (rule.kind === 'tuning' ? 'Tuning' : rule.schedule ? 'Weekly window' : 'Maintenance'),
  },
  {
    id: 'state',
    header: 'State',
    width: 90,
    sortKey: 'state',
    cell: (rule) => (
      <Badge tone={stateOfTuning(rule) === 'In force' ? 'caution' : 'neutral'}>{stateOfTuning(rule)}</Badge>
    ),
  },
  { id: 'action', header: 'Does', width: 120, cell: (rule) => tuningActions[rule.action] },
  {
    id: 'covers',
    header: 'Covers',
    width: 240,
    grow: true,
    spare: 1,
    cell: (rule) => {
      const words = coverWords(rule).join('; ')
      return (
        <span title={inertString(words)}>
          <Inert value={words} max={200} />
        </span>
      )
    },
  },
  { id: 'alerts', header: 'Did it to', width: 110, align: 'end', cell: (rule) => <ChangedAlerts rule={rule} /> },
  {
    id: 'lastApplied',
    header: 'Last applied',
    sortKey: 'lastApplied',
    width: 140,
    spare: 1,
    cell: (rule) => <Time value={rule.lastApplied} fallback="Never" />,
  },
  {
    id: 'expiresAt',
    header: 'Ends',
    sortKey: 'expiresAt',
    width: 140,
    spare: 1,
    cell: (rule) => <Time value={rule.expiresAt} fallback="Never" />,
  },
  { id: 'createdBy', header: 'By', width: 100, spare: 1, cell: (rule) => <Inert value={rule.createdBy} max={60} /> },
]

const sortedBy: SortedBy<TuningRule> = {
  name: (rule) => rule.name,
  state: stateOfTuning,
  lastApplied: (rule) => rule.lastApplied ?? '',
  // Those without an end last.
  expiresAt: (rule) => (rule.expiresAt ? Date.parse(rule.expiresAt) : Infinity),
}

export function Component() {
  const { data, error, isPending, refetch } = useQuery(q('tuningList', {}))
  const [params, setParams] = useSearchParams()
  const [byKeyboard, setByKeyboard] = useState(false)
  const [dialog, setDialog] = useState<'tuning' | 'maintenance' | 'edit' | 'delete' | null>(null)
  const may = useMay('tuningCreate')
  const reason = may.allowed ? undefined : may.reason
  const openId = params.get('open')
  const open = (id: string | null) => setParams(id ? { open: id } : {}, { replace: true })
  const table = useSorted(data?.items ?? [], sortedBy, { key: 'name', dir: 'asc' })
  const chosen = data?.items.find((rule) => rule.id === openId)
  return (
    <>
      <title>Alert tuning · Cordon</title>
      <PageHeader
        title="Alert tuning"
        count={data && `${data.items.length} ${data.items.length === 1 ? 'rule' : 'rules'}`}
      >
        <HiddenAlerts />
        <Button
          size="sm"
          disabled={!may.allowed}
          title={reason}
          icon={<CalendarClock className="size-3.5" aria-hidden />}
          onClick={() => setDialog('maintenance')}
        >
          New maintenance window
        </Button>
        <Button
          size="sm"
          look="primary"
          disabled={!may.allowed}
          title={reason}
          icon={<Plus className="size-3.5" aria-hidden />}
          onClick={() => setDialog('tuning')}
        >
          New tuning rule
        </Button>
      </PageHeader>
      <div className="flex min-h-0 flex-1 border-t border-line bg-panel">
        <DataTable
          label="Tuning rules"
          {...table}
          columns={columns}
          rowKey={(rule) => rule.id}
          rowName={(rule) => rule.name}
          activeKey={openId}
          onOpen={(rule, keyboard) => {
            setByKeyboard(keyboard)
            open(rule.id === openId ? null : rule.id)
          }}
          placeholder={
            error ? (
              <Problem error={error} onRetry={() => void refetch()} />
            ) : isPending ? (
              <Skeleton />
            ) : (
              <Empty
                icon={<BellOff aria-hidden />}
                title="No tuning rules"
                action={
                  <Link to={paths.alerts} className={buttonClass()}>
                    Go to alerts
                  </Link>
                }
              >
                Open an alert and choose Tune alert. Every rule needs a reason, and shows here what it was applied to.
              </Empty>
            )
          }
        />
        {chosen && (
          <TuningPane
            key={chosen.id}
            rule={chosen}
            alerts={<ChangedAlerts rule={chosen} />}
            takeFocus={byKeyboard}
            onEdit={() => setDialog('edit')}
            onDelete={() => setDialog('delete')}
            onClose={() => open(null)}
            className="w-[28rem] max-w-[45vw] shrink-0"
          />
        )}
      </div>
      {(dialog === 'tuning' || dialog === 'maintenance') && (
        <TuningDialog kind={dialog} onClose={() => setDialog(null)} />
      )}
      {dialog === 'edit' && chosen && <TuningDialog rule={chosen} onClose={() => setDialog(null)} />}
      {dialog === 'delete' && chosen && <DeleteRule rule={chosen} onClose={() => setDialog(null)} />}
    </>
  )
}

/** How many alerts are as the rule left them, and the way to them. */
function ChangedAlerts({ rule }: { rule: TuningRule }) {
  if (rule.alerts === 0) return <>0 alerts</>
  return (
    <Link
      className="text-accent hover:underline"
      to={`${paths.alerts}?status=any&tuning=${encodeURIComponent(rule.id)}`}
    >
      {rule.alerts.toLocaleString()} {rule.alerts === 1 ? 'alert' : 'alerts'}
    </Link>
  )
}

function DeleteRule({ rule, onClose }: { rule: TuningRule; onClose: () => void }) {
  const remove = useApi('tuningDelete')
  return (
    <ConfirmDialog
      title={rule.kind === 'tuning' ? 'Delete tuning rule' : 'Delete maintenance window'}
      confirm="Delete"
      isPending={remove.isPending}
      onConfirm={() =>
        remove.mutate(
          { params: { id: rule.id } },
          { onSuccess: () => (toast({ title: 'Tuning rule deleted' }), onClose()) },
        )
      }
      onClose={onClose}
    >
      <p>
        New alerts are no longer changed by “<Inert value={rule.name} max={100} />
        ”. Alerts it changed stay as they are; undo first what was applied to past alerts if they should not.
      </p>
      {remove.isError && <Problem error={remove.error} compact what="Not deleted" />}
    </ConfirmDialog>
  )
}
