/**
 * Is the stored spec the one we wrote? Empty lists, nulls and absent members are one to the API server (`omitempty`);
 * anything else that was added, taken or changed is an edit.
 */
export function sameSpec(wanted: unknown, stored: unknown): boolean {
  if (isNothing(wanted) && isNothing(stored)) return true
  if (Array.isArray(wanted) && Array.isArray(stored))
    return wanted.length === stored.length && wanted.every((item, i) => sameSpec(item, stored[i]))
  if (isObject(wanted) && isObject(stored)) {
    const keys = new Set([...Object.keys(wanted), ...Object.keys(stored)])
    return [...keys].every((key) => sameSpec(wanted[key], stored[key]))
  }
  return wanted === stored
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

// `{}` is not nothing: an empty selector selects everything.
function isNothing(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0)
}
