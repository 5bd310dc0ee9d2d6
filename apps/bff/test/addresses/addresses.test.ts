import { copyFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AddressDatabase } from '../../src/adapters/addresses/address-database.ts'
import { type Addresses, openAddresses } from '../../src/adapters/addresses/open-addresses.ts'
import { createEventStore } from '../../src/adapters/clickhouse/create-event-store.ts'
import type { SchemaStore } from '../../src/adapters/clickhouse/event-store.ts'
import { createKqlEngine } from '../../src/adapters/kql/kql-engine.ts'
import { hunt } from '../../src/features/hunting/hunt.ts'
import { stateTables } from '../../src/features/hunting/state-tables.ts'
import { type Deps, system } from '../../src/deps.ts'
import { mmdbFile } from './mmdb-file.ts'
import { hostile, sydney, testPlaces } from './test-places.ts'

const until = (isSo: () => boolean | Promise<boolean>): Promise<boolean> => vi.waitUntil(isSo, { timeout: 15_000 })
const read = (bytes: Buffer): Record<string, unknown> => {
  const database = new AddressDatabase(bytes)
  const networks = [...database.networks()]
  return Object.fromEntries(
    networks.map(({ prefix, place }) => [prefix, JSON.parse(database.places[place - 1] ?? '') as unknown]),
  )
}
const inSydney = {
  country: 'Australia',
  state: 'New South Wales',
  city: 'Sydney',
  latitude: -33.8715,
  longitude: 151.2006,
}

describe('a database', () => {
  it.each([24, 28, 32] as const)('of records of %i bits gives its networks and their places', (recordSize) => {
    const networks = read(mmdbFile(testPlaces, { recordSize }))
    expect(networks).toMatchObject({
      '5.148.0.0/17': { country: 'United Kingdom', state: 'Camden' },
      '20.53.0.0/17': inSydney,
      '20.53.203.0/24': { ...inSydney, latitude: -33.8, longitude: 151.2 },
      '198.51.100.0/25': { country: 'Nowhere', city: hostile },
      '2a03:2880:0000:0000:0000:0000:0000:0000/32': { country: 'Ireland', city: 'Dublin' },
    })
    // The 6to4 range leads to the networks of version 4 once more.
    expect(Object.keys(networks).filter((network) => network.startsWith('2002:'))).toEqual([])
  })

  it('of version 4 alone is read as well', () => {
    expect(read(mmdbFile({ '20.53.0.0/16': sydney }, { ipVersion: 4 }))).toEqual({ '20.53.0.0/16': inSydney })
  })

  it('joins neighbours that differ in nothing that is shown', () => {
    const near = { ...sydney, postal: { code: '2000' } }
    const networks = { '20.0.0.0/10': sydney, '20.64.0.0/11': near, '20.96.0.0/11': sydney, '20.128.0.0/9': near }
    expect(read(mmdbFile(networks))).toEqual({ '20.0.0.0/8': inSydney })
    expect(read(mmdbFile({ '20.1.0.0/16': sydney, '20.2.0.0/16': near }))).toEqual({
      '20.1.0.0/16': inSydney,
      '20.2.0.0/16': inSydney,
    })
  })

  it.each([
    ['an empty file', Buffer.alloc(0), 'no MaxMind database'],
    ['other bytes', Buffer.from('PK\u0003\u0004'.repeat(100)), 'no MaxMind database'],
    ['a file cut short', mmdbFile(testPlaces).subarray(0, 600), 'no MaxMind database'],
    ['a tree that runs in a circle', circle(mmdbFile(testPlaces, { recordSize: 24 })), 'tree is damaged'],
    ['records overwritten', overwritten(mmdbFile({ '20.0.0.0/8': sydney })), 'records are damaged'],
    ['a file without places', mmdbFile({ '20.0.0.0/8': { autonomous_system_number: 64_496 } }), 'names no countries'],
  ])('refuses %s', (_, bytes, why) => {
    expect(() => read(bytes)).toThrow(why)
  })
})

/** The first node leads back to itself. */
function circle(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  copy.writeUIntBE(0, 3, 3)
  return copy
}

/** A size of hundreds of members, and none of them. */
function overwritten(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  const first = copy.indexOf('country') - 2
  copy.fill(0xff, first, first + 20)
  return copy
}

describe('a file', () => {
  let directory: string
  let file: string
  let store: SchemaStore
  let addresses: Addresses | undefined
  const log: string[] = []
  const engine = createKqlEngine(stateTables, () => addresses?.lookup() ?? { missing: 'nothing was opened' })
  afterAll(() => engine.close())
  beforeEach(async () => {
    directory = mkdtempSync(path.join(tmpdir(), 'cordon-addresses-'))
    file = path.join(directory, 'places.mmdb')
    store = await createEventStore({ dataDir: directory })
    log.length = 0
  })
  afterEach(async () => {
    await addresses?.close()
    await store.close()
    rmSync(directory, { recursive: true, force: true })
  })

  const open = (given: string | undefined, keptMs = 900_000): Addresses => {
    const logger = pino({ level: 'warn' }, { write: (line: string) => void log.push(line) })
    addresses = openAddresses({ file: given, store, log: logger, everyMs: 20, keptMs })
    return addresses
  }
  /** The answer of a hunt, or why it is refused. */
  const asked = async (query: string): Promise<unknown> => {
    const db = undefined as unknown as Deps['db'] // no table of the state is read
    const limits = { rows: 100, seconds: 30, memoryBytes: 268_435_456 }
    const { signal } = new AbortController()
    try {
      return (await hunt({ db, store, engine }, { query, timespan: undefined, scope: system.scope, signal, limits }))
        .results
    } catch (error) {
      return String(error)
    }
  }
  const cityOf = (ip: string): Promise<unknown> => asked(`print x = geo_info_from_ip_address("${ip}").city`)
  const tables = async (): Promise<number> =>
    (await store.query(`SELECT 1 FROM system.tables WHERE name LIKE 'Address%'`)).rows.length

  it('that is not given is named by the setting it takes', async () => {
    open(undefined)
    expect(await cityOf('20.53.1.2')).toMatch(/needs a database of addresses: CORDON_GEO_DATABASE names no file/)
    expect(await asked('print 1')).toEqual([{ print_0: 1 }])
  })

  it('is taken up when it comes, replaced while running, kept in use when a damaged one follows', async () => {
    const { check, lookup } = open(file, 50)
    await until(async () => !(await check()).ok && log.length > 0)
    expect(await cityOf('20.53.1.2')).toMatch(/CORDON_GEO_DATABASE names can't be used: there is no such file/)

    writeFileSync(file, 'cut short')
    await until(() => log.some((line) => line.includes('no MaxMind database')))
    expect(await cityOf('20.53.1.2')).toMatch(/can't be used: it is no MaxMind database, or cut short/)

    const put = (places: Record<string, typeof sydney>): void => {
      writeFileSync(`${file}.new`, mmdbFile(places))
      renameSync(`${file}.new`, file)
    }
    put({ '20.53.0.0/16': sydney })
    await until(async () => (await check()).ok)
    expect(await cityOf('20.53.1.2')).toEqual([{ x: 'Sydney' }])

    const first = lookup()
    put({ '20.53.0.0/16': { ...sydney, city: { names: { en: 'Perth', de: 'Perth' } } } })
    await until(() => lookup() !== first)
    expect(await cityOf('20.53.1.2')).toEqual([{ x: 'Perth' }])
    // What was made for the one before goes when no statement can name it any more.
    await until(async () => (await tables()) === 4)

    writeFileSync(file, 'cut short')
    await until(async () => !(await check()).ok)
    expect(await cityOf('20.53.1.2')).toEqual([{ x: 'Perth' }])
  })

  it('is not written again after a restart', async () => {
    writeFileSync(file, mmdbFile(testPlaces))
    const before = open(file)
    await until(async () => (await before.check()).ok)
    await before.close()
    await store.close()
    store = await createEventStore({ dataDir: directory })
    const insert = vi.spyOn(store, 'insert')
    copyFileSync(file, `${file}.copy`)
    const { check } = open(`${file}.copy`)
    await until(async () => (await check()).ok)
    expect(await cityOf('20.53.1.2')).toEqual([{ x: 'Sydney' }])
    expect(insert).not.toHaveBeenCalled()
  })

  it('names nothing but text, and no query names its tables', async () => {
    writeFileSync(file, mmdbFile(testPlaces))
    const { check, lookup } = open(file)
    await until(async () => (await check()).ok)
    expect(await cityOf('198.51.100.3')).toEqual([{ x: hostile }])
    expect(await asked('print x = strlen(tostring(geo_info_from_ip_address("198.51.100.3").city))')).toEqual([
      { x: hostile.length },
    ])
    const ready = lookup()
    if ('missing' in ready) throw new Error(ready.missing)
    for (const query of [ready.networks, `${ready.places}_rows`, `print dictGet("${ready.places}", "info", 1)`])
      expect(await asked(query)).toMatch(/not refer to any known|not known|not supported/)
  })
})
