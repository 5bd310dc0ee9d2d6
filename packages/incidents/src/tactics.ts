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

/** Where in an attack the tactic stands, from 0; after all others when ATT&CK doesn't know it. */
export function stageOf(tactic: string): number {
  const index = (tacticOrder as readonly string[]).indexOf(tactic)
  return index < 0 ? tacticOrder.length : index
}

/** Distinct tactics in the order of an attack; names ATT&CK doesn't know come last, by alphabet. */
export function sortTactics(tactics: Iterable<string>): string[] {
  return [...new Set(tactics)].toSorted((a, b) => stageOf(a) - stageOf(b) || (a < b ? -1 : 1))
}
