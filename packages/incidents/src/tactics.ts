/** ATT&CK's enterprise tactics in the order of an attack, by their kebab-case names. */
export const tacticOrder = [
  'reconnaissance',
  'resource-development',
  'initial-access',
  'execution',
  'persistence',
  'privilege-escalation',
  'defense-evasion',
  'credential-access',
  'discovery',
  'lateral-movement',
  'collection',
  'command-and-control',
  'exfiltration',
  'impact',
] as const

/** `credential-access` → `credential access`. */
export function tacticWords(tactic: string): string {
  return tactic.replaceAll('-', ' ')
}

/** Distinct tactics in the order of an attack; names ATT&CK doesn't know come last, by alphabet. */
export function sortTactics(tactics: Iterable<string>): string[] {
  const rank = (tactic: string) => {
    const index = (tacticOrder as readonly string[]).indexOf(tactic)
    return index < 0 ? tacticOrder.length : index
  }
  return [...new Set(tactics)].toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
}
