import { outOfReach, type PackRule, readinessOf, ruleNeeds } from '@cordon/detection'
import type { RuleSources, RuleSummary } from '@cordon/contract'
import { Unchanged } from '../../adapters/postgres/commit.ts'
import { readAbilities } from '../../adapters/postgres/source-abilities.ts'
import { storable } from '../../adapters/postgres/storable.ts'
import type { Deps, Handlers } from '../../deps.ts'
import type { RuleEngine } from '../../jobs/detect/rule-engine.ts'
import { Refusal } from '../../refusal.ts'

const mostProblems = 1000

/** The rules in force: what they matched and cost, what they miss, and the switch of each. */
export function ruleHandlers(
  { db, commit }: Pick<Deps, 'db' | 'commit'>,
  engine: RuleEngine,
): Pick<Handlers, 'ruleList' | 'ruleUpdate' | 'ruleReload'> {
  async function summaries(rules: readonly PackRule[]): Promise<RuleSummary[]> {
    const [stats, settings, abilities] = await Promise.all([
      db.selectFrom('rule_stats').selectAll().execute(),
      db.selectFrom('rule_settings').selectAll().execute(),
      readAbilities(db),
    ])
    const statsOf = new Map(stats.map((row) => [row.rule_id, row]))
    const settingOf = new Map(settings.map((row) => [row.rule_id, row]))
    const uses = engine.uses()
    const pack = engine.pack()
    return rules.map((rule) => {
      const needs = ruleNeeds(rule, pack)
      const setting = settingOf.get(rule.id)
      const use = uses.get(rule.id)
      return {
        ...facts(rule),
        matches: statsOf.get(rule.id)?.matches ?? 0,
        lastMatch: statsOf.get(rule.id)?.last_match?.toISOString() ?? null,
        enabled: setting?.enabled ?? true,
        setting: setting && { by: setting.changed_by, at: setting.changed_at.toISOString(), reason: setting.reason },
        muted: engine.muted().get(rule.id) ?? 0,
        cost: {
          evaluations: use?.evaluations ?? 0,
          microseconds: Math.round((use?.microseconds ?? 0) * 100) / 100,
          errors: use?.errors ?? 0,
          lastError: use?.lastError ?? null,
        },
        needs: [...new Set(needs.flat().map(({ text }) => text))],
        blindSpots: [...abilities].flatMap(([cluster, seen]) => {
          const { state, missing } = readinessOf(needs, seen)
          return state === 'works' ? [] : [{ cluster, state, missing }]
        }),
      }
    })
  }

  return {
    async ruleList() {
      const items = await summaries(engine.rules())
      items.sort((a, b) => b.matches - a.matches || (a.title < b.title ? -1 : 1))
      return { items, nextCursor: null, total: items.length, ...sources(engine) }
    },

    async ruleUpdate({ params, body, actor }) {
      const rule = engine.rules().find(({ id }) => id === params.id)
      if (!rule) throw new Refusal('not-found', `There is no detection rule ${params.id}.`)
      const off = await commit(actor, async (tx) => {
        const before = await tx
          .selectFrom('rule_settings')
          .select('enabled')
          .where('rule_id', '=', rule.id)
          .forUpdate()
          .executeTakeFirst()
        const all = async () => {
          const rows = await tx.selectFrom('rule_settings').select('rule_id').where('enabled', '=', false).execute()
          return rows.map(({ rule_id }) => rule_id)
        }
        const was = before?.enabled ?? true
        if (was === body.enabled) return new Unchanged(await all())
        const set = { ...storable(body), changed_by: actor.name, changed_at: new Date() }
        await tx
          .insertInto('rule_settings')
          .values({ rule_id: rule.id, ...set })
          .onConflict((on) => on.column('rule_id').doUpdateSet(set))
          .execute()
        const details = { enabled: { from: was, to: body.enabled }, reason: body.reason, title: rule.title }
        return {
          result: await all(),
          entries: [{ kind: 'rule.switch', subject: `rule:${rule.id}`, details }],
          changed: ['rule', 'coverage'],
        }
      })
      engine.switchOff(off)
      return (await summaries([rule]))[0] as RuleSummary // one rule in, one out
    },

    async ruleReload({ actor }) {
      const before = engine.rules().length
      const isReloaded = engine.reload()
      const { problems } = sources(engine)
      await commit(actor, async () => ({
        result: undefined,
        entries: [
          {
            kind: 'rule.reload',
            subject: 'rules',
            details: { isReloaded, rules: { from: before, to: engine.rules().length }, refused: problems.length },
          },
        ],
        changed: ['rule', 'coverage'],
      }))
      return { ...sources(engine), rules: engine.rules().length, isReloaded }
    },
  }
}

function facts({ id, title, severity, tier, tactics, techniques, description, source, file }: PackRule) {
  return { id, title, severity, tier, tactics, techniques, description, source, file }
}

function sources(engine: RuleEngine): RuleSources {
  return {
    folders: [...engine.folders],
    loadedAt: engine.loadedAt().toISOString(),
    problems: engine
      .problems()
      .slice(0, mostProblems)
      .map(({ file, line, rule, message }) => ({ file, line, rule, message })),
    outOfReach: [...outOfReach],
  }
}
