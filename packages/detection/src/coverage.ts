import type { PackRule } from './pack-rule.ts'

/** What a technique's rules are, for the ATT&CK view. */
export interface TechniqueCoverage {
  technique: string
  tactics: string[]
  rules: { id: string; title: string; severity: PackRule['severity'] }[]
}

/** Techniques the rules speak of, by id. A rule under a technique shows one way it is done, not all of them. */
export function coverage(rules: PackRule[]): TechniqueCoverage[] {
  const byTechnique = new Map<string, TechniqueCoverage>()
  for (const rule of rules)
    for (const technique of rule.techniques) {
      const known = byTechnique.get(technique) ?? { technique, tactics: [], rules: [] }
      byTechnique.set(technique, known)
      known.tactics = [...new Set([...known.tactics, ...rule.tactics])].toSorted()
      known.rules.push({ id: rule.id, title: rule.title, severity: rule.severity })
    }
  return [...byTechnique.values()].toSorted((a, b) => (a.technique < b.technique ? -1 : 1))
}
