import type { Preflight, PreflightCheck } from './action.ts'
import { actions } from './actions/index.ts'
import { checksFor } from './checks.ts'
import type { Facts, Plan, PreflightInput } from './define-action.ts'
import { impactOf } from './impact.ts'
import { networkPlugins } from './network-plugin.ts'
import { requestOf } from './operation.ts'

export interface Planned {
  preflight: Preflight
  /** Undefined when refused. */
  plan: Plan | undefined
}

/**
 * Decides whether an action can be done on its target now, what it would change and what follows from that. The same
 * function answers the dialog and plans the action that is stored, so the two cannot disagree.
 */
export function preflight(input: PreflightInput): Planned {
  const definition = actions[input.type]
  const facts: Facts = { ...input, plugin: networkPlugins(input.view, input.view.pod?.spec.nodeName)[0] }
  const checks = checksFor(facts, definition)
  const failed = checks.find((c) => c.state === 'failed')
  const plan = failed ? undefined : definition.plan(facts)
  const nothing = !failed && !plan
  // Without the permission one may still read what it would do; without the enforcer, choose to go on.
  const shown =
    plan ?? (failed && ['permission', 'network-plugin'].includes(failed.id) ? planAnyway(facts, checks) : undefined)
  return {
    plan,
    preflight: {
      type: input.type,
      target: input.target,
      allowed: plan !== undefined,
      reason: failed ? sentence(failed) : nothing ? 'There is nothing to do.' : null,
      checks,
      strategy: plan ? definition.strategy(facts, plan) : null,
      changes: (plan?.operations ?? [])
        .map((op) => ({ text: op.title, ...requestOf(op) }))
        .map(({ text, method, path, body }) => ({ text, method, path, body })),
      consequences: shown ? definition.consequences(facts, shown) : [],
      options: shown ? definition.options(facts, shown) : [],
      impact: shown && definition.target === 'pod' ? impactOf(facts, shown) : null,
      approval: null,
    },
  }
}

function planAnyway(facts: Facts, checks: PreflightCheck[]): Plan | undefined {
  const others = checks.filter((c) => c.state === 'failed' && c.id !== 'permission' && c.id !== 'network-plugin')
  return others.length === 0 && (facts.view.pod ?? facts.view.workload) ? actions[facts.type].plan(facts) : undefined
}

function sentence(check: PreflightCheck): string {
  return check.remedy ? `${check.detail} ${check.remedy}` : check.detail
}
