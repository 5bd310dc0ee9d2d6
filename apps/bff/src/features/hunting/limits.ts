import type { HuntLimits } from '@cordon/contract'
import type { Role } from '@cordon/rbac'

/** Hunts of people that the engine runs at once. */
export const overall = 3
export const quotaMinutes = 15
/** Rows of a table of Cordon's own state, and the bytes they may take: they are part of the statement. */
export const stateRows = 20_000
export const stateBytes = 3_000_000

const mib = 1_048_576
const common = { stateRows, overall, quotaMinutes }
const analyst: HuntLimits = {
  ...common,
  rows: 30_000,
  exportRows: null,
  seconds: 60,
  exportSeconds: 300,
  memoryBytes: 768 * mib,
  concurrent: 2,
  waiting: 8,
  quotaSeconds: 600,
}

const byRole: Readonly<Record<Role, HuntLimits>> = {
  viewer: {
    ...common,
    rows: 10_000,
    exportRows: 100_000,
    seconds: 30,
    exportSeconds: 120,
    memoryBytes: 512 * mib,
    concurrent: 1,
    waiting: 4,
    quotaSeconds: 240,
  },
  analyst,
  lead: { ...analyst, seconds: 120, memoryBytes: 1024 * mib, quotaSeconds: 1200 },
  administrator: { ...analyst, seconds: 120, memoryBytes: 1024 * mib, quotaSeconds: null },
}

/** What a holder of the role may use. */
export function limitsOf(role: Role): HuntLimits {
  return byRole[role]
}
