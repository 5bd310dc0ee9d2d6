/**
 * Three-valued matching. A rule that is not fully understood, or a peer that is only described, matches "maybe".
 * The evaluator lets an allow act on maybe and a deny only on yes, so doubt can never make a pod look isolated.
 */
export type Certainty = 0 | 1 | 2

export const NO = 0
export const MAYBE = 1
export const YES = 2

export function sure(value: boolean): Certainty {
  return value ? YES : NO
}

export function both(a: Certainty, b: Certainty): Certainty {
  return a < b ? a : b
}

export function either(a: Certainty, b: Certainty): Certainty {
  return a > b ? a : b
}

export function opposite(a: Certainty): Certainty {
  return a === YES ? NO : a === NO ? YES : MAYBE
}
