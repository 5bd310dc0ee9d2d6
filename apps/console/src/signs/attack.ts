/** ATT&CK tactics in the order of the matrix, with the words the field uses. */
export const tactics = [
  ['reconnaissance', 'Reconnaissance'],
  ['resource-development', 'Resource development'],
  ['initial-access', 'Initial access'],
  ['execution', 'Execution'],
  ['persistence', 'Persistence'],
  ['privilege-escalation', 'Privilege escalation'],
  ['defense-evasion', 'Defense evasion'],
  ['credential-access', 'Credential access'],
  ['discovery', 'Discovery'],
  ['lateral-movement', 'Lateral movement'],
  ['collection', 'Collection'],
  ['command-and-control', 'Command and control'],
  ['exfiltration', 'Exfiltration'],
  ['impact', 'Impact'],
] as const

/** The tactic's name; unknown words are shown with their dashes as spaces. */
export function tacticLabel(id: string): string {
  return tactics.find(([tactic]) => tactic === id)?.[1] ?? sentence(id)
}

/** `kebab-case` as a sentence-case phrase. */
export function sentence(id: string): string {
  const words = id.replaceAll('-', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
