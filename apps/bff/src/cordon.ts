import { readFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { sql } from 'kysely'
import type { Logger } from 'pino'
import { ensureFirstAdministrator, ensureLabAccounts, labAccountNames } from './adapters/identity/ensure-accounts.ts'
import { newSecret } from './adapters/identity/secrets.ts'
import { createSessions } from './adapters/identity/sessions.ts'
import { createSignInLimit } from './adapters/identity/sign-in-limit.ts'
import { createTokens } from './adapters/identity/tokens.ts'
import { type Addresses, openAddresses } from './adapters/addresses/open-addresses.ts'
import { createKqlEngine, type KqlEngine } from './adapters/kql/kql-engine.ts'
import { createApp } from './app.ts'
import type { Config } from './config.ts'
import { lockDataDir } from './data-dir-lock.ts'
import { type Deps, type Handlers, type HealthCheck, system } from './deps.ts'
import { accessHandlers } from './features/access/handlers.ts'
import { createFlowsOf } from './features/actions/flows-of.ts'
import { actionHandlers } from './features/actions/handlers.ts'
import { alertHandlers } from './features/alerts/handlers.ts'
import { clusterHandlers } from './features/clusters/handlers.ts'
import { coverageHandlers } from './features/coverage/handlers.ts'
import { containmentOf } from './features/entities/containment-of.ts'
import { entityHandlers } from './features/entities/handlers.ts'
import { inventoryRelations } from './features/entities/inventory-relations.ts'
import { handoverHandlers } from './features/handover/handlers.ts'
import { notingWhoSees } from './features/handover/record-seen.ts'
import { incidentHandlers } from './features/incidents/handlers.ts'
import { huntingHandlers } from './features/hunting/handlers.ts'
import { builtInQueries } from './features/hunting/built-in-queries.ts'
import { createGuard, type Guard } from './features/hunting/guarded.ts'
import { stateTables } from './features/hunting/state-tables.ts'
import { ledgerHandlers } from './features/ledger/handlers.ts'
import { retentionHandlers } from './features/retention/handlers.ts'
import { ruleHandlers } from './features/rules/handlers.ts'
import { sessionHandlers } from './features/session/handlers.ts'
import { simulationHandlers } from './features/simulations/handlers.ts'
import { createSimulationRuns, type SimulationRuns } from './features/simulations/run-scenario.ts'
import { tuningHandlers } from './features/tuning/handlers.ts'
import { startAuditJoin } from './jobs/audit-join/audit-join.ts'
import { type Checkpoints, startCheckpoints } from './jobs/checkpoint/checkpoint.ts'
import { loadSigningKey } from './jobs/checkpoint/signing-key.ts'
import { type RunningLab, runLab } from './jobs/lab/run-lab.ts'
import { dropOldEvents } from './jobs/retention/drop-old-events.ts'
import { startRetention } from './jobs/retention/retention.ts'
import { scenarioRunner } from './jobs/simulate/scenario-runner.ts'
import { type ClusterSide, openClusters } from './open-clusters.ts'
import { openCustomDetections } from './open-custom-detections.ts'
import { type Events, openEvents, openLabIngest } from './open-events.ts'
import { openState } from './open-state.ts'

export interface Cordon {
  url: string
  /** Lines for the person who started it: address, accounts, lab. Holds new passwords; shown once. */
  summary: string[]
  close(): Promise<void>
}

/** Undoes what was opened, newest first; one failure doesn't keep the rest open. */
class Closing {
  readonly #steps: { name: string; close: () => unknown }[] = []
  add(name: string, close: () => unknown): void {
    this.#steps.push({ name, close })
  }
  async run(log: Logger): Promise<void> {
    for (let step = this.#steps.pop(); step; step = this.#steps.pop())
      try {
        await step.close()
      } catch (error) {
        log.error({ err: error, step: step.name }, 'Could not be closed in order')
      }
  }
}

/** Starts everything in its order. Rejects, with everything closed again, when something it cannot do without fails. */
export async function startCordon(config: Config, log: Logger): Promise<Cordon> {
  const closing = new Closing()
  try {
    return await open(config, log, closing)
  } catch (error) {
    await closing.run(log)
    throw error
  }
}

async function open(config: Config, log: Logger, closing: Closing): Promise<Cordon> {
  const version = readVersion()
  const userAgent = `cordon/${version}`
  const lock = lockDataDir(config.dataDir)
  closing.add('lock', lock.release)
  const state = await openState(config, log)
  closing.add('database', state.close)
  const { deps } = state
  // Closed right before the database, so that its last checkpoint covers what the others wrote while they closed.
  const ledger = startCheckpoints(deps, loadSigningKey(config.dataDir))
  closing.add('ledger', ledger.close)
  // For the lab, which is given a token of its own for as long as it runs.
  const labToken = newSecret()
  const tokens = createTokens(deps)
  const events = await openEvents(deps, {
    ...tokens,
    mayIngest: async (secret, cluster) => secret === labToken || tokens.mayIngest(secret, cluster),
  })
  closing.add('events', events.close)
  const lab = config.lab ? await openLab({ config, log, closing, events, labToken, userAgent }) : undefined
  const kubeconfigs = [
    ...(lab ? [{ file: lab.consoleKubeconfig, contexts: [] as string[] }] : []),
    ...(config.kubeconfig ? [{ file: config.kubeconfig, contexts: config.contexts }] : []),
  ]
  const side = await openClusters(deps, events, kubeconfigs, userAgent)
  closing.add('clusters', side.close)
  const auditJoin = startAuditJoin({ deps, clusters: side.clusters, store: events.store, record: events.record })
  closing.add('audit join', auditJoin.stop)
  const runner = scenarioRunner(side.clusters, (cluster) =>
    lab?.clusters.includes(cluster) ? lab.adminKubeconfig : config.kubeconfig,
  )
  const runs = await createSimulationRuns(deps, runner)
  closing.add('simulations', runs.stop)
  const accounts = await ensureAccounts(deps, lab !== undefined)
  const retention = startRetention(deps, () => dropOldEvents(deps, events.store))
  closing.add('retention', retention.stop)
  const addresses = openAddresses({ file: config.geoDatabase, store: events.store, log })
  closing.add('addresses', addresses.close)
  const kql = createKqlEngine(stateTables, addresses.lookup)
  closing.add('hunting', kql.close)
  const guard = createGuard(deps)
  const custom = openCustomDetections({ deps, events, side, kql, guard })
  closing.add('custom detections', custom.stop)
  const url = await listen({
    deps,
    events,
    kql,
    addresses,
    guard,
    custom,
    ledger,
    side,
    runs,
    runner,
    tokens,
    version,
    lab,
    closing,
  })
  void kql.warmUp(builtInQueries.map(({ query }) => query))
  if (lab) void attackOnce(deps, side, runs)
  return {
    url,
    summary: summaryOf(url, accounts, { lab, config, database: state.description }),
    close: () => closing.run(log),
  }
}

interface LabParts {
  config: Config
  log: Logger
  closing: Closing
  events: Events
  labToken: string
  userAgent: string
}

/** The lab is for evaluation: without it the console still runs, and says so. */
async function openLab({
  config,
  log,
  closing,
  events,
  labToken,
  userAgent,
}: LabParts): Promise<RunningLab | undefined> {
  const door = await openLabIngest(events.ingest)
  closing.add('lab ingest', door.close)
  try {
    const lab = await runLab({ dataDir: config.dataDir, ingestUrl: door.url, ingestToken: labToken, userAgent, log })
    closing.add('lab', lab.stop)
    return lab
  } catch (error) {
    log.error({ err: error }, 'The lab could not be started; going on without it')
    return undefined
  }
}

interface ServerParts {
  deps: Deps
  events: Events
  kql: KqlEngine
  addresses: Addresses
  guard: Guard
  custom: ReturnType<typeof openCustomDetections>
  ledger: Checkpoints
  side: ClusterSide
  runs: SimulationRuns
  runner: ReturnType<typeof scenarioRunner>
  tokens: ReturnType<typeof createTokens>
  version: string
  lab: RunningLab | undefined
  closing: Closing
}

async function listen(parts: ServerParts): Promise<string> {
  const { deps, closing, events, version } = parts
  const { config } = deps
  const { app, close } = createApp(deps, {
    handlers: handlersOf(parts),
    sessions: createSessions(deps),
    tokens: parts.tokens,
    checks: checksOf(parts),
    ingest: events.ingest.router,
    onTold: events.latency.told,
    version,
  })
  const server = config.tls
    ? createHttpsServer(
        { cert: readFileSync(config.tls.cert), key: readFileSync(config.tls.key), minVersion: 'TLSv1.2' },
        app,
      )
    : createHttpServer(app)
  server.requestTimeout = 0 // ingest bodies may be long; each reader has its own limit
  server.headersTimeout = 30_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(config.port, config.host, resolve)
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE')
      throw new Error(`Port ${config.port} on ${config.host} is in use. Set CORDON_PORT to another one.`)
    throw error
  })
  closing.add('http', async () => {
    close()
    const ended = new Promise((resolve) => server.close(resolve))
    server.closeIdleConnections()
    // Requests under way may finish; what takes longer is cut.
    const cut = setTimeout(() => server.closeAllConnections(), 5000)
    await ended
    clearTimeout(cut)
  })
  const { port } = server.address() as AddressInfo
  const host = config.host.includes(':') ? `[${config.host}]` : config.host
  return `${config.tls ? 'https' : 'http'}://${host}:${port}`
}

function handlersOf(parts: ServerParts): Handlers {
  const { deps, events, side, runs, runner, version, lab } = parts
  const { clusters, poke } = side
  const incidents = incidentHandlers(deps, {
    relatedEntities: (keys) => inventoryRelations(clusters, keys),
    containmentOf: (keys, uids) => containmentOf(deps.db, keys, uids),
  })
  return {
    ...sessionHandlers(deps, {
      version,
      signInLimit: createSignInLimit(),
      labAccounts: () => (lab ? labAccountNames : []),
    }),
    ...incidents,
    incidentGet: notingWhoSees(deps, incidents.incidentGet),
    ...ledgerHandlers(deps, parts.ledger),
    ...handoverHandlers(deps),
    ...alertHandlers(deps, events.latency),
    ...tuningHandlers(deps),
    ...entityHandlers(deps, clusters),
    ...actionHandlers(deps, clusters, poke, {
      flowsOf: createFlowsOf(events.store, clusters),
      probes: deps.config.probeImage !== undefined,
    }),
    ...clusterHandlers(deps, clusters),
    ...ruleHandlers(deps, events.rules),
    ...coverageHandlers(deps, events.rules),
    ...simulationHandlers(deps, runner, runs),
    ...accessHandlers(deps),
    ...retentionHandlers(deps, events.store, () => dropOldEvents(deps, events.store)),
    ...huntingHandlers(deps, events.store, parts.kql, parts.guard),
    ...parts.custom.handlers,
  }
}

function checksOf({ deps, events, addresses, ledger, side, lab }: ServerParts): HealthCheck[] {
  return [
    {
      name: 'database',
      required: true,
      async check() {
        await sql`select 1`.execute(deps.db)
        return { ok: true, detail: 'answers' }
      },
    },
    {
      name: 'event-store',
      required: true,
      async check() {
        await events.store.query('SELECT 1', {}, { timeoutMs: 4000 })
        return { ok: true, detail: events.store.mode }
      },
    },
    {
      name: 'ledger',
      required: false,
      async check() {
        const fault = ledger.fault()
        return { ok: fault === null, detail: fault ?? `signed with key ${ledger.signer.keyId}` }
      },
    },
    {
      name: 'detection',
      required: false,
      check: async () => ({ ok: true, detail: `${events.ingest.queued()} events waiting` }),
    },
    {
      name: 'clusters',
      required: false,
      async check() {
        const down = side.clusters.all().filter((cluster) => cluster.state !== 'connected')
        const detail = `${side.clusters.all().length - down.length} of ${side.clusters.all().length} connected`
        return { ok: down.length === 0, detail }
      },
    },
    ...(deps.config.geoDatabase ? [{ name: 'addresses', required: false, check: addresses.check }] : []),
    ...(deps.config.lab
      ? [
          {
            name: 'lab',
            required: false,
            check: async () => ({
              ok: lab?.isRunning() ?? false,
              detail: lab ? (lab.isRunning() ? 'running' : 'ended by itself') : 'could not be started',
            }),
          },
        ]
      : []),
  ]
}

interface Accounts {
  labPassword: string | undefined
  administrator: { name: string; password: string } | undefined
}

async function ensureAccounts(deps: Deps, lab: boolean): Promise<Accounts> {
  const labPassword = lab ? await ensureLabAccounts(deps) : undefined
  return { labPassword, administrator: lab ? undefined : await ensureFirstAdministrator(deps) }
}

const firstAttack = { scenario: 'crypto-mining', cluster: 'aks-prod', keep: true }
const clustersReadyMs = 60_000

/** A new lab has something to look into: one attack, played once the clusters answer. */
async function attackOnce({ db, log }: Deps, { clusters }: ClusterSide, runs: SimulationRuns): Promise<void> {
  try {
    const played = await db.selectFrom('simulation_runs').select('id').limit(1).executeTakeFirst()
    if (played) return
    await clusters.ready(clustersReadyMs)
    await runs.start(system, firstAttack)
  } catch (error) {
    log.warn({ err: error }, 'The lab’s first attack could not be played')
  }
}

function summaryOf(
  url: string,
  { labPassword, administrator }: Accounts,
  { lab, config, database }: { lab: RunningLab | undefined; config: Config; database: string },
): string[] {
  const lines = [`Cordon is running at ${url}`]
  if (lab) {
    const password = labPassword
      ? `password ${labPassword}`
      : config.labPassword
        ? 'password: CORDON_LAB_PASSWORD'
        : 'password as printed at the first start'
    lines.push(`  Sign in as ${labAccountNames.join(', ')} (${password})`)
    lines.push(`  Lab clusters: ${lab.clusters.join(', ')}; kubectl --kubeconfig ${lab.adminKubeconfig}`)
  } else if (config.lab) lines.push('  The lab could not be started; the log says why.')
  if (administrator) lines.push(`  Sign in as ${administrator.name}, password ${administrator.password} (printed once)`)
  if (config.kubeconfig) lines.push(`  Clusters of ${config.kubeconfig}`)
  lines.push(`  Data in ${config.dataDir}; ${database}`)
  return lines
}

function readVersion(): string {
  const file = path.join(import.meta.dirname, '../package.json')
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
