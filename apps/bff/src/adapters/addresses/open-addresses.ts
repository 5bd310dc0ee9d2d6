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
export function openAddresses({ file, ...rest }: AddressesOptions): Addresses {
  if (file !== undefined) return new KeptAddresses({ file, ...rest })
  return {
    lookup: () => ({ missing: notSet }),
    check: async () => ({ ok: true, detail: 'not set up' }),
    close: async () => {},
  }
}

class KeptAddresses implements Addresses {
  readonly #options: AddressesOptions & { file: string }
  readonly #stopped = new AbortController()
  readonly #timer: NodeJS.Timeout
  #forgetting: NodeJS.Timeout | undefined
  /** Everything happens one after the other. */
  #under: Promise<void>
  #lookup: AddressLookup = { missing: reading }
  /** The version in use. */
  #version = ''
  /** How the file looked when it was read last. */
  #seen = ''
  #fault = ''

  constructor(options: AddressesOptions & { file: string }) {
    this.#options = options
    this.#under = this.#look()
    this.#timer = setInterval(() => this.#inTurn(() => this.#look()), options.everyMs ?? everyMs)
    this.#timer.unref()
  }

  readonly lookup = (): AddressLookup => this.#lookup

  readonly check: Addresses['check'] = async () => ({
    ok: this.#fault === '' && 'networks' in this.#lookup,
    detail: this.#fault || ('missing' in this.#lookup ? this.#lookup.missing : 'in use'),
  })

  readonly close = async (): Promise<void> => {
    this.#stopped.abort()
    clearInterval(this.#timer)
    clearTimeout(this.#forgetting)
    await this.#under
  }

  #inTurn(work: () => Promise<void>): void {
    this.#under = this.#under.then(() => (this.#stopped.signal.aborted ? undefined : work()))
  }

  async #look(): Promise<void> {
    const { file, log } = this.#options
    try {
      const { mtimeMs, size, ino } = await stat(file)
      const found = `${mtimeMs} ${size} ${ino}`
      if (found === this.#seen) return
      this.#seen = found
      await this.#take(await readFile(file))
      this.#fault = ''
    } catch (error) {
      if (this.#stopped.signal.aborted) return
      // The file is read again when it changes; what else went wrong may pass.
      if (!(error instanceof AddressDatabaseError)) this.#seen = ''
      const why = reasonOf(error)
      if (why !== this.#fault) log.error({ file, err: error }, `The address database can't be used: ${why}`)
      this.#fault = why
      if ('missing' in this.#lookup)
        this.#lookup = { missing: `the file that CORDON_GEO_DATABASE names can't be used: ${why}` }
    }
  }

  async #take(bytes: Buffer): Promise<void> {
    const { store, file, log } = this.#options
    const version = await versionOf(bytes)
    if (version === this.#version) return
    const database = new AddressDatabase(bytes)
    const before = this.#lookup
    const known = await holds(store, version)
    // Hunts may come while the engine still reads: they wait for it.
    if (known) this.#lookup = tablesOf(version)
    // What an earlier run wrote is no use when the account it is read with has changed.
    if (!known || !(await reads(store, version))) {
      this.#lookup = before
      await write(store, version, { database, signal: this.#stopped.signal })
    }
    this.#version = version
    this.#lookup = tablesOf(version)
    log.info({ file, version }, 'The address database is in use')
    clearTimeout(this.#forgetting)
    // In turn: what is just being written is another version too.
    this.#forgetting = setTimeout(() => this.#inTurn(() => this.#forget()), this.#options.keptMs ?? keptMs)
    this.#forgetting.unref()
  }

  async #forget(): Promise<void> {
    const { store, log } = this.#options
    try {
      await dropOthers(store, this.#version)
    } catch (error) {
      log.warn({ err: error }, 'An older address database could not be removed from the event store')
    }
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
