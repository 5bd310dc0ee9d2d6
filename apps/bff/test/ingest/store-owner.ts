// A process of its own that holds a store open until it is killed; for the tests of a killed parent.
import { normaliseAudit, storedRow } from '@cordon/telemetry'
import { embeddedEventStore } from '../../src/adapters/clickhouse/create-event-store.ts'
import { auditEvent } from './events.ts'

const store = await embeddedEventStore(process.argv[2] ?? '')
const [event] = normaliseAudit(auditEvent(), { cluster: 'lab-owner', receivedAt: Date.now() }).events
if (event !== undefined) await store.insert('CloudAuditEvents', [storedRow(event, { batch: 1, index: 0 }).row])
process.stdout.write(`${JSON.stringify({ engine: store.enginePid() })}\n`)
setInterval(() => {}, 1_000)
