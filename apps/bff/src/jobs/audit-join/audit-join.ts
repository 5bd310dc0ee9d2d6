import type { Detection } from '@cordon/incidents'
import type { ActionStep } from '@cordon/response'
import { sql } from 'kysely'
import type { EventStore } from '../../adapters/clickhouse/event-store.ts'
import type { Deps } from '../../deps.ts'
import type { Clusters } from '../inventory/cluster.ts'
import { createAccounts, readAuditedWrites } from './audit-log.ts'
import { type AuditedWrite, isSameWrite, type RecordedWrite, recordedWrites } from './cluster-writes.ts'
import { actionIdIn, compare, isContainment, type KnownAction, type KnownRun } from './compare.ts'
import { explainFinding, recordFindings, unrecordedActAlert } from './record-findings.ts'

export interface AuditJoinPorts {
  deps: Pick<Deps, 'db' | 'commit' | 'commitUnrecorded' | 'log'>
  clusters: Pick<Clusters, 'all' | 'get'>
  store: Pick<EventStore, 'query'>
  /** Raises alerts. */
  record(detections: readonly Detection[]): Promise<unknown>
  /** How long the log may take to arrive before something missing in it is a finding. */
  graceMs?: number
  now?(): number
}

const everyMs = 60_000
const usualGraceMs = 3 * 60_000
const marginMs = 15 * 60_000
const day = 24 * 60 * 60_000
const auditSources = ['kubernetes-audit', 'aks', 'eks', 'gke']

/** Compares, once a minute, what actions say they wrote with what each cluster's audit log says our account did. */
export function startAuditJoin(ports: AuditJoinPorts): { run(): Promise<void>; stop(): Promise<void> } {
  const accountOf = createAccounts()
  let running: Promise<void> | undefined
  const run = () => (running ??= joinAll(ports, accountOf).finally(() => (running = undefined)))
  const timer = setInterval(
    () => void run().catch((error: unknown) => ports.deps.log.warn({ err: error }, 'Audit logs were not compared')),
    everyMs,
  )
  return {
    run,
    async stop() {
      clearInterval(timer)
      await running?.catch(() => undefined)
    },
  }
}

type AccountOf = ReturnType<typeof createAccounts>

async function joinAll(ports: AuditJoinPorts, accountOf: AccountOf): Promise<void> {
  const { db } = ports.deps
  const covered = await db
    .selectFrom('coverage')
    .select(['cluster', 'first_received_at', 'last_event_at'])
    .where('source', 'in', auditSources)
    .execute()
  const names = new Set([...ports.clusters.all().map((c) => c.name), ...covered.map((row) => row.cluster)])
  for (const name of names) {
    const rows = covered.filter((row) => row.cluster === name)
    const first = Math.min(...rows.map((row) => row.first_received_at?.getTime() ?? Infinity))
    const last = Math.max(...rows.map((row) => row.last_event_at?.getTime() ?? 0))
    try {
      await joinOne(ports, accountOf, name, { first, last })
    } catch (error) {
      ports.deps.log.warn({ err: error, cluster: name }, 'An audit log was not compared')
      await remember(ports, name, 'failed', `Could not be compared: ${(error as Error).message}`, null)
    }
  }
}

async function joinOne(
  ports: AuditJoinPorts,
  accountOf: AccountOf,
  cluster: string,
  log: { first: number; last: number },
): Promise<void> {
  const { deps } = ports
  const now = ports.now?.() ?? Date.now()
  if (!Number.isFinite(log.first) || log.last === 0) {
    const detail = 'No audit log comes from this cluster: whether it saw our actions, and only ours, cannot be said.'
    return remember(ports, cluster, 'no-audit', detail, null)
  }
  const before = await deps.db
    .selectFrom('audit_join')
    .select('compared_to')
    .where('cluster', '=', cluster)
    .executeTakeFirst()
  const from = before?.compared_to?.getTime() ?? Math.max(log.first, now - day)
  // What the log hasn't reached yet can't be missing in it.
  const to = Math.min(now - (ports.graceMs ?? usualGraceMs), log.last)
  if (to > from) {
    const span = { from, to }
    const account = await accountOf(ports.clusters.get(cluster), cluster)
    const audited = await readAuditedWrites(ports.store, cluster, account, {
      from: from - marginMs,
      to: Math.max(to + marginMs, now),
    })
    const { recorded, known } = await readRecord(ports, cluster, audited, span)
    const found = compare(recorded, audited, known, span)
    // Alerts first: a crash in between finds both again, and an event raises its alert once.
    const alerts = found.unrecorded.filter(isContainment).map((w) => unrecordedActAlert(cluster, account, w))
    if (alerts.length > 0) await ports.record(alerts)
    await recordFindings(deps, cluster, account, found)
    await explainLate(ports, cluster, account, now)
  }
  const silent = now - log.last > 60 * 60_000
  const detail = silent
    ? `The audit log has said nothing since ${new Date(log.last).toISOString()}; what came later could not be compared.`
    : 'Compared with the audit log of the cluster.'
  await remember(ports, cluster, silent ? 'failed' : 'compared', detail, new Date(Math.max(from, to)))
}

interface ActionRow {
  id: string
  namespace: string
  target_name: string
  requested_at: Date
  ended_at: Date | null
  steps: ActionStep[]
}

/** Everything of ours that may explain what the log shows around this time. */
async function readRecord(
  { deps: { db } }: AuditJoinPorts,
  cluster: string,
  audited: readonly AuditedWrite[],
  span: { from: number; to: number },
): Promise<{ recorded: RecordedWrite[]; known: { actions: KnownAction[]; runs: KnownRun[] } }> {
  const named = [...new Set(audited.map(actionIdIn).filter((id) => id !== undefined))]
  const { rows } = await sql<ActionRow>`
    select id, namespace, target_name, requested_at, ended_at, coalesce(record -> 'steps', '[]') as steps from actions
    where cluster = ${cluster} and requested_at < ${new Date(span.to + marginMs)}
      and (updated_at >= ${new Date(span.from - marginMs)} or id = any(${named}::text[]))`.execute(db)
  const runs = await db
    .selectFrom('simulation_runs')
    .select(['namespace', 'started_at', 'finished_at'])
    .where('cluster', '=', cluster)
    .where((eb) => eb.or([eb('finished_at', 'is', null), eb('finished_at', '>=', new Date(span.from - day))]))
    .execute()
  const end = (at: Date | null) => (at ? at.getTime() + marginMs : Number.MAX_SAFE_INTEGER)
  return {
    recorded: rows.flatMap((row) => recordedWrites(row.id, row.steps)),
    known: {
      actions: rows.map((row) => ({
        id: row.id,
        namespace: row.namespace,
        target: row.target_name,
        from: row.requested_at.getTime() - 1000,
        to: end(row.ended_at),
      })),
      runs: runs.map((run) => ({
        namespace: run.namespace ?? '',
        from: run.started_at.getTime(),
        to: end(run.finished_at),
      })),
    },
  }
}

const lateDays = 2
const mostLate = 50

async function explainLate(ports: AuditJoinPorts, cluster: string, account: string, now: number): Promise<void> {
  const open = await ports.deps.db
    .selectFrom('audit_findings')
    .select(['id', 'details'])
    .where('cluster', '=', cluster)
    .where('kind', '=', 'unseen-action')
    .where('state', '=', 'open')
    .where('found_at', '>=', new Date(now - lateDays * day))
    .orderBy('id', 'desc')
    .limit(mostLate)
    .execute()
  for (const { id, details } of open) {
    const write = details as unknown as RecordedWrite // written by `recordFindings` only
    const span = { from: write.from - marginMs, to: write.to + marginMs }
    const event = (await readAuditedWrites(ports.store, cluster, account, span)).find((a) => isSameWrite(write, a))
    if (event) await explainFinding(ports.deps, id, event)
  }
}

async function remember(
  { deps, now }: AuditJoinPorts,
  cluster: string,
  state: 'compared' | 'no-audit' | 'failed',
  detail: string,
  to: Date | null,
): Promise<void> {
  const checked = new Date(now?.() ?? Date.now())
  await deps.commitUnrecorded(async (tx) => {
    const row = await tx
      .insertInto('audit_join')
      .values({ cluster, state, detail, compared_to: to, checked_at: checked })
      .onConflict((conflict) =>
        conflict.column('cluster').doUpdateSet({
          state,
          detail,
          checked_at: checked,
          ...(to ? { compared_to: to } : {}),
        }),
      )
      .returning('cluster')
      .execute()
    return { result: row, changed: [] }
  })
}
