import { huntingStore, storeEvents } from '../test/hunting/hunting-store.ts'
import { checkQueries } from '../test/hunting/generated/check-queries.ts'
import { Random } from '../test/hunting/generated/random.ts'
import { madeWorld } from '../test/hunting/generated/sources.ts'

/**
 * Ten thousand generated queries (CORDON_GENERATED_QUERIES) over ten made worlds, each written in several ways that
 * must agree, against a reference that loops over the rows.
 */
export async function bench(): Promise<Record<string, number | string>> {
  const wanted = Number(process.env['CORDON_GENERATED_QUERIES'] ?? 10_000)
  const worlds = 10
  const figures = { 'queries asked': 0, 'wrong answers': 0, 'refused or failed': 0 }
  for (let seed = 101; seed < 101 + worlds; seed += 1) {
    const hunting = await huntingStore()
    try {
      const world = madeWorld(new Random(seed))
      await storeEvents(hunting.store, world.events)
      const { asked, wrong, refused } = await checkQueries(hunting, world, { seed, queries: wanted / worlds })
      figures['queries asked'] += asked
      figures['wrong answers'] += wrong.length
      figures['refused or failed'] += refused.length
      for (const each of [...wrong, ...refused]) console.log(JSON.stringify(each))
    } finally {
      await hunting.close()
    }
  }
  return figures
}
