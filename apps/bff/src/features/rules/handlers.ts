import type { RulePack } from '@cordon/detection'
import type { Deps, Handlers } from '../../deps.ts'

/** The rules in force with what they matched, most matches first. */
export function ruleHandlers({ db }: Deps, pack: RulePack): Pick<Handlers, 'ruleList'> {
  return {
    async ruleList() {
      const stats = new Map((await db.selectFrom('rule_stats').selectAll().execute()).map((row) => [row.rule_id, row]))
      const items = pack.rules.map((rule) => ({
        id: rule.id,
        title: rule.title,
        severity: rule.severity,
        tier: rule.tier,
        tactics: rule.tactics,
        techniques: rule.techniques,
        description: rule.description,
        source: rule.source,
        matches: stats.get(rule.id)?.matches ?? 0,
        lastMatch: stats.get(rule.id)?.last_match?.toISOString() ?? null,
      }))
      items.sort((a, b) => b.matches - a.matches || (a.title < b.title ? -1 : 1))
      return { items, nextCursor: null, total: items.length }
    },
  }
}
