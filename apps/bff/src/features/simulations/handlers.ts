import type { Simulation } from '@cordon/contract'
import type { Kysely } from 'kysely'
import type { Database } from '../../adapters/postgres/schema.ts'
import type { Deps, Handlers } from '../../deps.ts'
import type { ScenarioRunner, SimulationRuns } from './run-scenario.ts'

type SimulationHandlers = Pick<Handlers, 'simulationList' | 'simulationRun'>
type Run = Simulation['runs'][number]

const mostRuns = 50
// Alerts of a run may still arrive after it ended: sensors and audit webhooks send in batches.
const graceMs = 10 * 60_000

export function simulationHandlers(
  { db }: Pick<Deps, 'db'>,
  runner: ScenarioRunner,
  runs: SimulationRuns,
): SimulationHandlers {
  return {
    async simulationList() {
      const rows = await db
        .selectFrom('simulation_runs')
        .selectAll()
        .orderBy('started_at', 'desc')
        .limit(mostRuns)
        .execute()
      return {
        scenarios: [...runner.scenarios],
        clusters: runner.clusters(),
        runs: await Promise.all(
          rows.map(async (row): Promise<Run> => {
            const expected = runner.scenarios.find(({ id }) => id === row.scenario)?.expectedAlerts ?? []
            return {
              id: row.id,
              scenario: row.scenario,
              cluster: row.cluster,
              namespace: row.namespace,
              state: row.state as Run['state'],
              startedBy: row.started_by,
              startedAt: row.started_at.toISOString(),
              finishedAt: row.finished_at?.toISOString() ?? null,
              progress: row.progress,
              error: row.error,
              alerts: await raisedAlerts(db, row, expected),
            }
          }),
        ),
      }
    },

    simulationRun: async ({ body, actor }) => ({ id: await runs.start(actor, body) }),
  }
}

/** Which expected alerts were raised in the namespace of the run, from its start to shortly after its end. */
async function raisedAlerts(
  db: Kysely<Database>,
  run: { cluster: string; namespace: string | null; started_at: Date; finished_at: Date | null },
  expected: readonly string[],
): Promise<Run['alerts']> {
  const raised = new Map<string, { id: string; incident_id: number }>()
  if (run.namespace && expected.length > 0) {
    const rows = await db
      .selectFrom('alerts')
      .select(['id', 'title', 'incident_id'])
      .where('cluster', '=', run.cluster)
      .where('namespace', '=', run.namespace)
      .where('title', 'in', [...expected])
      .where('last_activity', '>=', new Date(run.started_at.getTime() - 60_000))
      .where('created_at', '<=', new Date((run.finished_at?.getTime() ?? Date.now()) + graceMs))
      .orderBy('created_at', 'desc')
      .execute()
    for (const row of rows) raised.set(row.title, row)
  }
  return expected.map((title) => ({
    title,
    raised: raised.has(title),
    alertId: raised.get(title)?.id ?? null,
    incidentId: raised.get(title)?.incident_id ?? null,
  }))
}
