import { setImmediate as breathe } from 'node:timers/promises'
import { promisify } from 'node:util'
import { constants, gunzipSync, gzip } from 'node:zlib'
import { toJsonb } from '../../adapters/postgres/storable.ts'
import type { Deps } from '../../deps.ts'
import type { Connections } from '../correlate/connections.ts'

type Ports = Pick<Deps, 'db' | 'commitUnrecorded'>

const name = 'detection'
const partName = (number: number) => `${name}/${String(number).padStart(5, '0')}`
const rowsPerInsert = 20
const pack = promisify(gzip)

interface Head {
  /** Batch after which the state was taken. */
  batch: number
  connections: Parameters<Connections['restore']>[0]
}

export interface DetectionState extends Head {
  /** The detector's parts; taken one after the other, with breaks between them. */
  detector: Iterable<unknown>
}

/** The state stored last, as a whole; undefined when there is none. */
export async function readDetectionState({
  db,
}: Pick<Ports, 'db'>): Promise<(Head & { detector: unknown[] }) | undefined> {
  const row = await db.selectFrom('detection_state').select('state').where('name', '=', name).executeTakeFirst()
  const head = row?.state as Head | undefined
  if (!head) return undefined
  const rows = await db
    .selectFrom('detection_state')
    .select('state')
    .where('name', 'like', `${name}/%`)
    .orderBy('name')
    .execute()
  const detector = rows.map(
    ({ state }) => JSON.parse(gunzipSync(Buffer.from(state as string, 'base64')).toString()) as unknown,
  )
  return { batch: head.batch, connections: head.connections, detector }
}

/**
 * Stores a state in one transaction: all of it, or none. It is made and packed part by part, so that the largest fleet
 * never holds up the event loop.
 */
export async function writeDetectionState(ports: Ports, { detector, ...head }: DetectionState): Promise<void> {
  const rows: { name: string; state: string; updated_at: Date }[] = []
  for (const part of detector) {
    const packed = await pack(JSON.stringify(part), { level: constants.Z_BEST_SPEED })
    rows.push({ name: partName(rows.length), state: JSON.stringify(packed.toString('base64')), updated_at: new Date() })
    await breathe()
  }
  await ports.commitUnrecorded(async (tx) => {
    await tx.deleteFrom('detection_state').where('name', 'like', `${name}/%`).execute()
    for (const some of [[{ name, state: toJsonb(head), updated_at: new Date() }], ...chunks(rows)])
      await tx
        .insertInto('detection_state')
        .values(some)
        .onConflict((conflict) =>
          conflict
            .column('name')
            .doUpdateSet((row) => ({ state: row.ref('excluded.state'), updated_at: row.ref('excluded.updated_at') })),
        )
        .execute()
    return { result: undefined, changed: [] }
  })
}

function chunks<T>(rows: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(rows.length / rowsPerInsert) }, (_, i) =>
    rows.slice(i * rowsPerInsert, (i + 1) * rowsPerInsert),
  )
}
