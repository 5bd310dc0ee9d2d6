import type { Verification } from './action.ts'

/** A verification in which connections play no part; the caller adds its evidence. */
export function notApplicable(now: string, deadline: string): Verification {
  return {
    checkedAt: now,
    deadline,
    evidence: [],
    newConnections: 'not-applicable',
    establishedConnections: 'not-applicable',
    openPaths: [],
    residual: [],
  }
}
