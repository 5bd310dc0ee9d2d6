import type { EntityGraph, Evidence, GraphNode } from '@cordon/entities'
import type { Incident } from '@cordon/incidents'
import type { Action } from '@cordon/response'
import { type Column, DataTable, Empty, Time } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { FileSearch, ShieldBan, ShieldCheck } from 'lucide-react'
import { useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { paths } from '../../app/paths.ts'
import { q } from '../../api/query.ts'
import { useMay } from '../../api/session.ts'
import { GoHuntSign } from '../../features/hunting/GoHunt.tsx'
import { actionColumns } from '../../features/response/action-columns.tsx'
import { ManyButton } from '../../features/response/ManyButton.tsx'
import { ListPlaceholder } from '../../lists/ListPlaceholder.tsx'
import { useRequestMany } from '../../features/response/action-request.ts'
import { ContainmentBadge } from '../../signs/ContainmentBadge.tsx'
import { EntityName, kindLabel } from '../../signs/EntityName.tsx'
import { SeverityMark } from '../../signs/Severity.tsx'
import { actionLabel } from '../../signs/ActionState.tsx'
import { sentence } from '../../signs/attack.ts'

interface Row {
  key: string
  kind: Evidence['kind']
  name: string
  roles: Set<string>
  firstSeen: string
  alerts: number
}

/** Every entity named as evidence, and every action taken for this incident. */
export function EvidenceTab({ incident, graph }: { incident: Incident; graph: EntityGraph | undefined }) {
  const navigate = useNavigate()
  const actions = useQuery(q('actionList', { query: { incidentId: [incident.id], limit: 200 } }))
  const nodes = new Map(graph?.nodes.map((node) => [node.key, node]))
  const columns = evidenceColumns(nodes, incident.id)
  const rows = evidenceOf(incident)
  const [selected, setSelected] = useState<Set<string>>(new Set())
  const chosen = rows.filter((row) => selected.has(row.key))
  return (
    <div className="grid min-h-0 flex-1 grid-cols-[minmax(0,1fr)] grid-rows-[minmax(0,3fr)_minmax(0,2fr)] bg-panel">
      <section aria-labelledby="evidence-title" className="flex min-h-0 min-w-0 flex-col">
        <div className="flex min-h-10 flex-wrap items-center gap-2 px-5 pt-2 pb-1">
          <h2 id="evidence-title" className="mr-auto text-sm font-semibold">
            Evidence
          </h2>
          {chosen.length > 0 && <IsolateMany rows={chosen} incidentId={incident.id} />}
        </div>
        <DataTable
          label="Evidence"
          rows={rows}
          selected={new Set(chosen.map((row) => row.key))}
          onSelect={setSelected}
          columns={columns}
          rowKey={(row) => row.key}
          rowName={(row) => row.name}
          placeholder={
            <Empty icon={<FileSearch aria-hidden />} title="No evidence">
              The alerts name no entity.
            </Empty>
          }
        />
      </section>
      <section aria-labelledby="response-title" className="flex min-h-0 min-w-0 flex-col border-t border-line">
        <h2 id="response-title" className="px-5 pt-3 pb-1 text-sm font-semibold">
          Response
        </h2>
        <DataTable
          label="Response actions of this incident"
          rows={actions.data?.items ?? []}
          columns={actionColumns(actionLink).filter((column) => column.id !== 'incident')}
          rowKey={(action) => action.id}
          rowName={(action) => actionLabel(action.type)}
          onOpen={(action) => void navigate(paths.action(action.id))}
          placeholder={
            <ListPlaceholder query={actions} rows={3}>
              <Empty icon={<ShieldCheck aria-hidden />} title="No action was taken yet">
                Choose a pod in the attack story to isolate or terminate it.
              </Empty>
            </ListPlaceholder>
          }
        />
      </section>
    </div>
  )
}

function IsolateMany({ rows, incidentId }: { rows: readonly Row[]; incidentId: number }) {
  const open = useRequestMany()
  const may = useMay('actionRequestMany')
  const why = !may.allowed
    ? may.reason
    : rows.some((row) => row.kind !== 'pod')
      ? 'Only pods can be isolated: choose pods only.'
      : undefined
  return (
    <ManyButton
      count={rows.length}
      why={why}
      look="danger"
      icon={<ShieldBan className="size-3.5" aria-hidden />}
      onClick={() =>
        open({
          type: 'isolate-pod',
          source: 'incident-graph',
          incidentId,
          targets: rows.map((row) => ({ key: row.key, name: row.name })),
        })
      }
    >
      Isolate {rows.length} {rows.length === 1 ? 'pod' : 'pods'}
    </ManyButton>
  )
}

function Severity({ value }: { value: string | null }) {
  return value ? <SeverityMark severity={value} /> : <span className="text-muted">–</span>
}

function evidenceOf(incident: Incident): Row[] {
  const rows = new Map<string, Row>()
  for (const alert of incident.alerts)
    for (const item of alert.evidence) {
      const row = rows.get(item.key) ?? {
        key: item.key,
        kind: item.kind,
        name: item.name,
        roles: new Set(),
        firstSeen: alert.firstActivity,
        alerts: 0,
      }
      row.roles.add(item.role)
      row.alerts += 1
      if (alert.firstActivity < row.firstSeen) row.firstSeen = alert.firstActivity
      rows.set(item.key, row)
    }
  return [...rows.values()].toSorted((a, b) => a.firstSeen.localeCompare(b.firstSeen))
}

function actionLink(action: Action) {
  return (
    <Link to={paths.action(action.id)} className="block truncate rounded font-medium hover:text-accent hover:underline">
      {actionLabel(action.type)}
    </Link>
  )
}

function evidenceColumns(nodes: ReadonlyMap<string, GraphNode>, incidentId: number): Column<Row>[] {
  return [
    {
      id: 'name',
      header: 'Entity',
      width: 240,
      grow: true,
      cell: (row) => (
        <Link
          to={paths.entity(row.key)}
          className="block truncate rounded font-medium hover:text-accent hover:underline"
        >
          <EntityName kind={row.kind} name={row.name} max={160} />
        </Link>
      ),
    },
    { id: 'kind', header: 'Entity type', width: 176, cell: (row) => kindLabel(row.kind) },
    { id: 'roles', header: 'Part', width: 170, cell: (row) => [...row.roles].map(sentence).join(', ') },
    {
      id: 'severity',
      header: 'Severity',
      width: 120,
      cell: (row) => <Severity value={nodes.get(row.key)?.severity ?? null} />,
    },
    {
      id: 'containment',
      header: 'Containment',
      width: 180,
      cell: (row) => <ContainmentBadge state={nodes.get(row.key)?.containment ?? 'none'} />,
    },
    { id: 'alerts', header: 'Alerts', width: 80, align: 'end', cell: (row) => row.alerts },
    { id: 'firstSeen', header: 'First seen', width: 140, cell: (row) => <Time value={row.firstSeen} /> },
    {
      id: 'hunt',
      header: 'Go hunt',
      width: 76,
      cell: (row) => <GoHuntSign entityKey={row.key} incidentId={incidentId} name={row.name} />,
    },
  ]
}
