import { toDynamic } from '../translate/casts.ts'
import { reuse } from '../translate/context.ts'
import { type Builder, type Call, dynamic, jsonArray, long } from './function.ts'

const isArray = (call: Call): string => `startsWith(ifNull(${call.as(0, 'dynamic').sql}, ''), '[')`

const once = (call: Call, sql: string): string => reuse(call.context, { sql, type: 'dynamic', nullable: false }).sql

const rotate =
  (right: boolean): Builder =>
  (call) => {
    const elements = once(call, call.elements(0))
    const count = `positiveModulo(${right ? '-' : ''}(${call.long(1)}), toInt64(greatest(length(${elements}), 1)))`
    const turned = `arrayConcat(arraySlice(${elements}, ${count} + 1), arraySlice(${elements}, 1, ${count}))`
    return dynamic(`if(${isArray(call)}, ${jsonArray(turned)}, NULL)`)
  }

const shift =
  (right: boolean): Builder =>
  (call) => {
    const elements = once(call, call.elements(0))
    const count = `${right ? '-' : ''}(${call.long(1)})`
    const given = call.count > 2 ? toDynamic(call.context, call.arg(2)) : undefined
    const filler = given
      ? `ifNull(${given.sql}, 'null')`
      : `if(arrayAll(x -> startsWith(x, '"'), ${elements}) AND notEmpty(${elements}), '""', 'null')`
    const at = `(toInt64(i) + ${count})`
    const moved = `arrayMap(i -> if(${at} BETWEEN 1 AND length(${elements}), ${elements}[${at}], ${filler}), arrayEnumerate(${elements}))`
    return dynamic(`if(${isArray(call)}, ${jsonArray(moved)}, NULL)`)
  }

/** `array_split`: at one place or several, negative ones from the end. */
const arraySplit: Builder = (call) => {
  const elements = once(call, call.elements(0))
  const size = `toInt64(length(${elements}))`
  const given =
    call.arg(1).type === 'dynamic' ? `arrayMap(x -> toInt64OrZero(x), ${call.elements(1)})` : `[${call.long(1)}]`
  const places = once(call, `arrayMap(p -> least(${size}, if(p < 0, greatest(0, ${size} + p), p)), ${given})`)
  const pieces = `arrayMap((a, b) -> ${jsonArray(`arraySlice(${elements}, a + 1, greatest(0, b - a))`)}, arrayPushFront(${places}, toInt64(0)), arrayPushBack(${places}, ${size}))`
  return dynamic(`if(${isArray(call)}, ${jsonArray(pieces)}, NULL)`)
}

/** `array_index_of(array, value, start, length, occurrence)`: null for lengths below -1 and occurrences below 0. */
const arrayIndexOf: Builder = (call) => {
  const wanted = `ifNull(${toDynamic(call.context, call.arg(1)).sql}, 'null')`
  const elements = once(call, call.elements(0))
  const size = `toInt64(length(${elements}))`
  const start = call.count > 2 ? call.long(2) : '0'
  const length = call.count > 3 ? call.long(3) : '-1'
  const occurrence = call.count > 4 ? call.long(4) : '1'
  const from = `if(${start} < 0, greatest(0, ${size} + (${start})), ${start})`
  const to = `if(${length} < 0, ${size}, ${from} + (${length}))`
  const found = `arrayFilter((i, x) -> x = ${wanted} AND toInt64(i) > ${from} AND toInt64(i) <= ${to}, arrayEnumerate(${elements}), ${elements})`
  return long(
    `if(${isArray(call)} AND (${length}) >= -1 AND (${occurrence}) >= 0, toInt64(${found}[greatest(1, ${occurrence})]) - 1, NULL)`,
    true,
  )
}

/** Functions that move the elements of one array. */
export const arrayFunctions: Readonly<Record<string, Builder>> = {
  array_rotate_left: rotate(false),
  array_rotate_right: rotate(true),
  array_shift_left: shift(false),
  array_shift_right: shift(true),
  array_split: arraySplit,
  array_index_of: arrayIndexOf,
}
