import { createClient } from '@cordon/contract'
import { emptyPack } from '@cordon/detection'
import type { Role, Scope } from '@cordon/rbac'
import type { Router } from 'express'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { destination, pino } from 'pino'
import { inject } from 'vitest'
import { hashPassword } from '../src/adapters/identity/password.ts'
import { createSessions } from '../src/adapters/identity/sessions.ts'
import { createSignInLimit } from '../src/adapters/identity/sign-in-limit.ts'
import { createTokens } from '../src/adapters/identity/tokens.ts'
import { createCommit } from '../src/adapters/postgres/commit.ts'
import { openDatabase } from '../src/adapters/postgres/database.ts'
import { createApp } from '../src/app.ts'
import { createBus } from '../src/bus.ts'
import { readConfig } from '../src/config.ts'
import { type Deps, type Handlers, type HealthCheck, system } from '../src/deps.ts'
import { accessHandlers } from '../src/features/access/handlers.ts'
import { createToken } from '../src/features/access/tokens.ts'
import { alertHandlers } from '../src/features/alerts/handlers.ts'
import { coverageHandlers } from '../src/features/coverage/handlers.ts'
import { handoverHandlers } from '../src/features/handover/handlers.ts'
import { notingWhoSees } from '../src/features/handover/record-seen.ts'
import { incidentHandlers } from '../src/features/incidents/handlers.ts'
import { ledgerHandlers } from '../src/features/ledger/handlers.ts'
import { ruleHandlers } from '../src/features/rules/handlers.ts'
import { sessionHandlers } from '../src/features/session/handlers.ts'
import { simulationHandlers } from '../src/features/simulations/handlers.ts'
import { createRuleEngine, type RuleEngine } from '../src/jobs/detect/rule-engine.ts'
import { tuningHandlers } from '../src/features/tuning/handlers.ts'
import { type Checkpoints, startCheckpoints } from '../src/jobs/checkpoint/checkpoint.ts'
import { loadSigningKey } from '../src/jobs/checkpoint/signing-key.ts'
import { scopeRecord } from '../src/within-scope.ts'
import { createSimulationRuns, type ScenarioRunner } from '../src/features/simulations/run-scenario.ts'

/** A fresh copy of the migrated template, and what verbs need of it. */
export async function testDeps(env: Record<string, string> = {}): Promise<Deps & { drop(): Promise<void> }> {
  const server = inject('postgres')
  const database = `test_${randomUUID().replaceAll('-', '')}`
  const admin = new Client({ ...server, database: 'postgres' })
  await admin.connect()
  // Copies wait for each other: a template may only be copied by one session at a time.
  await admin.query('select pg_advisory_lock(1)')
  await copyTemplate(admin, database)
  await admin.end()
  const log = pino({ level: process.env.TEST_LOG ?? 'silent' }, destination(2))
  const { db } = openDatabase({ ...server, database }, log)
  const bus = createBus()
  const config = readConfig({ CORDON_LAB: 'off', CORDON_DATA_DIR: tmpdir(), CORDON_PUBLIC_DIR: '/nonexistent', ...env })
  return { config, log, db, bus, ...createCommit(db, bus), drop: () => db.destroy() }
}

/** PostgreSQL's own vacuum may be looking at the template: it goes away by itself. */
async function copyTemplate(admin: Client, database: string, tries = 50): Promise<void> {
  try {
    await admin.query(`create database ${database} template template`)
  } catch (error) {
    if ((error as { code?: string }).code !== '55006' || tries === 0) throw error
    await sleep(100)
    await copyTemplate(admin, database, tries - 1)
  }
}

export interface TestServer {
  deps: Deps
  /** Signs only when asked to; key and copy of the checkpoints lie in a directory of its own. */
  ledger: Checkpoints
  dataDir: string
  /** Origin, e.g. `http://127.0.0.1:12345`. */
  origin: string
  /** The contract's client with a token of this role, limited to a scope where one is given. */
  as(role: Role, scope?: Scope): Promise<ReturnType<typeof createClient>>
  /** A token of this role, for raw requests. */
  token(role: Role, scope?: Scope): Promise<string>
  addAccount(name: string, role: Role, password: string): Promise<void>
  close(): Promise<void>
}

export interface TestServerOptions {
  env?: Record<string, string>
  handlers?: (deps: Deps) => Partial<Handlers>
  ingest?: (deps: Deps) => Router
  runner?: ScenarioRunner
  checks?: HealthCheck[]
  rules?: RuleEngine
}

const noClusters: ScenarioRunner = { scenarios: [], clusters: () => [], run: async () => {} }

/** The real application over real HTTP and a real database. What needs a cluster answers as if there were none. */
export async function testServer(options: TestServerOptions = {}): Promise<TestServer> {
  const deps = await testDeps(options.env)
  const runner = options.runner ?? noClusters
  const runs = await createSimulationRuns(deps, runner)
  const dataDir = mkdtempSync(path.join(tmpdir(), 'cordon-data-'))
  const ledger = startCheckpoints({ ...deps, config: { ...deps.config, dataDir } }, loadSigningKey(dataDir), never)
  const incidents = incidentHandlers(deps, { relatedEntities: () => [], containmentOf: async () => new Map() })
  const rules = options.rules ?? createRuleEngine({ load: () => emptyPack(), log: deps.log })
  const handlers = {
    ...withoutClusters,
    ...sessionHandlers(deps, { version: 'test', signInLimit: createSignInLimit(), labAccounts: () => [] }),
    ...incidents,
    incidentGet: notingWhoSees(deps, incidents.incidentGet),
    ...ledgerHandlers(deps, ledger),
    ...handoverHandlers(deps),
    ...alertHandlers(deps, { shown: () => undefined }),
    ...tuningHandlers(deps),
    ...accessHandlers(deps),
    ...coverageHandlers(deps, rules),
    ...ruleHandlers(deps, rules),
    ...simulationHandlers(deps, runner, runs),
    ...options.handlers?.(deps),
  }
  const { app, close } = createApp(deps, {
    handlers,
    sessions: createSessions(deps),
    tokens: createTokens(deps),
    checks: options.checks ?? [],
    ingest: options.ingest?.(deps),
    version: 'test',
  })
  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const token = async (role: Role, scope?: Scope) => {
    const name = scope ? `test ${role} ${randomUUID()}` : `test ${role}`
    return (await createToken(deps, system, { kind: 'api', name, role, scope: scopeRecord(scope ?? null) })).secret
  }
  return {
    deps,
    ledger,
    dataDir,
    origin,
    token,
    async as(role, scope) {
      const authorization = `Bearer ${await token(role, scope)}`
      return createClient({ base: `${origin}/api/v1`, headers: { authorization } })
    },
    async addAccount(name, role, password) {
      const hash = await hashPassword(password)
      await deps.commitUnrecorded(async (tx) => {
        await tx
          .insertInto('accounts')
          .values({ name, display_name: '', role, password_hash: hash, last_sign_in_at: null })
          .execute()
        return { result: undefined, changed: [] }
      })
    },
    async close() {
      await runs.stop()
      await ledger.close()
      rmSync(dataDir, { recursive: true, force: true })
      close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await deps.drop()
    },
  }
}

const never = { entries: Number.MAX_SAFE_INTEGER, ms: Number.MAX_SAFE_INTEGER, lookMs: 2 ** 30 }
const emptyPage = async () => ({ items: [], nextCursor: null })
const none = async (): Promise<never> => {
  throw new Error('not part of this test server')
}
const withoutClusters = {
  clusterList: emptyPage,
  actionList: emptyPage,
  actionGet: none,
  actionPreflight: async () => ({ preflights: [] }),
  actionRequest: none,
  actionRequestMany: none,
  actionApprove: none,
  actionReject: none,
  actionRepair: none,
  actionRenew: none,
  actionReview: none,
  containmentList: async () => ({ items: [] }),
  responsePolicyGet: none,
  responsePolicyUpdate: none,
  retentionGet: none,
  retentionUpdate: none,
  actionCancel: none,
  actionExport: async () => ({ contentType: 'text/csv', body: '' }),
  actionBundle: none,
  entityGet: none,
  huntingQuery: none,
  huntingStream: none,
  huntingUsage: none,
  huntingDiagnose: none,
  huntingComplete: none,
  huntingSchema: none,
  huntingReady: none,
  huntingQueryList: none,
  huntingQueryCreate: none,
  huntingQueryUpdate: none,
  huntingQueryDelete: none,
  huntingHistory: none,
  huntingExport: none,
  customDetectionList: async () => ({ items: [] }),
  customDetectionGet: none,
  customDetectionCheck: none,
  customDetectionPreview: none,
  customDetectionCreate: none,
  customDetectionUpdate: none,
  customDetectionDelete: none,
  customDetectionRun: none,
  huntingLink: none,
} satisfies Partial<Handlers>
