import type { ScalarType, Syntax } from '../service/syntax.ts'
import { cast } from '../translate/casts.ts'
import { type Context, refuse, reuse } from '../translate/context.ts'
import type { Scalar } from '../translate/scalar.ts'

/** One call of a function: its arguments evaluated. */
export class Call {
  readonly context: Context
  readonly node: Syntax
  readonly args: readonly Scalar[]
  constructor(context: Context, node: Syntax, args: readonly Scalar[]) {
    this.context = context
    this.node = node
    this.args = args
  }

  get count(): number {
    return this.args.length
  }

  arg(index: number): Scalar {
    const value = this.args[index]
    return value ?? refuse(this.node, `An argument is missing`)
  }

  /** An argument as a type. */
  as(index: number, type: ScalarType): Scalar {
    return cast(this.context, this.arg(index), type)
  }

  /** SQL of an argument as text. */
  text(index: number): string {
    return this.as(index, 'string').sql
  }

  long(index: number): string {
    return this.as(index, 'long').sql
  }

  real(index: number): string {
    return this.as(index, 'real').sql
  }

  /** SQL of an argument that may be written several times. */
  reused(index: number, type: ScalarType): string {
    return reuse(this.context, this.as(index, type)).sql
  }

  /** The elements of a dynamic array as `Array(String)` of JSON texts; empty for anything else. */
  elements(index: number): string {
    const value = this.as(index, 'dynamic')
    return `JSONExtractArrayRaw(ifNull(${value.sql}, ''))`
  }

  /** A constant text, where SQL needs one. */
  constantText(index: number, what: string): string {
    const { constant } = this.arg(index)
    return typeof constant === 'string' ? constant : refuse(this.node, `${what} must be a constant text`)
  }

  constantNumber(index: number, what: string): number {
    const { constant } = this.arg(index)
    return typeof constant === 'bigint' || typeof constant === 'number'
      ? Number(constant)
      : refuse(this.node, `${what} must be a constant number`)
  }

  parameter(text: string): string {
    return this.context.query.parameters.text(text)
  }

  nullable(...indexes: number[]): boolean {
    return (indexes.length === 0 ? this.args : indexes.map((index) => this.arg(index))).some((value) => value.nullable)
  }
}

export type Builder = (call: Call) => Scalar

/** A result of that type. */
export const text = (sql: string): Scalar => ({ sql, type: 'string', nullable: false })
export const long = (sql: string, nullable = false): Scalar => ({ sql: `toInt64(${sql})`, type: 'long', nullable })
export const real = (sql: string, nullable = false): Scalar => ({ sql, type: 'real', nullable })
export const truth = (sql: string, nullable = false): Scalar => ({ sql: `(${sql})`, type: 'bool', nullable })
export const dynamic = (sql: string, nullable = true): Scalar => ({ sql, type: 'dynamic', nullable })

/** SQL of a value with a name, where nothing can be set aside: so it is written and computed once. */
export const named = (name: string, value: string, body: string): string =>
  `arrayMap(${name} -> ${body}, [${value}])[1]`

/** A JSON array of JSON texts. */
export function jsonArray(array: string): string {
  return `concat('[', arrayStringConcat(${array}, ','), ']')`
}
