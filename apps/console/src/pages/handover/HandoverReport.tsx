import type { Finding, Handover, HandoverAction, LedgerItem, Percentiles } from '@cordon/contract'
import { Inert, Time } from '@cordon/ui'
import { Link } from 'react-router'
import { paths } from '../../app/paths.ts'
import { type ReportColumn, ReportTable } from '../../features/handover/ReportTable.tsx'
import { durationText } from '../../features/handover/duration.ts'
import { detailsText } from '../../features/record/details-text.ts'
import { findingKinds } from '../../features/record/finding-filters.ts'
import { reviewReasons } from '../../features/response/review-reasons.ts'
import { ActionStateBadge, actionLabel } from '../../signs/ActionState.tsx'
import { SeverityMark } from '../../signs/Severity.tsx'
import { StatusMark } from '../../signs/Status.tsx'
import { SubjectLink } from '../record/SubjectLink.tsx'

type IncidentRow = Handover['opened'][number]

/** Every list of a hand-over, what is still to do first. */
export function HandoverReport({ report }: { report: Handover }) {
  const { counts } = report
  const actionKey = (row: HandoverAction) => row.id
  const incidentKey = (row: IncidentRow) => String(row.id)
  return (
    <>
      <ReportTable
        title="In force"
        note="Isolations and restrictions that the next shift takes over, in the state they have now."
        rows={report.inForce}
        total={counts.inForce}
        columns={[...actionColumns, ends]}
        rowKey={actionKey}
        empty="Nothing is isolated or restricted."
      />
      <ReportTable
        title="Open incidents"
        rows={report.stillOpen}
        total={counts.stillOpen}
        columns={[...incidentColumns, assigned]}
        rowKey={incidentKey}
        empty="No incident is open."
      />
      <ReportTable
        title="Reviews due"
        rows={report.reviewsDue}
        total={counts.reviewsDue}
        columns={[...actionColumns, why]}
        rowKey={actionKey}
        empty="No action is due for review."
      />
      <ReportTable
        title="Findings"
        note="Where the record and a cluster’s audit log differ, and nobody has said why."
        rows={report.findings}
        total={counts.findings}
        columns={findingColumns}
        rowKey={(row) => String(row.id)}
        empty="None. The record page says how far each cluster was compared."
      />
      <ReportTable
        title="Actions taken"
        rows={report.actions}
        total={counts.actions}
        columns={[...actionColumns, outcome]}
        rowKey={actionKey}
        empty="No action was asked for in this time."
      />
      <ReportTable
        title="Incidents opened"
        rows={report.opened}
        total={counts.opened}
        columns={[...incidentColumns, assigned]}
        rowKey={incidentKey}
        empty="None."
      />
      <ReportTable
        title="Incidents closed"
        rows={report.closed}
        total={counts.closed}
        columns={[...incidentColumns, ...closing]}
        rowKey={incidentKey}
        empty="None."
      />
      <ReportTable
        title="Changes of rights and settings"
        rows={report.changes}
        total={counts.changes}
        columns={changeColumns}
        rowKey={(row) => String(row.seq)}
        empty="None."
      />
      <ReportTable
        title="How long it took"
        note="Half of the cases took at most the median; 95 of 100 at most the last column."
        rows={report.intervals}
        columns={intervalColumns}
        rowKey={(row) => `${row.from} ${row.to}`}
        empty="Nothing was measured."
      />
    </>
  )
}

function Who({ name, none }: { name: string | null; none: string }) {
  return name ? <Inert value={name} max={60} /> : <span className="text-muted">{none}</span>
}

const incidentColumns: ReportColumn<IncidentRow>[] = [
  {
    header: 'Incident',
    cell: (r) => (
      <Link to={paths.incident(r.id)} className="rounded font-medium hover:text-accent hover:underline">
        {r.id} · <Inert value={r.name} max={160} />
      </Link>
    ),
  },
  { header: 'Severity', cell: (r) => <SeverityMark severity={r.severity} /> },
  { header: 'Status', cell: (r) => <StatusMark status={r.status} /> },
  { header: 'Opened', cell: (r) => <Time value={r.createdAt} /> },
]

const assigned: ReportColumn<IncidentRow> = {
  header: 'Assigned to',
  minWidth: 90,
  cell: (r) => <Who name={r.assignedTo} none="Nobody" />,
}
const closing: ReportColumn<IncidentRow>[] = [
  { header: 'Closed by', minWidth: 90, cell: (r) => <Who name={r.closedBy} none="–" /> },
  { header: 'Closed', cell: (r) => <Time value={r.closedAt} /> },
]

const actionColumns: ReportColumn<HandoverAction>[] = [
  { header: 'Asked for', cell: (r) => <Time value={r.requestedAt} /> },
  {
    header: 'Action',
    cell: (r) => (
      <Link to={paths.action(r.id)} className="rounded font-medium hover:text-accent hover:underline">
        {actionLabel(r.type)}
      </Link>
    ),
  },
  {
    header: 'Target',
    minWidth: 150,
    cell: (r) => (
      <>
        <Inert value={r.target} max={120} />
        <span className="block text-xs text-muted">
          <Inert value={`${r.cluster} / ${r.namespace}`} max={120} />
        </span>
      </>
    ),
  },
  { header: 'State', cell: (r) => <ActionStateBadge state={r.state} /> },
  { header: 'By', minWidth: 112, cell: (r) => <Who name={r.requestedBy} none="–" /> },
]
const why: ReportColumn<HandoverAction> = {
  header: 'Why',
  cell: (r) => r.review?.reasons.map((x) => reviewReasons[x] ?? x).join(', ') ?? '–',
}
const outcome: ReportColumn<HandoverAction> = {
  header: 'What is true now',
  cell: (r) => <Inert value={r.outcome} max={240} />,
}
const ends: ReportColumn<HandoverAction> = {
  header: 'Ends by itself',
  cell: (r) => <Time value={r.expiresAt} fallback="No" />,
}

const findingColumns: ReportColumn<Finding>[] = [
  { header: 'Found', cell: (r) => <Time value={r.foundAt} /> },
  { header: 'Kind', minWidth: 150, cell: (r) => findingKinds[r.kind] },
  { header: 'What differs', cell: (r) => <Inert value={r.text} max={300} /> },
  { header: 'Cluster', minWidth: 90, cell: (r) => <Inert value={r.cluster} max={60} /> },
]

const changeColumns: ReportColumn<LedgerItem>[] = [
  { header: 'Time', cell: (r) => <Time value={r.at} /> },
  { header: 'By', minWidth: 112, cell: (r) => <Inert value={r.actor} max={60} /> },
  { header: 'Kind', minWidth: 130, cell: (r) => <Inert value={r.kind} max={60} /> },
  { header: 'Subject', minWidth: 140, cell: (r) => <SubjectLink subject={r.subject} /> },
  { header: 'What', cell: (r) => <Inert value={detailsText(r.details) || '–'} max={240} /> },
]

const moments: Record<Percentiles['from'] | Percentiles['to'], string> = {
  alert: 'Alert',
  seen: 'seen',
  decided: 'decided',
  applied: 'applied',
  verified: 'verified',
  released: 'released',
}
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
const intervalColumns: ReportColumn<Percentiles>[] = [
  { header: 'From … to', cell: (r) => `${capital(moments[r.from])} → ${moments[r.to]}` },
  { header: 'Cases', align: 'end', cell: (r) => r.count.toLocaleString() },
  { header: 'Median', align: 'end', cell: (r) => durationText(r.p50) },
  { header: '90 of 100', align: 'end', cell: (r) => durationText(r.p90) },
  { header: '95 of 100', align: 'end', cell: (r) => durationText(r.p95) },
]
