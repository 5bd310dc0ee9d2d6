import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { supported } from '@cordon/kql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mmdbFile } from '../addresses/mmdb-file.ts'
import { testPlaces } from '../addresses/test-places.ts'
import { huntingServer, type HuntingServer } from './hunting-server.ts'

/** What one operator, function or aggregate answers: `input` is a table that `query` calls `Input`. */
interface Golden {
  of: string
  cases: { input?: string; query: string; rows: Record<string, unknown>[] }[]
}

const folder = path.join(import.meta.dirname, 'golden')
const read = (kind: string): Golden[] =>
  readdirSync(path.join(folder, kind)).map(
    (file) => JSON.parse(readFileSync(path.join(folder, kind, file), 'utf8')) as Golden,
  )

let server: HuntingServer
let call: Awaited<ReturnType<HuntingServer['as']>>
beforeAll(async () => {
  server = await huntingServer({ addresses: mmdbFile(testPlaces) })
  call = await server.as('viewer')
})
afterAll(() => server.close())

describe.each(readdirSync(folder))('%s', (kind) => {
  it.each(read(kind))('$of', async ({ cases }) => {
    for (const { input, query, rows } of cases) {
      const { results, schema } = await call('huntingQuery', {
        body: { query: input ? `let Input = ${input};\n${query}` : query },
      })
      expect(results, query).toEqual(rows)
      // The order of columns is part of the answer.
      if (rows[0])
        expect(
          schema.map((column) => column.name),
          query,
        ).toEqual(Object.keys(rows[0]))
    }
  })
})

it.each([
  ['operators', supported.operators],
  ['plugins', supported.plugins],
  ['joins', supported.joinKinds],
  ['expressions', supported.expressionOperators],
  ['aggregates', supported.aggregates],
  ['functions', supported.functions],
])('everything of %s that is called supported is shown here', (kind, names) => {
  const shown = new Set(read(kind).map((golden) => golden.of))
  expect(names.filter((name) => !shown.has(name))).toEqual([])
})
