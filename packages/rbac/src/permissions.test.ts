import { describe, expect, it } from 'vitest'
import { can, permissions, roles } from './permissions.ts'

describe('can', () => {
  it.each([
    ['viewer', [], ['security-data.read']],
    ['analyst', [], ['security-data.read', 'alerts.manage', 'response.manage']],
    ['viewer', ['alerts.manage', 'response.manage'], ['alerts.manage', 'response.manage']],
    ['lead', ['authorization.manage'], ['response.manage', 'authorization.manage']],
  ] as const)('%s is missing %j of %j', (role, missing, needed) => {
    const decision = can(role, needed)
    expect(decision.allowed ? [] : decision.missing).toEqual(missing)
  })

  it('names the missing permission and a role that has it', () => {
    const decision = can('viewer', ['response.manage'])
    expect(decision).toMatchObject({ allowed: false })
    expect(decision.allowed ? '' : decision.reason).toContain(permissions['response.manage'])
    expect(decision.allowed ? '' : decision.reason).toContain(roles.analyst.label)
  })
})
