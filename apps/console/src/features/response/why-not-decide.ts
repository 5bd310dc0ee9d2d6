import type { Action } from '@cordon/response'

/** Why this person can't decide on these actions, in words; undefined = they can. The server decides the same. */
export function whyNotDecide(
  actions: readonly Pick<Action, 'requestedBy'>[],
  user: string | undefined,
  may: { allowed: true } | { allowed: false; reason: string },
): string | undefined {
  if (!may.allowed) return may.reason
  const own = actions.filter((action) => action.requestedBy === user).length
  if (own === 0) return undefined
  return actions.length === 1
    ? 'You requested it: someone else must decide.'
    : `You requested ${own} of these: someone else must decide on them.`
}
