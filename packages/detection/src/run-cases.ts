import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { caseEvent } from './case-event.ts'
import { createDetector, type Detector } from './detector.ts'
import type { PackRule } from './pack-rule.ts'
import type { RulePack } from './pack.ts'

const Case = z.object({ name: z.string(), events: z.array(z.record(z.string(), z.unknown())).min(1) })
/** A `cases.yml`: events on which the rule beside it must fire, and events on which it must stay quiet. */
const Cases = z.object({ positive: z.array(Case).default([]), negative: z.array(Case).default([]) })

export interface CaseResult {
  rule: string
  file: string
  name: string
  kind: 'positive' | 'negative' | 'file'
  /** Undefined when it holds. */
  failure?: string
}

/** Runs the cases of every rule of a pack that has some; each on a detector without memory of the others. */
export function runCases(pack: RulePack, casesOf: (rule: PackRule) => string): CaseResult[] {
  const detector = createDetector({ rules: pack })
  const fresh = [...detector.snapshot()]
  return pack.rules.flatMap((rule): CaseResult[] => {
    const file = casesOf(rule)
    if (!existsSync(file))
      return [{ rule: rule.id, file, name: '', kind: 'file' as const, failure: 'has no cases.yml' }]
    const parsed = readCases(file)
    if (typeof parsed === 'string') return [{ rule: rule.id, file, name: '', kind: 'file' as const, failure: parsed }]
    return (['positive', 'negative'] as const).flatMap((kind) =>
      parsed[kind].map((one) => {
        detector.restore(fresh)
        return { rule: rule.id, file, name: one.name, kind, failure: judge(detector, rule, kind, one.events) }
      }),
    )
  })
}

/** Where a rule of the pack (`dir`) or of a user's folder keeps its cases. */
export function casesFile(rule: PackRule, dir: string): string {
  return rule.source === 'pack' ? join(dir, rule.id, 'cases.yml') : join(dirname(rule.file), 'cases.yml')
}

function readCases(file: string): z.infer<typeof Cases> | string {
  try {
    const cases = Cases.parse(parse(readFileSync(file, 'utf8')))
    if (cases.positive.length === 0) return 'has no positive case'
    if (cases.negative.length === 0) return 'has no negative case'
    return cases
  } catch (error) {
    if (error instanceof z.ZodError) return error.issues.map((i) => `${i.path.join('.')}: ${i.message}`).join('; ')
    return error instanceof Error ? error.message : String(error)
  }
}

function judge(
  detector: Detector,
  rule: PackRule,
  kind: 'positive' | 'negative',
  events: Record<string, unknown>[],
): string | undefined {
  const before = detector.stats().failures
  const matches = events.flatMap((event, i) => detector.process(caseEvent(event, i)))
  const { failures, lastFailure } = detector.stats()
  if (failures > before) return `broke on an event: ${lastFailure}`
  const fired = matches.some((match) => match.ruleId === rule.id)
  if (kind === 'positive' && !fired) return 'must fire, and did not'
  if (kind === 'negative' && fired) return 'must stay quiet, and fired'
  return undefined
}
