/** What the translator does not do, with its place in the query and, where there is one, another way to write it. */
export class KqlRefusal extends Error {
  readonly start: number
  readonly end: number
  readonly hint: string | undefined
  constructor(message: string, start: number, end: number, hint?: string) {
    super(message)
    this.name = 'KqlRefusal'
    this.start = start
    this.end = end
    this.hint = hint
  }
}
