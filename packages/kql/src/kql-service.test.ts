import { expect, it } from 'vitest'
import { tableNamed, tables } from '@cordon/telemetry'
import { eventRelation } from './event-catalog.ts'
import { KqlService } from './kql-service.ts'
import { singleEquals } from './single-equals.ts'

const service = new KqlService([
  {
    name: 'T',
    columns: [
      { name: 'a', type: 'string' },
      { name: 'd', type: 'dynamic' },
    ],
  },
])
const catalog = { names: ['T'], relation: () => undefined }

it.each([
  ['T | where a = "x"', [12]],
  ['T | where a == "=" and (d.b = 1) // x = 1', [28]],
  ['T | extend b = 1 | where a != "x" | project c = a', []],
  ['let x = 1; T | where a in (T | where a = "y" | project z = a)', [39]],
  ['T) website] | where a = 1)) | where (a = 2', [22, 39]],
])('finds where = stands for ==: %s', (query, places) => {
  expect(singleEquals(query)).toEqual(places)
})

it('refuses functions that grow without end', () => {
  const levels = Array.from(
    { length: 24 },
    (_, level) => `let f${level + 1} = (x: long) { f${level}(x) + f${level}(x) };`,
  )
  const compiled = service.compile(`let f0 = (x: long) { x }; ${levels.join(' ')} print f24(1)`, catalog, 0n)
  expect(compiled).toMatchObject({
    state: 'refused',
    diagnostics: [{ message: expect.stringMatching(/too big|analysed|deep/) }],
  })
})

it('refuses what becomes too long a statement for the engine', () => {
  const columns = Array.from({ length: 3000 }, (_, index) => `c${index} = parse_url("${index}")`)
  expect(service.compile(`print ${columns.join(', ')}`, catalog, 0n)).toMatchObject({
    state: 'refused',
    bound: true,
    diagnostics: [{ message: expect.stringMatching(/a statement of [\d,]+ characters; .* at most 400,000/) }],
  })
})

it('survives what nobody writes', () => {
  for (const query of [
    '',
    '|',
    '(((((',
    'T |',
    'T | where',
    '"',
    'let',
    `print ${'('.repeat(3000)}1`,
    `T | where ${Array.from({ length: 3000 }, () => 'a == "x"').join(' or ')}`,
    '\u0000',
    "T | extend ['a`b'] = 1",
  ])
    expect(['refused', 'ready']).toContain(service.compile(query, catalog, 0n).state)
})

it('compares the stored copy of a number as it is only where 0, which is absent there, does not meet the condition', () => {
  const audit = tableNamed('CloudAuditEvents')
  const events = new KqlService(tables)
  const over = {
    names: ['CloudAuditEvents'],
    addresses: { missing: 'none' },
    relation: (_: string, text: (value: string) => string) =>
      audit && eventRelation(audit, { scope: {}, time: {}, text }),
  }
  const read = (condition: string): string => {
    const compiled = events.compile(`CloudAuditEvents | where ${condition} | count`, over, 0n)
    return compiled.state === 'ready' ? compiled.translation.sql : JSON.stringify(compiled)
  }
  const code = 'RawEventData.ResponseStatus.code'
  for (const plain of [`${code} == 403`, `${code} >= 400`, `${code} > 0`, `${code} between (200 .. 299)`])
    expect(read(plain)).not.toContain('nullIf(toInt64(`$`.`_Code`)')
  for (const careful of [`${code} < 500`, `${code} >= 0`, `not(${code} == 403)`, `${code} !between (200 .. 299)`])
    expect(read(careful)).toContain('nullIf(toInt64(`$`.`_Code`)')
})
