import { parseEntityKey } from '@cordon/entities'
import type { Detection } from '@cordon/incidents'

// The console's account, as the published manifest names it.
const account = { namespace: 'cordon', name: 'cordon-console' }
// Asking what one may do is what a found token is first used for, and what a preflight does before every action.
const expected = new Set(['service-account-operation'])

/** Is this nothing but Cordon asking for its own rights? Any other act of the same account is looked at like everyone's. */
export function isOwnPreflight(detection: Pick<Detection, 'ruleId' | 'evidence'>): boolean {
  return (
    expected.has(detection.ruleId) &&
    detection.evidence.some(({ key, kind }) => {
      if (kind !== 'service-account') return false
      const [, namespace, name] = parseEntityKey(key)?.parts ?? []
      return namespace === account.namespace && name === account.name
    })
  )
}
