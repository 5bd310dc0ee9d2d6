import type { Kysely } from 'kysely'
import type { ClientConfig } from 'pg'
import type { Logger } from 'pino'
import { createCommit } from './adapters/postgres/commit.ts'
import { openDatabase } from './adapters/postgres/database.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './adapters/postgres/embedded.ts'
import { migrate } from './adapters/postgres/migrate.ts'
import type { Database } from './adapters/postgres/schema.ts'
import { createBus } from './bus.ts'
import type { Config } from './config.ts'
import type { Deps } from './deps.ts'

export interface State {
  deps: Deps
  db: Kysely<Database>
  /** In words: which PostgreSQL, where. */
  description: string
  close(): Promise<void>
}

/** Opens the state store, embedded or by URL, and brings its tables up to date. */
export async function openState(config: Config, log: Logger): Promise<State> {
  let embedded: EmbeddedPostgres | undefined
  let connection: ClientConfig
  if (config.databaseUrl) connection = { connectionString: config.databaseUrl }
  else {
    embedded = await startEmbeddedPostgres(config.dataDir, log)
    connection = embedded.connection
  }
  const { db, pool } = openDatabase(connection, log)
  const close = async () => {
    await db.destroy()
    await embedded?.stop()
  }
  try {
    const applied = await migrate(pool)
    if (applied.length > 0) log.info({ migrations: applied }, 'The database was brought up to date')
  } catch (error) {
    await close()
    throw error
  }
  const bus = createBus()
  return {
    deps: { config, log, db, bus, ...createCommit(db, bus) },
    db,
    description: embedded?.description ?? 'PostgreSQL server of CORDON_DATABASE_URL',
    close,
  }
}
