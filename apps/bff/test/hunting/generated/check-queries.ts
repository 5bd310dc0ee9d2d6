import { answerRows } from '@cordon/kql'
import { engineSettings } from '../../../src/features/hunting/engine-settings.ts'
import type { HuntingStore } from '../hunting-store.ts'
import { kqlOf, pipeline, variants } from './pipeline.ts'
import { Random } from './random.ts'
import { comparable, comparableAnswer, type Relation } from './relation.ts'
import type { World } from './sources.ts'

export interface Checked {
  asked: number
  /** Queries whose rows are not the reference's, with one row of each side. */
  wrong: { query: string; expected: unknown; answered: unknown }[]
  /** Queries that the translator or the engine refused; the generator makes none that may be. */
  refused: { query: string; message: string }[]
}

const atOnce = 3

/** Asks generated queries until `queries` are asked, each pipeline in every way it can be written. */
export async function checkQueries(
  hunting: HuntingStore,
  world: World,
  { seed, queries }: { seed: number; queries: number },
): Promise<Checked> {
  const random = new Random(seed + 1)
  const checked: Checked = { asked: 0, wrong: [], refused: [] }
  const worker = async (): Promise<void> => {
    while (checked.asked < queries) {
      const made = pipeline(random, world.sources)
      const texts = [kqlOf(made), ...variants(random, made)]
      checked.asked += texts.length
      for (const query of texts) await checkOne(hunting, query, made.answer, checked)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return checked
}

async function checkOne(
  { engine, store }: HuntingStore,
  query: string,
  answer: Relation,
  checked: Checked,
): Promise<void> {
  try {
    const compiled = await engine.compile(query, { scope: {}, time: {}, now: 0n }, () => Promise.resolve([]))
    if (compiled.state !== 'ready') throw new Error(JSON.stringify(compiled))
    const { sql, parameters, columns } = compiled.translation
    const { rows } = await store.query(sql, parameters, { settings: engineSettings(sql) })
    const answered = comparableAnswer(
      columns.map((column) => column.name),
      answerRows(columns, rows),
      answer.ordered,
    )
    const expected = comparable(answer)
    const at = answered.findIndex((text, index) => text !== expected[index])
    const names = answer.columns.map((column) => column.name).join(',')
    if (names !== columns.map((column) => column.name).join(','))
      checked.wrong.push({ query, expected: names, answered: columns.map((column) => column.name).join(',') })
    else if (at >= 0 || answered.length !== expected.length)
      checked.wrong.push({
        query,
        expected: [expected.length, expected[Math.max(at, 0)]],
        answered: [answered.length, answered[Math.max(at, 0)]],
      })
  } catch (error) {
    checked.refused.push({ query, message: error instanceof Error ? error.message.slice(0, 500) : String(error) })
  }
}
