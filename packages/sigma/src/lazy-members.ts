/**
 * An object of ours whose members are worked out when a rule asks for them: subclasses name their getters. Rules reach
 * these and its own members, nothing else of the prototype.
 */
export abstract class LazyMembers {
  abstract get lazyNames(): ReadonlySet<string>
}

/** Own member, or a named getter of an object of ours; `constructor` or `__proto__` never reach the prototype. */
export function hasMember(value: object, name: string): boolean {
  return Object.hasOwn(value, name) || (value instanceof LazyMembers && value.lazyNames.has(name))
}

/** All members of an object, those worked out on demand included. */
export function membersIn(value: object): unknown[] {
  const own: unknown[] = Object.values(value)
  if (!(value instanceof LazyMembers)) return own
  return [...own, ...[...value.lazyNames].map((name) => (value as unknown as Record<string, unknown>)[name])]
}
