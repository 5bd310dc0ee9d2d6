import { Kysely, PostgresDialect } from 'kysely'
import { type ClientConfig, type CustomTypesConfig, Pool, types } from 'pg'
import type { Logger } from 'pino'
import type { Database } from './schema.ts'

const int8 = 20

/** bigint as number: our counters and ids stay far below 2^53; a value above it is a bug worth failing on. */
function parseInt8(text: string): number {
  const n = Number(text)
  if (!Number.isSafeInteger(n)) throw new RangeError(`A bigint of the database does not fit a number: ${text}`)
  return n
}

/** A pool and query builder on a server. timestamptz comes as `Date`, bigint as number, jsonb as its value. */
export function openDatabase(connection: ClientConfig, log: Logger): { db: Kysely<Database>; pool: Pool } {
  const parsers = {
    getTypeParser: (oid: number, format?: 'text' | 'binary') =>
      oid === int8 ? parseInt8 : types.getTypeParser(oid, format as 'text'),
  }
  const pool = new Pool({
    ...connection,
    types: parsers as CustomTypesConfig,
    max: 16,
    statement_timeout: 30_000,
    connectionTimeoutMillis: 10_000,
    application_name: 'cordon',
  })
  // Idle connections report the end of the server here; without a listener that would end this process.
  // The message alone: the error carries the whole client with it.
  pool.on('error', (error) => log.warn({ detail: error.message }, 'A database connection was lost'))
  return { db: new Kysely<Database>({ dialect: new PostgresDialect({ pool }) }), pool }
}
