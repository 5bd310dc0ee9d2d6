import { afterAll, beforeAll, expect, it } from 'vitest'
import { huntingStore, type HuntingStore, storeEvents } from '../hunting-store.ts'
import { checkQueries } from './check-queries.ts'
import { Random } from './random.ts'
import { madeWorld } from './sources.ts'

/** Enough to notice what breaks; `npm run bench generated-hunts` asks ten thousand. */
const queries = Number(process.env['CORDON_GENERATED_QUERIES'] ?? 600)
const seed = Number(process.env['CORDON_GENERATED_SEED'] ?? 1)

let hunting: HuntingStore
beforeAll(async () => {
  hunting = await huntingStore()
})
afterAll(() => hunting.close())

it('answers generated queries, however they are written, as plain loops over the rows do', async () => {
  const world = madeWorld(new Random(seed))
  await storeEvents(hunting.store, world.events)
  const { asked, wrong, refused } = await checkQueries(hunting, world, { seed, queries })
  expect(wrong).toEqual([])
  expect(refused).toEqual([])
  expect(asked).toBeGreaterThanOrEqual(queries)
}, 1_800_000)
