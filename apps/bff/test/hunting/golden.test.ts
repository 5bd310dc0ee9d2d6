import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { huntingServer, type HuntingServer } from './hunting-server.ts'

interface Case {
  name: string
  query: string
  rows: Record<string, unknown>[]
}

const folder = path.join(import.meta.dirname, 'golden')
let server: HuntingServer
let call: Awaited<ReturnType<HuntingServer['as']>>
beforeAll(async () => {
  server = await huntingServer()
  call = await server.as('viewer')
})
afterAll(() => server.close())

describe.each(readdirSync(folder))('%s', (file) => {
  const cases = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Case[]
  it.each(cases)('$name', async ({ query, rows }) => {
    const { results, schema } = await call('huntingQuery', { body: { query } })
    expect(results).toEqual(rows)
    // The order of columns is part of the answer.
    if (rows[0]) expect(schema.map((column) => column.name)).toEqual(Object.keys(rows[0]))
  })
})
