import type { ScalarType } from '../service/syntax.ts'
import { columnScalar } from '../translate/columns.ts'
import { missing } from '../translate/scalar.ts'
import { refuse, reuse } from '../translate/context.ts'
import { type Builder, long } from './function.ts'

const to =
  (type: ScalarType): Builder =>
  (call) =>
    call.as(0, type)

const columnIfExists: Builder = (call) => {
  const name = call.arg(0).constant
  const column = typeof name === 'string' ? call.context.row?.column(name) : undefined
  return column ? columnScalar(column) : call.arg(1)
}

const sizes: Partial<Record<ScalarType, number>> = {
  long: 8,
  real: 8,
  datetime: 8,
  timespan: 8,
  int: 4,
  bool: 1,
  guid: 16,
}

/** Bytes of the values: those of a text, and a fixed number for the other types. */
const estimateDataSize: Builder = (call) => {
  const parts = call.args.map((value) => {
    if (value.type === 'string') return `length(${value.sql})`
    return `${sizes[value.type] ?? refuse(call.node, `The size of a ${value.type} value is not known`, 'string_size(tostring(…))')}`
  })
  return long(parts.join(' + ') || '0')
}

/** Conversions, and what asks about the row or the query. */
export const conversionFunctions: Readonly<Record<string, Builder>> = {
  tostring: to('string'),
  tolong: to('long'),
  toint: to('int'),
  todouble: to('real'),
  toreal: to('real'),
  tobool: to('bool'),
  toboolean: to('bool'),
  toguid: to('guid'),
  todecimal: to('decimal'),
  long: to('long'),
  int: to('int'),
  real: to('real'),
  double: to('real'),
  bool: to('bool'),
  new_guid: () => ({ sql: `toString(generateUUIDv4(rowNumberInAllBlocks()))`, type: 'guid', nullable: false }),
  rand: (call) =>
    call.count === 0
      ? { sql: 'randCanonical(rowNumberInAllBlocks())', type: 'real', nullable: false }
      : long(`floor(randCanonical(rowNumberInAllBlocks()) * ${call.long(0)})`),
  ingestion_time: (call) => {
    const column = call.context.row?.column('Timestamp')
    return column ? columnScalar(column) : missing('datetime')
  },
  column_ifexists: columnIfExists,
  columnifexists: columnIfExists,
  estimate_data_size: estimateDataSize,
  toscalar: (call) => call.arg(0),
  parse_version: (call) => {
    const parts = reuse(call.context, {
      sql: `splitByChar('.', ${call.text(0)})`,
      type: 'dynamic',
      nullable: false,
    }).sql
    const at = (index: number): string => `toDecimal256(toInt64OrZero(${parts}[${index}]), 17)`
    const sql = `if(match(${call.text(0)}, '^[0-9]{1,8}([.][0-9]{1,8}){0,3}$'), ${at(1)} * 1000000000000000000000000 + ${at(2)} * 10000000000000000 + ${at(3)} * 100000000 + ${at(4)}, NULL)`
    return { sql, type: 'decimal', nullable: true }
  },
}
