import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerRows } from '@cordon/kql'
import { huntingServer, type HuntingServer } from '../hunting-server.ts'
import { auditEvent, processEvent, storeEvents } from '../hunting-store.ts'
import { callForms, engineFunctions, escapeQueries } from './escapes.ts'
import { expressions, pipelines } from './places.ts'
import { hostileTexts } from './texts.ts'

const secret = 'SECRETOFANOTHERCLUSTER'
let server: HuntingServer
beforeAll(async () => {
  server = await huntingServer()
  await storeEvents(server.store, [
    processEvent('mine', 'mine', 'sh -c true'),
    processEvent('theirs', 'theirs', secret),
    auditEvent('a1', 'mine', { verb: 'get', user: { username: 'eve' } }),
    auditEvent('a2', 'theirs', { verb: 'get', user: { username: secret } }),
  ])
})
afterAll(() => server.close())

/** The answer for someone who may see one cluster only, or what the query was refused with. */
async function asked(query: string): Promise<{ rows: unknown[] } | { refused: string }> {
  const options = { scope: { clusters: ['mine'] }, time: {}, now: BigInt(Date.now()) * 10_000n }
  const limits = { timeoutMs: 5000, maxRows: 1000, maxMemoryBytes: 268_435_456 }
  try {
    const compiled = await server.engine.compile(query, options, async (sql, parameters) => {
      const { rows } = await server.store.query<{ name: string; kinds: string[] }>(sql, parameters, limits)
      return rows
    })
    if (compiled.state === 'refused') return { refused: compiled.diagnostics.map((each) => each.message).join('; ') }
    if (compiled.state !== 'ready') return { refused: compiled.message }
    const { sql, parameters, columns } = compiled.translation
    // Tables of the state are handed in with the statement; here they have no rows.
    const states = compiled.stateTables.map(
      (table) => `\`$${table}\` AS (SELECT * FROM \`CloudProcessEvents\` WHERE 0)`,
    )
    if (states.length > 0) return { rows: [] }
    const { rows } = await server.store.query(sql, parameters, limits)
    return { rows: answerRows(columns, rows) }
  } catch (error) {
    return { refused: error instanceof Error ? error.message : String(error) }
  }
}

describe('a text stays where it stands', () => {
  it(`in ${expressions.length} places of an expression`, async () => {
    const call = await server.as('viewer')
    for (const text of hostileTexts) {
      const fitting = expressions.filter((place) => !place.except?.(text))
      const query = `print ${fitting.map((place, n) => `x${n} = ${place.kql(text)}`).join(', ')}`
      const { results } = await call('huntingQuery', { body: { query } })
      const expected = Object.fromEntries(fitting.map((place, n) => [`x${n}`, place.value(text)]))
      expect(results, JSON.stringify(text.slice(0, 100))).toEqual([expected])
    }
  }, 120_000)

  it.each(pipelines)(
    'in a pipeline: $name',
    async ({ kql, value, except }) => {
      const call = await server.as('viewer')
      for (const text of hostileTexts.filter((each) => !except?.(each))) {
        const { results } = await call('huntingQuery', { body: { query: kql(text) } })
        expect(
          results.map((row) => Object.values(row)),
          kql(text).slice(0, 300),
        ).toEqual([[value(text)]])
      }
    },
    120_000,
  )
})

describe('no way out', () => {
  it.each(callForms.map((form) => [form('NAME'), form] as const))('%s', async (_, form) => {
    for (const name of engineFunctions) {
      const answer = await asked(form(name))
      expect(JSON.stringify(answer), form(name)).not.toContain(secret)
      expect(answer, form(name)).toHaveProperty('refused')
    }
  })

  it('queries that try it by the language itself see nothing of another cluster', async () => {
    for (const query of escapeQueries) {
      const answer = await asked(query)
      const shown = JSON.stringify(answer)
      expect(shown.replaceAll(query, ''), query.slice(0, 300)).not.toContain(secret)
      expect(shown, query.slice(0, 300)).not.toContain('root:')
    }
  }, 120_000)

  it('leaves every table as it was', async () => {
    const { rows } = await server.store.query<{ n: string }>('SELECT count() AS n FROM CloudProcessEvents')
    expect(rows).toEqual([{ n: '2' }])
  })
})
