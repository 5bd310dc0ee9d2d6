import { cast, constant } from '../translate/casts.ts'
import { reuse } from '../translate/context.ts'
import type { Scalar } from '../translate/scalar.ts'
import { type Call, dynamic, jsonArray } from './function.ts'

/** Longest array that `range()` makes; KQL's own limit. */
export const maxRange = 1_048_576

/** `range(from, to, step)` as a dynamic array; null for a step of zero. */
export function stepArray(call: Call, from: Scalar, to: Scalar, step: Scalar | undefined): Scalar {
  const { context } = call
  const timed = from.type === 'datetime' || from.type === 'timespan'
  const width = step ?? (timed ? constant(context, 36_000_000_000n, 'timespan') : constant(context, 1n, 'long'))
  const real = !timed && [from, to, width].some((value) => value.type === 'real')
  const number = (value: Scalar): string => {
    if (value.type === 'datetime') return `reinterpretAsInt64(${value.sql})`
    if (timed) return value.sql
    return cast(context, value, real ? 'real' : 'long').sql
  }
  const [a, b, s] = [from, to, width].map(
    (value) => reuse(context, { sql: number(value), type: 'long', nullable: value.nullable }).sql,
  )
  const count = `toInt64(least(${maxRange}, greatest(0, floor((${b} - ${a}) / nullIf(${s}, 0)) + 1)))`
  const at = `(${a} + i * ${s})`
  const element: Scalar =
    from.type === 'datetime'
      ? { sql: `reinterpret(toInt64${at}, 'DateTime64(7, \\'UTC\\')')`, type: 'datetime', nullable: false }
      : { sql: at, type: from.type === 'timespan' ? 'timespan' : real ? 'real' : 'long', nullable: false }
  // Within a function over the array nothing can be set aside.
  const text = cast({ ...context, row: undefined }, element, 'dynamic').sql
  return dynamic(
    `if(isNull(${count}), NULL, ${jsonArray(`arrayMap(i -> assumeNotNull(${text}), range(assumeNotNull(ifNull(${count}, 0))))`)})`,
  )
}
