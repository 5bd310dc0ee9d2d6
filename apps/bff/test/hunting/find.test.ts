import type { ProblemError } from '@cordon/contract'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { huntingServer, type HuntingServer } from './hunting-server.ts'

let server: HuntingServer
beforeAll(async () => {
  server = await huntingServer()
})
afterAll(() => server.close())

it.each([
  ['CloudProcessEvents | find ProcessName == "sh"', /find is not supported/],
  ['find in (CloudProcessEvents) where 1 == 1', /needs a column or a term/],
  ['find in (CloudProcessEvents, CloudProcess*) where ProcessName == "sh"', /CloudProcessEvents twice/],
  ['let T = CloudProcessEvents; find in (T) where ProcessName == "sh"', /tables and views/],
  ['find in (CloudProcessEvents) where "xm*"', /without \*/],
  ['find in (CloudProcessEvents) where ProcessName : "sh"', /operator : within find/],
  ['find in (CloudProcessEvents) where ProcessName in ((print "sh"))', /query within the predicate/],
  ['find withsource=AccountName in (CloudProcessEvents) where ProcessName == "sh"', /two columns named AccountName/],
  ['let A = view () { print x = 1 }; let B = view () { print x = "1" }; find in (A, B) where x == 1', /several types/],
  ['let A = view () { print x = 1 }; let B = view () { print x = "1", y = 1 }; find "1" project x', /several types/],
  [
    'let A = view () { print k = 1, x = 1, y = 1 }; let B = view () { print k = 1, x = "1", z = 1 }; find in (A, B) where k == 1 | extend 1',
    /can only end the query/,
  ],
  ['let A = view () { print x = 1 }; find in (A) where x == 1 project x, x', /two columns named x/],
  ['let A = view () { print x = 1 }; find in (A) where x == 1 project x, pack_all()', /left for pack_/],
] as [string, RegExp][])('refuses by name: %s', async (query, said) => {
  const call = await server.as('viewer')
  const refused = call('huntingQuery', { body: { query } }).then(() => undefined)
  const { problem } = (await refused.catch((error: unknown) => error)) as ProblemError
  expect(problem).toMatchObject({ status: 400, detail: expect.stringMatching(said) })
})
