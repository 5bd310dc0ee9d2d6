import { parseEntityKey } from '@cordon/entities'
import type { Detection } from '@cordon/incidents'
import { isOurCanary } from '../run-actions/canaries.ts'

// The console's account, as the published manifest names it.
const account = { namespace: 'cordon', name: 'cordon-console' }
// Asking what one may do is what a found token is first used for, and what a preflight does before every action.
const expected = new Set(['service-account-operation'])

// Exactly what a probe runs; anything else in one of our pods is somebody else's doing.
const probe = /^(\S*\/)?nc -z -w 1 \S+ \d+$/
const probeRule = 'network-scanning-tool'

/** Is this nothing but Cordon at work: asking for its own rights, or proving an isolation? */
export function isOwnAct(detection: Pick<Detection, 'ruleId' | 'evidence'>): boolean {
  return isOwnPreflight(detection) || isOwnProbe(detection)
}

function isOwnProbe({ ruleId, evidence }: Pick<Detection, 'ruleId' | 'evidence'>): boolean {
  if (ruleId !== probeRule) return false
  const pods = evidence.filter(({ kind }) => kind === 'pod').map(({ key }) => parseEntityKey(key)?.parts ?? [])
  const commands = evidence.filter(({ kind, role }) => kind === 'process' && role !== 'contextual')
  return (
    pods.some(([cluster = '', namespace = '', name = '']) => isOurCanary(cluster, namespace, name)) &&
    commands.length > 0 &&
    commands.every(({ facts }) => probe.test(String(facts.commandLine ?? '')))
  )
}

/** Is this nothing but Cordon asking for its own rights? Any other act of the same account is looked at like everyone's. */
function isOwnPreflight(detection: Pick<Detection, 'ruleId' | 'evidence'>): boolean {
  return (
    expected.has(detection.ruleId) &&
    detection.evidence.some(({ key, kind }) => {
      if (kind !== 'service-account') return false
      const [, namespace, name] = parseEntityKey(key)?.parts ?? []
      return namespace === account.namespace && name === account.name
    })
  )
}
