import { sql } from 'kysely'
import type { CommitUnrecorded } from '../../adapters/postgres/commit.ts'
import { storable, toJsonb } from '../../adapters/postgres/storable.ts'
import type { KubeObject } from './kinds.ts'

export interface EntityRow {
  key: string
  kind: string
  cluster: string
  object: KubeObject
  gone: boolean
}

/** Gathers inventory changes and writes them in batches; the newest state of an object wins. */
export function createEntityRecorder(commitUnrecorded: CommitUnrecorded, onError: (error: unknown) => void) {
  const waiting = new Map<string, EntityRow>()
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()

  function add(row: EntityRow): void {
    waiting.set(`${row.key} ${row.object.metadata.uid}`, row)
    timer ??= setTimeout(() => void flush(), 250)
  }

  function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const rows = [...waiting.values()]
    waiting.clear()
    writing = writing
      .then(() => write(rows))
      .catch((error: unknown) => {
        onError(error)
        // The database is away: keep what isn't newer already and try again.
        for (const row of rows) {
          const key = `${row.key} ${row.object.metadata.uid}`
          if (!waiting.has(key)) waiting.set(key, row)
        }
        timer ??= setTimeout(() => void flush(), 2_000)
      })
    return writing
  }

  async function write(rows: EntityRow[]): Promise<void> {
    for (let i = 0; i < rows.length; i += 200) {
      await commitUnrecorded(async (tx) => {
        await tx
          .insertInto('entities')
          .values(rows.slice(i, i + 200).map(toRow))
          .onConflict((c) =>
            c.columns(['key', 'uid']).doUpdateSet((eb) => ({
              labels: eb.ref('excluded.labels'),
              manifest: eb.ref('excluded.manifest'),
              resource_version: eb.ref('excluded.resource_version'),
              last_seen: sql<Date>`now()`,
              gone_at: eb.ref('excluded.gone_at'),
            })),
          )
          .execute()
        return { result: undefined, changed: ['entity'] }
      })
    }
  }

  return { add, flush }
}

function toRow({ key, kind, cluster, object, gone }: EntityRow) {
  const m = object.metadata
  return {
    key: storable(key),
    uid: m.uid,
    kind,
    cluster,
    namespace: m.namespace ?? null,
    name: storable(m.name),
    labels: toJsonb(m.labels ?? {}),
    manifest: toJsonb(object),
    resource_version: m.resourceVersion,
    gone_at: gone ? new Date() : null,
  }
}
