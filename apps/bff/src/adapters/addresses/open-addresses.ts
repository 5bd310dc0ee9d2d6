import type { AddressLookup } from '@cordon/kql'
import { createHash, subtle } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import type { Logger } from 'pino'
import type { HealthCheck } from '../../deps.ts'
import { EventStoreError, type SchemaStore } from '../clickhouse/event-store.ts'
import { AddressDatabase, AddressDatabaseError } from './address-database.ts'
import { dropOthers, holds, read, tablesOf, write } from './address-tables.ts'

/** How often the file is looked at. */
const everyMs = 60_000
/** Longer than any statement that may still name the version before. */
const keptMs = 900_000

/** Addresses for hunts, from the file that the operator gives. */
export interface Addresses {
  /** What a query is translated with now. */
  lookup(): AddressLookup
  check: HealthCheck['check']
  close(): Promise<void>
}

export interface AddressesOptions {
  /** Path of the database; undefined where none is given. */
  file: string | undefined
  store: SchemaStore
  log: Logger
  everyMs?: number
  keptMs?: number
}

const notSet = 'CORDON_GEO_DATABASE names no file (.mmdb, such as GeoLite2 City)'
const reading = 'the file that CORDON_GEO_DATABASE names is being read; try again in a moment'

/**
 * Puts the database into the event store, and again when the file changes. Returns at once: the store works on. A file
 * that can't be used is told in the log and to whoever asks; what was read from the one before stays in use.
 */
export function openAddresses({ file, store, log, ...times }: AddressesOptions): Addresses {
  if (file === undefined)
    return {
      lookup: () => ({ missing: notSet }),
      check: async () => ({ ok: true, detail: 'not set up' }),
      close: async () => {},
    }
  let lookup: AddressLookup = { missing: reading }
  let fault = ''
  let seen = ''
  const stopped = new AbortController()
  let version = ''
  let forgetting: NodeJS.Timeout | undefined

  const use = (next: string): void => {
    version = next
    lookup = tablesOf(next)
    fault = ''
    clearTimeout(forgetting)
    forgetting = setTimeout(() => {
      dropOthers(store, version).catch((error: unknown) =>
        log.warn({ err: error }, 'An older address database could not be removed from the event store'),
      )
    }, times.keptMs ?? keptMs)
    forgetting.unref()
  }
  const take = async (): Promise<void> => {
    const { mtimeMs, size, ino } = await stat(file)
    const found = `${mtimeMs} ${size} ${ino}`
    if (found === seen) return
    seen = found
    const bytes = await readFile(file)
    const next = await versionOf(bytes)
    if (next !== version) {
      const database = new AddressDatabase(bytes)
      const before = lookup
      const known = await holds(store, next)
      // Hunts may come while the engine still reads: they wait for it.
      if (known) lookup = tablesOf(next)
      // What an earlier run wrote is no use when the account it is read with has changed.
      if (!known || !(await reads(store, next))) {
        lookup = before
        await write(store, next, { database, signal: stopped.signal })
      }
      use(next)
      log.info({ file, version: next }, 'The address database is in use')
    }
    fault = ''
  }
  const look = async (): Promise<void> => {
    try {
      await take()
    } catch (error) {
      if (stopped.signal.aborted) return
      // The file is read again when it changes; what else went wrong may pass.
      if (!(error instanceof AddressDatabaseError)) seen = ''
      const why = reasonOf(error)
      if (why !== fault) log.error({ file, err: error }, `The address database can't be used: ${why}`)
      fault = why
      if ('missing' in lookup) lookup = { missing: `the file that CORDON_GEO_DATABASE names can't be used: ${why}` }
    }
  }

  let under = look()
  const timer = setInterval(() => {
    under = under.then(() => (stopped.signal.aborted ? undefined : look()))
  }, times.everyMs ?? everyMs)
  timer.unref()
  return {
    lookup: () => lookup,
    check: async () => ({
      ok: fault === '' && 'networks' in lookup,
      detail: fault === '' ? ('missing' in lookup ? lookup.missing : 'in use') : fault,
    }),
    async close() {
      stopped.abort()
      clearInterval(timer)
      clearTimeout(forgetting)
      await under
    },
  }
}

/** Part of every version: another number where the tables are made otherwise. */
const layout = '1'

async function reads(store: SchemaStore, version: string): Promise<boolean> {
  try {
    await read(store, version)
    return true
  } catch (error) {
    if (error instanceof EventStoreError && error.code === 'unavailable') throw error
    return false
  }
}

/** The hash of a large file is made beside the thread that serves everyone. */
async function versionOf(bytes: Buffer): Promise<string> {
  const file = Buffer.from(await subtle.digest('SHA-256', bytes))
  return createHash('sha256').update(layout).update(file).digest('hex').slice(0, 16)
}

function reasonOf(error: unknown): string {
  if (error instanceof AddressDatabaseError) return error.message
  if (error instanceof EventStoreError) return `the event store did not take it (${error.code})`
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return 'there is no such file'
  return code === 'EACCES' || code === 'EPERM'
    ? 'it may not be read'
    : `it could not be read (${code ?? 'the log says why'})`
}
