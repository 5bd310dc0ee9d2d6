import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { Unchanged } from '../../adapters/postgres/commit.ts'
import { toJsonb } from '../../adapters/postgres/storable.ts'
import { type Actor, type Deps, system } from '../../deps.ts'
import { Refusal } from '../../refusal.ts'

/** A scenario as the page lists it. */
export interface ScenarioFacts {
  id: string
  title: string
  description: string
  expectedAlerts: string[]
  techniques: string[]
}

/** Drives the simulation package against one of our clusters; handed in by the wiring. */
export interface ScenarioRunner {
  scenarios: readonly ScenarioFacts[]
  clusters(): { name: string; allowed: boolean; reason: string | null }[]
  /** Rejects with a reason in words when the attack could not be played. */
  run(order: {
    scenario: string
    cluster: string
    /** Leave the pods in place, so that there is something to respond to. */
    keep: boolean
    onProgress(text: string): void
    onNamespace(namespace: string): void
    signal: AbortSignal
  }): Promise<void>
}

const mostLines = 500

export interface SimulationRuns {
  /** Starts a run and returns its id at once; the attack goes on in the background. */
  start(actor: Actor, order: { scenario: string; cluster: string; keep: boolean }): Promise<string>
  /** Aborts what runs; at shutdown. */
  stop(): Promise<void>
}

/** Plays scenarios and keeps a record of each run. Runs that a crash cut off are marked failed at the next start. */
export async function createSimulationRuns(deps: Deps, runner: ScenarioRunner): Promise<SimulationRuns> {
  const { commit, commitUnrecorded, log } = deps
  const stopping = new AbortController()
  const running = new Set<Promise<void>>()
  await commitUnrecorded(async (tx) => {
    await tx
      .updateTable('simulation_runs')
      .set({ state: 'failed', finished_at: new Date(), error: 'Cordon was stopped while the simulation ran.' })
      .where('state', '=', 'running')
      .execute()
    return { result: undefined, changed: [] }
  })

  async function play(id: string, order: { scenario: string; cluster: string; keep: boolean }): Promise<void> {
    let writing: Promise<void> = Promise.resolve()
    const write = (change: { namespace?: string; line?: string }) => {
      writing = writing
        .then(() => noteProgress(deps, id, change))
        .catch((error: unknown) => log.warn({ err: error, run: id }, 'Progress of a simulation could not be stored'))
    }
    let error: string | null = null
    try {
      await runner.run({
        ...order,
        onProgress: (line) => write({ line }),
        onNamespace: (namespace) => write({ namespace }),
        signal: stopping.signal,
      })
    } catch (thrown) {
      error = thrown instanceof Error ? thrown.message : String(thrown)
      log.warn({ err: thrown, run: id, ...order }, 'A simulation failed')
    }
    await writing
    await commit(system, async (tx) => {
      const row = await tx
        .updateTable('simulation_runs')
        .set({ state: error === null ? 'done' : 'failed', finished_at: new Date(), error })
        .where('id', '=', id)
        .where('state', '=', 'running')
        .returning('id')
        .executeTakeFirst()
      if (!row) return new Unchanged(undefined)
      return {
        result: undefined,
        entries: [{ kind: 'simulation.end', subject: `simulation:${id}`, details: { ...order, error } }],
        changed: ['simulation'],
      }
    })
  }

  return {
    async start(actor, order) {
      if (!runner.scenarios.some((scenario) => scenario.id === order.scenario))
        throw new Refusal('not-found', `There is no scenario ${order.scenario}.`)
      const cluster = runner.clusters().find(({ name }) => name === order.cluster)
      if (!cluster) throw new Refusal('not-found', `There is no cluster ${order.cluster}.`)
      if (!cluster.allowed)
        throw new Refusal('conflict', cluster.reason ?? `Simulations are not allowed on ${order.cluster}.`)
      const id = randomUUID()
      await commit(actor, async (tx) => {
        await tx
          .insertInto('simulation_runs')
          .values({
            id,
            scenario: order.scenario,
            cluster: order.cluster,
            namespace: null,
            state: 'running',
            started_by: actor.name,
            finished_at: null,
            progress: '[]',
            error: null,
          })
          .execute()
        return {
          result: undefined,
          entries: [{ kind: 'simulation.start', subject: `simulation:${id}`, details: order }],
          changed: ['simulation'],
        }
      })
      const run: Promise<void> = play(id, order)
        .catch((error: unknown) => log.error({ err: error, run: id }, 'The end of a simulation could not be stored'))
        .finally(() => running.delete(run))
      running.add(run)
      return id
    },
    async stop() {
      stopping.abort()
      await Promise.all(running)
    },
  }
}

async function noteProgress({ commitUnrecorded }: Deps, id: string, change: { namespace?: string; line?: string }) {
  await commitUnrecorded(async (tx) => {
    const entry = toJsonb([{ at: new Date().toISOString(), text: change.line ?? '' }])
    await tx
      .updateTable('simulation_runs')
      .set({
        ...(change.namespace === undefined ? {} : { namespace: change.namespace }),
        ...(change.line === undefined
          ? {}
          : {
              progress: sql<string>`case when jsonb_array_length(progress) < ${mostLines} then progress || ${entry}::jsonb else progress end`,
            }),
      })
      .where('id', '=', id)
      .execute()
    return { result: undefined, changed: ['simulation'] }
  })
}
