import type { AccessScope } from '@cordon/contract'
import { type Role, type Scope } from '@cordon/rbac'
import { Refusal } from '../../refusal.ts'
import { scopeRecord } from '../../within-scope.ts'

/**
 * A scope as it is kept: each name once, in order. Throws `Refusal` for administrators, who could give themselves
 * everything.
 */
export function checkedScope(given: Scope | null | undefined, role: Role): AccessScope {
  const scope = scopeRecord(given ?? null)
  if (!scope) return null
  if (role === 'administrator')
    throw new Refusal('invalid', 'scope: an administrator grants access, and can’t be limited. Choose another role.', [
      { path: 'scope', message: 'Administrators can’t be limited.' },
    ])
  const once = (names: readonly string[]): string[] => [...new Set(names)].toSorted()
  return scopeRecord({
    ...(scope.clusters ? { clusters: once(scope.clusters) } : {}),
    ...(scope.namespaces ? { namespaces: once(scope.namespaces) } : {}),
  })
}
