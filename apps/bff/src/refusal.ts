import type { ProblemCode } from '@cordon/contract'

/**
 * An expected refusal. `detail` tells the caller what is wrong and what to do; `http/problem.ts` turns it into the
 * answer. Everything else that is thrown is a bug and becomes `internal`.
 */
export class Refusal extends Error {
  readonly code: ProblemCode
  readonly errors: { path: string; message: string }[] | undefined
  constructor(code: ProblemCode, detail: string, errors?: { path: string; message: string }[]) {
    super(detail)
    this.name = 'Refusal'
    this.code = code
    this.errors = errors
  }
}

/** What was asked took longer than it may, and will again unless it is asked in another way. */
export class TimedOut extends Refusal {}
