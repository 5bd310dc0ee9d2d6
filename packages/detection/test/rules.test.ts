import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { createDetector, emptyPack, loadPack } from '../src/index.ts'
import { caseEvent } from '../src/case-event.ts'

interface Case {
  name: string
  events: Record<string, unknown>[]
}

const pack = loadPack()
const detector = createDetector({ rules: pack })
const fresh = [...detector.snapshot()]

function titlesOf(one: Case, ruleId: string): string[] {
  detector.restore(fresh)
  const matches = one.events.flatMap((event, i) => detector.process(caseEvent(event, i)))
  expect(detector.stats().failures).toBe(0)
  return matches.filter((match) => match.ruleId === ruleId).map((match) => match.title)
}

describe('rule pack', () => {
  it('loads whole', () => {
    expect(pack.problems).toEqual([])
    expect(createDetector({ rules: pack }).problems).toEqual([])
    expect(createDetector({ rules: emptyPack() }).problems).toEqual([])
  })

  for (const rule of pack.rules) {
    const cases = parse(readFileSync(join(import.meta.dirname, '../rules', rule.id, 'cases.yml'), 'utf8')) as {
      positive?: Case[]
      negative?: Case[]
    }
    describe(rule.title, () => {
      it('says what an analyst needs', () => {
        expect(rule.description.length).toBeGreaterThan(40)
        expect(rule.tactics.length).toBeGreaterThan(0)
        expect(rule.response.length).toBeGreaterThan(0)
        expect(rule.falsePositives.length).toBeGreaterThan(0)
        expect(cases.positive?.length).toBeGreaterThan(0)
        expect(cases.negative?.length).toBeGreaterThan(0)
      })
      for (const one of cases.positive ?? [])
        it(`fires: ${one.name}`, () => expect(titlesOf(one, rule.id)).toContain(rule.title))
      for (const one of cases.negative ?? [])
        it(`stays quiet: ${one.name}`, () => {
          // In a chain of events earlier ones may belong to other rules; only this rule must stay quiet.
          expect(titlesOf(one, rule.id)).toEqual([])
        })
    })
  }
})
