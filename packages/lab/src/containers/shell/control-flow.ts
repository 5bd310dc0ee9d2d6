import { LimitExceeded } from '../kernel/limits.ts'
import { BrokenPipe } from '../kernel/open-file.ts'
import { Killed } from '../kernel/process.ts'

/** `exit`, or the end of a shell by an error. */
export class ExitShell extends Error {
  readonly status: number
  constructor(status: number) {
    super('exit')
    this.status = status
  }
}

export class LoopControl extends Error {
  readonly what: 'break' | 'continue'
  levels: number
  constructor(what: 'break' | 'continue', levels: number) {
    super(what)
    this.what = what
    this.levels = levels
  }
}

export class ReturnFromFunction extends Error {
  readonly status: number
  constructor(status: number) {
    super('return')
    this.status = status
  }
}

/** Errors a shell reports and goes on from, as opposed to control flow and the end of the process. */
export function isOrdinaryError(error: unknown): boolean {
  const passes = [ExitShell, LoopControl, ReturnFromFunction, Killed, BrokenPipe, LimitExceeded, RangeError]
  return !passes.some((kind) => error instanceof kind)
}
