import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compile, parseRules } from '../src/index.ts'
import { features } from './features.ts'
import type { Feature } from './features.ts'

const logsource = { product: 'test' }
const lists = { names: ['eve', 'mallory'] }

const yamlOf = (feature: Feature) =>
  `title: T\nlogsource: { product: test }\ndetection:\n  ${feature.detection}\n${feature.detection.includes('condition:') ? '' : '  condition: sel\n'}`

function engineFor(yaml: string) {
  const set = parseRules(yaml, { file: 't.yml' })
  expect(set.errors).toEqual([])
  const engine = compile(set, { lists })
  expect(engine.errors).toEqual([])
  return engine
}

describe('every feature of the specification', () => {
  for (const feature of features)
    it(feature.name, () => {
      const engine = engineFor(yamlOf(feature))
      for (const event of feature.hits) expect(engine.match(logsource, event), JSON.stringify(event)).toHaveLength(1)
      for (const event of feature.misses) expect(engine.match(logsource, event), JSON.stringify(event)).toHaveLength(0)
    })

  it('the index never hides a match: all rules together find what each finds alone', () => {
    const all = engineFor(
      features.map((feature, i) => yamlOf(feature).replace('title: T', `title: T${i}`)).join('---\n'),
    )
    const single = features.map((feature) => engineFor(yamlOf(feature)))
    for (const feature of features)
      for (const event of [...feature.hits, ...feature.misses]) {
        const together = all.match(logsource, event).map((match) => Number(match.rule.title.slice(1)))
        const alone = single.flatMap((engine, i) => (engine.match(logsource, event).length > 0 ? [i] : []))
        expect(together).toEqual(alone)
      }
  })

  it('is listed in docs/sigma.md', () => {
    const text = readFileSync(join(import.meta.dirname, '../../../docs/sigma.md'), 'utf8')
    expect(
      features.map((feature) => feature.name).filter((name) => !text.includes(`| ${name.replaceAll('|', '\\|')} |`)),
    ).toEqual([])
  })
})
