import { type TuningRule, tuningFields, tuningOperators } from '@cordon/incidents'
import {
  Badge,
  Button,
  type Column,
  DataTable,
  Dialog,
  Empty,
  Inert,
  PageHeader,
  Skeleton,
  Time,
  toast,
} from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { BellOff, CalendarClock, Plus } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'react-router'
import { q, useApi } from '../api/query.ts'
import { useMay } from '../api/session.ts'
import { paths } from '../app/paths.ts'
import { TuningDialog } from '../features/alerts/TuningDialog.tsx'
import { Problem } from '../signs/Problem.tsx'

const done: Record<TuningRule['action'], string> = { hide: 'Hides', resolve: 'Resolves', lower: 'Lowers severity' }

function stateOf(rule: TuningRule): string {
  const now = new Date().toISOString()
  if (!rule.enabled) return 'Off'
  if (rule.expiresAt && rule.expiresAt <= now) return 'Expired'
  if (rule.startsAt && rule.startsAt > now) return 'Planned'
  return 'In force'
}

/** What a rule covers, in words. */
function words({ conditions, scope }: TuningRule): string {
  const groups = conditions.groups.map(({ match, items }) =>
    items
      .map(
        ({ field, operator, values }) => `${tuningFields[field]} ${tuningOperators[operator]} ${values.join(' or ')}`,
      )
      .join(match === 'all' ? ' and ' : ' or '),
  )
  const where = [...scope.clusters, ...scope.namespaces, ...scope.ruleIds]
  return [...groups, ...(where.length > 0 ? [`only ${where.join(', ')}`] : [])].join('; ') || 'everything'
}

interface Acts {
  isLocked: boolean
  onSwitch: (rule: TuningRule) => void
  onDelete: (rule: TuningRule) => void
}

function tuningColumns({ isLocked, onSwitch, onDelete }: Acts): Column<TuningRule>[] {
  return [
    {
      id: 'name',
      header: 'Rule',
      width: 240,
      grow: true,
      cell: (rule) => (
        <span className="font-medium" title={rule.reason}>
          <Inert value={rule.name} max={100} />
        </span>
      ),
    },
    {
      id: 'kind',
      header: 'Kind',
      width: 120,
      cell: (rule) => (rule.kind === 'tuning' ? 'Tuning' : 'Maintenance'),
    },
    {
      id: 'state',
      header: 'State',
      width: 100,
      cell: (rule) => <Badge tone={stateOf(rule) === 'In force' ? 'caution' : 'neutral'}>{stateOf(rule)}</Badge>,
    },
    { id: 'action', header: 'Does', width: 130, cell: (rule) => done[rule.action] },
    { id: 'covers', header: 'Covers', width: 320, grow: true, cell: (rule) => <Inert value={words(rule)} max={200} /> },
    {
      id: 'applied',
      header: 'Applied to',
      width: 120,
      align: 'end',
      cell: (rule) => (
        <Link
          className="text-accent hover:underline"
          to={`${paths.alerts}?status=any&tuning=${encodeURIComponent(rule.id)}`}
        >
          {rule.applied.toLocaleString()} {rule.applied === 1 ? 'event' : 'events'}
        </Link>
      ),
    },
    {
      id: 'lastApplied',
      header: 'Last',
      width: 140,
      cell: (rule) => <Time value={rule.lastApplied} fallback="never" />,
    },
    { id: 'expiresAt', header: 'Ends', width: 140, cell: (rule) => <Time value={rule.expiresAt} fallback="never" /> },
    { id: 'createdBy', header: 'By', width: 110, cell: (rule) => <Inert value={rule.createdBy} max={60} /> },
    {
      id: 'change',
      header: 'Change',
      width: 170,
      cell: (rule) => (
        <span className="flex gap-1.5">
          <Button
            size="sm"
            disabled={isLocked}
            aria-label={`Switch ${rule.name} ${rule.enabled ? 'off' : 'on'}`}
            onClick={() => onSwitch(rule)}
          >
            {rule.enabled ? 'Switch off' : 'Switch on'}
          </Button>
          <Button size="sm" disabled={isLocked} aria-label={`Delete ${rule.name}`} onClick={() => onDelete(rule)}>
            Delete
          </Button>
        </span>
      ),
    },
  ]
}

export function Component() {
  const { data, error, isPending, refetch } = useQuery(q('tuningList', {}))
  const [open, setOpen] = useState<'tuning' | 'maintenance' | TuningRule | null>(null)
  const may = useMay('tuningCreate')
  const update = useApi('tuningUpdate')
  const columns = tuningColumns({
    isLocked: !may.allowed || update.isPending,
    onSwitch: (rule) => update.mutate({ params: { id: rule.id }, body: { enabled: !rule.enabled } }),
    onDelete: setOpen,
  })
  const reason = may.allowed ? undefined : may.reason
  return (
    <>
      <title>Alert tuning · Cordon</title>
      <PageHeader
        title="Alert tuning"
        count={data && `${data.items.length} ${data.items.length === 1 ? 'rule' : 'rules'}`}
      >
        <Link className="text-sm text-accent hover:underline" to={`${paths.alerts}?status=any&hidden=only`}>
          Hidden alerts
        </Link>
        <Button
          size="sm"
          disabled={!may.allowed}
          title={reason}
          icon={<CalendarClock className="size-3.5" aria-hidden />}
          onClick={() => setOpen('maintenance')}
        >
          New maintenance window
        </Button>
        <Button
          size="sm"
          look="primary"
          disabled={!may.allowed}
          title={reason}
          icon={<Plus className="size-3.5" aria-hidden />}
          onClick={() => setOpen('tuning')}
        >
          New tuning rule
        </Button>
      </PageHeader>
      {update.isError && <Problem error={update.error} compact what="Not changed" />}
      <div className="flex min-h-0 flex-1 border-t border-line bg-panel">
        <DataTable
          label="Tuning rules"
          rows={data?.items ?? []}
          columns={columns}
          rowKey={(rule) => rule.id}
          rowName={(rule) => rule.name}
          placeholder={
            error ? (
              <Problem error={error} onRetry={() => void refetch()} />
            ) : isPending ? (
              <Skeleton />
            ) : (
              <Empty icon={<BellOff aria-hidden />} title="No tuning rules">
                Open an alert and choose Tune alert. Every rule needs a reason, and shows here what it was applied to.
              </Empty>
            )
          }
        />
      </div>
      {(open === 'tuning' || open === 'maintenance') && <TuningDialog kind={open} onClose={() => setOpen(null)} />}
      {open && typeof open === 'object' && <DeleteRule rule={open} onClose={() => setOpen(null)} />}
    </>
  )
}

function DeleteRule({ rule, onClose }: { rule: TuningRule; onClose: () => void }) {
  const remove = useApi('tuningDelete')
  return (
    <Dialog
      open
      onClose={onClose}
      width="sm"
      title="Delete tuning rule"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="danger"
            disabled={remove.isPending}
            onClick={() =>
              remove.mutate(
                { params: { id: rule.id } },
                { onSuccess: () => (toast({ title: 'Tuning rule deleted' }), onClose()) },
              )
            }
          >
            Delete
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 p-5">
        <p>
          New alerts are no longer changed by “<Inert value={rule.name} max={100} />
          ”. Alerts it changed stay as they are.
        </p>
        {remove.isError && <Problem error={remove.error} compact what="Not deleted" />}
      </div>
    </Dialog>
  )
}
