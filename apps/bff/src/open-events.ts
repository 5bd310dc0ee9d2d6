import { loadPack, withRuleFolders } from '@cordon/detection'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { createEventStore } from './adapters/clickhouse/create-event-store.ts'
import type { SchemaStore } from './adapters/clickhouse/event-store.ts'
import { followRetention } from './adapters/postgres/event-retention.ts'
import type { Tokens } from './adapters/identity/tokens.ts'
import type { Deps } from './deps.ts'
import { createConnections } from './jobs/correlate/connections.ts'
import { createDetectionRecorder } from './jobs/correlate/record-detections.ts'
import { observeSources } from './jobs/coverage/observe-sources.ts'
import { recordCoverage } from './jobs/coverage/record-coverage.ts'
import { type AlertLatency, createAlertLatency } from './jobs/detect/alert-latency.ts'
import { createConnectionsSeen } from './jobs/detect/connections-seen.ts'
import { createDetectionJob } from './jobs/detect/detect.ts'
import { createRuleEngine, type RuleEngine } from './jobs/detect/rule-engine.ts'
import { createIngest, type Ingest } from './jobs/ingest/ingest.ts'
import { storable } from './adapters/postgres/storable.ts'

export interface Events {
  store: SchemaStore
  ingest: Ingest
  rules: RuleEngine
  latency: AlertLatency
  record: ReturnType<typeof createDetectionRecorder>
  connectionsSeen: ReturnType<typeof createConnectionsSeen>
  /** Number of the last ingest batch whose events are stored and went through the rules. */
  lastBatch(): number
  close(): Promise<void>
}

const drainMs = 10_000
// As API servers, sensors and cloud exporters name clusters; a name becomes part of every key.
const clusterName = /^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,252}$/

/** Opens the event store and runs what stands on it: ingest, detection, correlation, coverage. */
export async function openEvents(deps: Deps, tokens: Tokens): Promise<Events> {
  const { config, log, commitUnrecorded } = deps
  const store = await createEventStore({ dataDir: config.dataDir, url: config.clickhouseUrl })
  const connections = createConnections(deps)
  const connectionsSeen = createConnectionsSeen()
  const rules = createRuleEngine({
    load: () => withRuleFolders(loadPack(), config.ruleFolders),
    folders: config.ruleFolders,
    log,
    onReload: () => deps.bus.announce(['rule', 'coverage']),
  })
  const settings = await deps.db.selectFrom('rule_settings').select('rule_id').where('enabled', '=', false).execute()
  rules.switchOff(settings.map((row) => row.rule_id))
  const latency = createAlertLatency(deps)
  const observed = observeSources(deps)
  const record = createDetectionRecorder(deps, {
    linkedPods: (pod, time) => connections.around(pod, time),
    repeatWindowMs: (ruleId) => rules.dedupeWindowMs(ruleId),
  })
  const detection = await createDetectionJob(deps, { detector: rules, connections, record, latency })
  const retention = await followRetention(deps)
  let lastBatch = (await detection.watermark.get()) ?? 0
  const ingest = await createIngest({
    store,
    // The token decides: it is either for this very cluster or for all.
    clusters: (cluster) => clusterName.test(cluster),
    tokens: (cluster, token) => tokens.mayIngest(token, cluster),
    async onEvents(events) {
      connectionsSeen.observe(events)
      await detection.onEvents(events)
    },
    onStored: observed.stored,
    watermark: {
      get: detection.watermark.get,
      async set(batch) {
        await detection.watermark.set(batch)
        lastBatch = batch
      },
    },
    setAside: (rows) =>
      commitUnrecorded(async (tx) => {
        if (rows.length > 0)
          await tx
            .insertInto('set_aside')
            .values(rows.map(({ receivedAt, ...row }) => ({ ...storable(row), at: new Date(receivedAt) })))
            .execute()
        return { result: undefined, changed: ['coverage'] }
      }),
    onError: (error) => log.error({ err: error }, 'Ingest or detection failed; trying again'),
    keptDays: retention.daysOf,
  })
  const coverage = recordCoverage(deps, () => ingest.coverage())
  const replayed = ingest
    .replayUndetected()
    .then(
      (count) =>
        count > 0 && log.info({ events: count }, 'Events of the time before the restart went through detection'),
    )
    .catch((error: unknown) => log.error({ err: error }, 'Events of the time before the restart could not be replayed'))
  return {
    store,
    ingest,
    rules,
    latency,
    record,
    connectionsSeen,
    lastBatch: () => lastBatch,
    async close() {
      await Promise.race([
        replayed.then(() => ingest.drained()),
        new Promise((resolve) => setTimeout(resolve, drainMs).unref()),
      ])
      ingest.close()
      retention.stop()
      rules.stop()
      await latency.stop()
      await observed.stop()
      await detection.checkpoint().catch((error: unknown) => log.warn({ err: error }, 'Detection state was not stored'))
      await coverage.stop().catch((error: unknown) => log.warn({ err: error }, 'Coverage was not stored'))
      await store.close()
    },
  }
}

/** A second door for the embedded lab: loopback only, ingest only, whatever address and certificates the console has. */
export async function openLabIngest(ingest: Ingest): Promise<{ url: string; close(): void }> {
  const app = express()
  app.disable('x-powered-by')
  app.use('/ingest/v1', ingest.router)
  const server = createServer(app)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/ingest/v1`,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
