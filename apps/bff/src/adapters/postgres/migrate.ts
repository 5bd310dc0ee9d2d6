import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type pg from 'pg'

const migrationLock = 7_203_000 // any number, the same in every process of an installation

/**
 * Applies the SQL files of `migrations/` that this database doesn't have, each in its own transaction, in the order of
 * their names. Several processes may start at once: one migrates, the others wait. Throws when the database is newer
 * than this program.
 */
export async function migrate(pool: pg.Pool): Promise<string[]> {
  const dir = path.join(import.meta.dirname, 'migrations')
  const files = readdirSync(dir)
    .filter((name) => name.endsWith('.sql'))
    .toSorted()
  const client = await pool.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [migrationLock])
    await client.query(
      'create table if not exists migrations (name text primary key, applied_at timestamptz(3) not null default now())',
    )
    const { rows } = await client.query<{ name: string }>('select name from migrations order by name')
    const applied = new Set(rows.map((row) => row.name))
    const unknown = [...applied].filter((name) => !files.includes(name))
    if (unknown.length > 0)
      throw new Error(`This database was changed by a newer Cordon (${unknown.join(', ')}). Start that version.`)
    const missing = files.filter((name) => !applied.has(name))
    for (const name of missing) await applyOne(client, name, readFileSync(path.join(dir, name), 'utf8'))
    return missing
  } finally {
    await client.query('select pg_advisory_unlock($1)', [migrationLock]).catch(() => {})
    client.release()
  }
}

async function applyOne(client: pg.PoolClient, name: string, sql: string): Promise<void> {
  await client.query('begin')
  try {
    await client.query(sql)
    await client.query('insert into migrations (name) values ($1)', [name])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw new Error(`Migration ${name} failed: ${(error as Error).message}`, { cause: error })
  }
}
