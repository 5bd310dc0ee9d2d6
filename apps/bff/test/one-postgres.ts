import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Client } from 'pg'
import { pino } from 'pino'
import type { TestProject } from 'vitest/node'
import { openDatabase } from '../src/adapters/postgres/database.ts'
import { startEmbeddedPostgres } from '../src/adapters/postgres/embedded.ts'
import { migrate } from '../src/adapters/postgres/migrate.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    postgres: { host: string; port: number; user: string; password: string }
  }
}

/** One real PostgreSQL for the whole run, with a migrated template that each test file copies. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const log = pino({ level: 'silent' })
  const dir = mkdtempSync(path.join(tmpdir(), 'cordon-test-'))
  const postgres = await startEmbeddedPostgres(dir, log)
  const { connection } = postgres
  const admin = new Client(connection)
  await admin.connect()
  await admin.query('create database template')
  const { db, pool } = openDatabase({ ...connection, database: 'template' }, log)
  await migrate(pool)
  await db.destroy()
  await admin.end()
  project.provide('postgres', {
    host: String(connection.host),
    port: Number(connection.port),
    user: String(connection.user),
    password: String(connection.password),
  })
  return async () => {
    await postgres.destroy()
    rmSync(dir, { recursive: true, force: true })
  }
}
