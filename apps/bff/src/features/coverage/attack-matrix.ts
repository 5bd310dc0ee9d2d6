import type { AttackMatrix } from '@cordon/contract'
import { containersMatrix, type Readiness, readinessOf, ruleNeeds, techniqueName } from '@cordon/detection'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../../adapters/postgres/schema.ts'
import { readAbilities } from '../../adapters/postgres/source-abilities.ts'
import type { Call } from '../../deps.ts'
import type { RuleEngine } from '../../jobs/detect/rule-engine.ts'
import { judgedDetections } from './judged-detections.ts'

type Technique = AttackMatrix['tactics'][number]['techniques'][number]
type MatrixRule = Technique['rules'][number]
type RuleState = MatrixRule['state']

/** A rule with what it can show today. */
export type JudgedRule = MatrixRule & { techniques: readonly string[]; missing: string[] }

/** ATT&CK's container matrix with rules and custom detections, whether they can work with today's data, and the alerts of the last days. */
export async function readAttackMatrix(
  db: Kysely<Database>,
  engine: Pick<RuleEngine, 'rules' | 'pack'>,
  { cluster, days }: Call<'coverageAttack'>['query'],
): Promise<AttackMatrix> {
  const [abilities, settings, alerts, detections] = await Promise.all([
    readAbilities(db),
    db.selectFrom('rule_settings').select('rule_id').where('enabled', '=', false).execute(),
    countAlerts(db, cluster, days),
    judgedDetections(db),
  ])
  const clusters = [...abilities].filter(([name]) => cluster === undefined || name === cluster)
  const off = new Set(settings.map((row) => row.rule_id))
  const pack = engine.pack()
  const judged = engine.rules().map((packed): JudgedRule => {
    const { id, title, severity, techniques } = packed
    const rule = { id, title, severity, techniques, customDetection: null }
    if (off.has(id)) return { ...rule, state: 'off', missing: [`“${title}” is switched off`] }
    const needs = ruleNeeds(packed, pack)
    const each = clusters.map(([name, seen]) => ({ name, ...readinessOf(needs, seen) }))
    return { ...rule, ...overall(each) }
  })
  judged.push(...(clusters.length === 0 ? detections.map(blinded) : detections))
  const listed = new Set(containersMatrix.flatMap(({ techniques }) => techniques.map((one) => one.id)))
  const beyond = new Set(judged.flatMap((rule) => rule.techniques).filter((one) => !listed.has(one)))
  const tactics = containersMatrix.map(({ id, attackId, name, techniques }) => ({
    id,
    attackId,
    name,
    techniques: techniques.map((one) => technique(one.id, one.name, judged, alerts)),
  }))
  return {
    clusters: clusters.map(([name]) => name),
    days,
    tactics,
    beyond: [...beyond].toSorted().map((one) => technique(one, techniqueName(one) ?? one, judged, alerts)),
  }
}

/** Without events a query finds nothing either. */
function blinded(rule: JudgedRule): JudgedRule {
  return rule.state === 'off' ? rule : { ...rule, ...overall([]) }
}

function technique(
  id: string,
  name: string,
  judged: readonly JudgedRule[],
  alerts: ReadonlyMap<string, number>,
): Technique {
  // Under a technique stand the rules of its sub-techniques too; what shows one way of it shows some of it.
  const own = judged.filter((rule) => rule.techniques.some((one) => one === id || parentOf(one) === id))
  const rules = own.map(({ techniques: _techniques, missing: _missing, ...rule }) => rule)
  const count = [...alerts].reduce((sum, [one, n]) => (one === id || parentOf(one) === id ? sum + n : sum), 0)
  const missing = own.length === 0 ? ['No rule shows it'] : [...new Set(own.flatMap((one) => one.missing))].slice(0, 20)
  return { id, name, state: stateOf(rules.map((rule) => rule.state)), alerts: count, rules, missing }
}

function stateOf(states: readonly RuleState[]): Technique['state'] {
  if (states.length === 0) return 'none'
  if (states.every((state) => state === 'works')) return 'covered'
  return states.some((state) => state === 'works' || state === 'partly' || state === 'unproven') ? 'partly' : 'blind'
}

function overall(each: readonly ({ name: string } & Readiness)[]): { state: RuleState; missing: string[] } {
  if (each.length === 0) return { state: 'blind', missing: ['No cluster sends anything'] }
  const places = Map.groupBy(
    each.flatMap(({ name, missing }) => missing.map((text) => ({ name, text }))),
    ({ text }) => text,
  )
  const missing = [...places].map(([text, where]) => `${where.map(({ name }) => name).join(', ')}: ${text}`)
  const states = new Set(each.map((one) => one.state))
  const [only] = states
  if (only && states.size === 1) return { state: only, missing }
  return { state: 'partly', missing }
}

function parentOf(technique: string): string {
  return technique.split('.')[0] ?? technique
}

async function countAlerts(
  db: Kysely<Database>,
  cluster: string | undefined,
  days: number,
): Promise<Map<string, number>> {
  const { rows } = await sql<{ technique: string; count: number }>`
    select technique, count(*) as count from alerts, unnest(techniques) as technique
    where last_activity > now() - make_interval(days => ${days}) and not hidden
      and (${cluster ?? null}::text is null or cluster = ${cluster ?? null})
    group by 1`.execute(db)
  return new Map(rows.map((row) => [row.technique, row.count]))
}
