import type { Direction, DirectionRules, Issue, ParsedPolicy } from './rule.ts'

/**
 * Reads a policy's rules when first asked for: most policies of a world do not select the pod in question. Asking for
 * the issues reads both directions, so that none is missed.
 */
export function lazyDirections(
  read: (which: Direction) => DirectionRules | null,
  issues: Issue[],
): Pick<ParsedPolicy, 'rules' | 'issues'> {
  const known: Partial<Record<Direction, DirectionRules | null>> = {}
  const rules = (which: Direction) => (known[which] === undefined ? (known[which] = read(which)) : known[which])
  return {
    rules,
    issues() {
      rules('ingress')
      rules('egress')
      return issues
    },
  }
}
