/**
 * What a person or token may do. Names and levels follow the unified role-based access control of the reference
 * product, so that a team can carry its roles over.
 */
export const permissions = {
  'security-data.read': 'Security data basics (read)',
  'alerts.manage': 'Alerts (manage)',
  'detection-tuning.manage': 'Detection tuning (manage)',
  'response.manage': 'Response (manage)',
  'response.approve': 'Response (approve and review)',
  'authorization.manage': 'Authorization (manage)',
} as const

export type Permission = keyof typeof permissions

/** The built-in roles, weakest first. */
export const roles = {
  viewer: { label: 'Viewer', permissions: ['security-data.read'] },
  analyst: {
    label: 'Analyst',
    permissions: ['security-data.read', 'alerts.manage', 'detection-tuning.manage', 'response.manage'],
  },
  lead: {
    label: 'Lead',
    permissions: [
      'security-data.read',
      'alerts.manage',
      'detection-tuning.manage',
      'response.manage',
      'response.approve',
    ],
  },
  administrator: {
    label: 'Administrator',
    permissions: [
      'security-data.read',
      'alerts.manage',
      'detection-tuning.manage',
      'response.manage',
      'response.approve',
      'authorization.manage',
    ],
  },
} as const satisfies Record<string, { label: string; permissions: readonly Permission[] }>

export type Role = keyof typeof roles

/** The weakest built-in role that holds all of the permissions: what to ask an administrator for. */
export function weakestRoleWith(needed: readonly Permission[]): Role | undefined {
  return (Object.keys(roles) as Role[]).find((role) => needed.every((p) => holds(role, p)))
}

function holds(role: Role, permission: Permission): boolean {
  return (roles[role].permissions as readonly Permission[]).includes(permission)
}

export type Decision = { allowed: true } | { allowed: false; missing: Permission[]; reason: string }

/**
 * May a holder of `role` do something that needs all of `needed`? A refusal names every missing permission in the
 * words of the role editor, because a greyed button must say what to ask for.
 */
export function can(role: Role, needed: readonly Permission[]): Decision {
  const missing = needed.filter((p) => !holds(role, p))
  if (missing.length === 0) return { allowed: true }
  const names = missing.map((p) => `“${permissions[p]}”`).join(' and ')
  const helper = weakestRoleWith(needed)
  const remedy = helper ? ` An administrator can grant the role ${roles[helper].label}.` : ''
  return { allowed: false, missing, reason: `Your role ${roles[role].label} lacks ${names}.${remedy}` }
}
