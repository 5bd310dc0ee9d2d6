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
