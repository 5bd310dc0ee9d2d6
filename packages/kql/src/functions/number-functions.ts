import { list, part } from '../service/syntax.ts'
import { isNumeric, type Scalar, sqlType } from '../translate/scalar.ts'
import { cast } from '../translate/casts.ts'
import { commonType } from '../translate/operators.ts'
import { refuse, reuse } from '../translate/context.ts'
import { type Builder, Call, long, real, text, truth } from './function.ts'

const oneReal =
  (name: string): Builder =>
  (call) =>
    real(`${name}(${call.real(0)})`, call.as(0, 'real').nullable)

/** Null below zero, minus infinity at zero. */
const logarithm =
  (name: string): Builder =>
  (call) =>
    real(`if(${call.reused(0, 'real')} < 0, NULL, ${name}(${call.reused(0, 'real')}))`, true)

/** Keeps the type of its argument; smaller whole numbers become long, as in all arithmetic. */
const same =
  (build: (sql: string, value: Scalar) => string): Builder =>
  (call) => {
    const value = call.arg(0).type === 'dynamic' ? call.as(0, 'real') : call.arg(0)
    const once = reuse(call.context, value.type === 'int' ? call.as(0, 'long') : value)
    const wrap = value.type === 'real' || value.type === 'decimal' ? '' : 'toInt64'
    const type = value.type === 'int' ? 'long' : value.type
    return { sql: `${wrap}(${build(once.sql, value)})`, type, nullable: value.nullable }
  }

const round: Builder = (call) => {
  const value = call.arg(0)
  const digits = call.count > 1 ? call.constantNumber(1, 'The number of digits') : 0
  const number = call.reused(0, 'real')
  // Halves go away from zero; SQL's own rounding goes to the even neighbour.
  const scaled = `(abs(${number}) * ${10 ** digits} + 0.5)`
  const nudge = `if(abs(${number}) * ${10 ** digits} - floor(abs(${number}) * ${10 ** digits}) = 0.5, floor${scaled}, round(abs(${number}) * ${10 ** digits}))`
  return real(
    `if(isFinite(${number}), sign(${number}) * ${nudge} / ${10 ** digits}, ${number})`,
    value.nullable || call.as(0, 'real').nullable,
  )
}

/** `bin(value, size)`: times count from the year 1, negative values go down. */
export const bin: Builder = (call) => binned(call, undefined)

const binAt: Builder = (call) => binned(call, 2)

/** `bin_auto(value)`: the size, and a place where a bin begins, stand in `set` statements. */
const binAuto: Builder = (call) => {
  const { options } = call.context.query
  const size = options.get('query_bin_auto_size')
  if (!size) return refuse(call.node, 'bin_auto() needs a size of bins', 'set query_bin_auto_size=1h;')
  const at = options.get('query_bin_auto_at')
  const args = [call.arg(0), size, ...(at ? [at] : [])]
  return binned(new Call(call.context, call.node, args), at ? 2 : undefined)
}

/** Whether the value is at most so far from the center; null where one of the three is. */
const around: Builder = (call) => {
  const values = [call.arg(0), call.arg(1), call.arg(2)]
  const number = (value: Scalar): string => (value.type === 'dynamic' ? call.real(values.indexOf(value)) : ticks(value))
  const [value, center, delta] = values.map(number)
  return truth(`(${value} - ${center}) BETWEEN -(${delta}) AND (${delta})`, true)
}

/** `assert(condition, message)`: fails the query where the condition does not hold. */
const assertion: Builder = (call) => {
  const message = call.parameter(`assert() has failed with message: '${call.constantText(1, 'The message')}'`)
  const { context, node } = call
  const given = list(part(node, 'ArgumentList'), 'Expressions')[0]
  // It is about what the query says, not about rows: names of columns are not known here.
  const tested = given && cast(context, context.query.evaluate({ ...context, row: undefined }, given), 'bool')
  return truth(`throwIf(NOT ifNull(${tested?.sql}, false), ${message}) = 0`)
}

function binned(call: Call, fixed: number | undefined): Scalar {
  const value = call.arg(0).type === 'dynamic' ? call.as(0, 'real') : call.arg(0)
  const size = call.arg(1)
  const nullable = value.nullable || size.nullable || size.constant === undefined
  if (value.type === 'datetime' || value.type === 'timespan') {
    const step = size.type === 'timespan' ? size.sql : `toInt64(${call.real(1)} * 864000000000)`
    const offset =
      fixed === undefined ? (value.type === 'datetime' ? '-621355968000000000' : '0') : ticks(call.arg(fixed))
    const position = `(${ticks(value)} - (${offset}))`
    const floored = `(${position} - positiveModulo(${position}, if(${step} > 0, ${step}, NULL)) + (${offset}))`
    if (value.type === 'timespan') return { sql: `toInt64(${floored})`, type: 'timespan', nullable: true }
    const sql = size.constant === undefined ? floored : floored.replace(`if(${step} > 0, ${step}, NULL)`, step)
    return { sql: `reinterpret(${sql}, 'DateTime64(7, \\'UTC\\')')`, type: 'datetime', nullable }
  }
  const type =
    value.type === 'real' || size.type === 'real' ? 'real' : value.type === 'decimal' ? 'decimal' : value.type
  if (!isNumeric(type)) return refuse(call.node, `bin of ${value.type} is not supported`)
  const [x, step] = [cast(call.context, value, type), cast(call.context, size, type)]
  const zero = fixed === undefined ? `0` : cast(call.context, call.arg(fixed), type).sql
  if (type === 'real' || type === 'decimal')
    return {
      sql: `(floor((${x.sql} - ${zero}) / nullIf(${step.sql}, 0)) * ${step.sql} + ${zero})`,
      type,
      nullable: true,
    }
  const position = `(${x.sql} - ${zero})`
  return {
    sql: `to${sqlType(type, false)}(${position} - positiveModulo(${position}, nullIf(${step.sql}, 0)) + ${zero})`,
    type,
    nullable: true,
  }
}

function ticks(value: Scalar): string {
  return value.type === 'datetime' ? `reinterpretAsInt64(${value.sql})` : value.sql
}

/** `iff`: the type of the branches, null where a branch is null. */
const iff: Builder = (call) => choose(call, [[call.as(0, 'bool').sql, call.arg(1)]], call.arg(2))

const caseOf: Builder = (call) => {
  const branches: [string, Scalar][] = []
  for (let index = 0; index + 1 < call.count; index += 2)
    branches.push([call.as(index, 'bool').sql, call.arg(index + 1)])
  return choose(call, branches, call.arg(call.count - 1))
}

function choose(call: Call, branches: readonly [string, Scalar][], otherwise: Scalar): Scalar {
  const values = [...branches.map((branch) => branch[1]), otherwise]
  const type = typeOfAll(call, values)
  const typed = values.map((value) => cast(call.context, value, type))
  const nullable = typed.some((value) => value.nullable)
  const parts = branches.map(([test], index) => `${test}, ${typed[index]?.sql}`)
  return { sql: `multiIf(${parts.join(', ')}, ${typed.at(-1)?.sql})`, type, nullable }
}

/** The one type that all values are brought to. */
export function typeOfAll(call: Call, values: readonly Scalar[]): Scalar['type'] {
  const bound = call.node.type
  if (bound && bound !== 'unknown') return bound
  const known = values.filter((value) => value.constant !== null)
  const first = (known[0] ?? values[0])?.type ?? 'string'
  return known.reduce((type, value) => commonType(type, value.type) ?? type, first)
}

const coalesce: Builder = (call) => {
  const type = typeOfAll(call, call.args)
  const values = call.args.map((value) => cast(call.context, value, type))
  if (type === 'string') return text(`coalesce(${values.map((value) => `nullIf(${value.sql}, '')`).join(', ')}, '')`)
  return {
    sql: `coalesce(${values.map((value) => value.sql).join(', ')})`,
    type,
    nullable: values.every((value) => value.nullable),
  }
}

const extreme =
  (name: 'greatest' | 'least'): Builder =>
  (call) => {
    const type = typeOfAll(call, call.args)
    const values = call.args.map((_, index) => call.reused(index, type))
    // Nulls don't count, unless there is nothing else.
    const array = `arrayFilter(x -> isNotNull(x), [${values.join(', ')}])`
    const nullable = call.nullable()
    const pick = name === 'greatest' ? 'arrayReverseSort' : 'arraySort'
    const sql = nullable ? `${pick}(${array})[1]` : `${name}(${values.join(', ')})`
    if (type !== 'real') return { sql, type, nullable }
    // One NaN makes the result NaN.
    const undefined_ = values.map((value) => `ifNull(isNaN(${value}), false)`).join(' OR ')
    return { sql: `if(${undefined_}, nan, ${sql})`, type, nullable }
  }

const bits =
  (name: string): Builder =>
  (call) =>
    long(`${name}(${call.long(0)}, ${call.long(1)})`, call.as(0, 'long').nullable || call.as(1, 'long').nullable)

const units = ['Bytes', 'KB', 'MB', 'GB', 'TB', 'PB', 'EB']
const formatBytes: Builder = (call) => {
  const value = call.reused(0, 'real')
  const precision = call.count > 1 ? call.constantNumber(1, 'The precision') : 0
  const unit = call.count > 2 ? call.constantText(2, 'The unit') : undefined
  const fixed = unit ? units.indexOf(unit) : undefined
  if (fixed === -1) return refuse(call.node, `${unit} is no unit of format_bytes()`, units.join(', '))
  const power =
    fixed !== undefined ? `${fixed}` : `least(6, if(abs(${value}) < 1, 0, toInt32(floor(log2(abs(${value})) / 10))))`
  const names = units.map((unit) => `'${unit}'`).join(', ')
  return text(
    `ifNull(concat(toString(round(${value} / pow(1024, ${power}), ${precision})), ' ', [${names}][${power} + 1]), '')`,
  )
}

/** Functions over numbers, and those that choose between values. */
export const numberFunctions: Readonly<Record<string, Builder>> = {
  abs: same((x) => `abs(${x})`),
  sign: same((x, value) => (value.type === 'real' ? `if(isNaN(${x}), 0., sign(${x}))` : `sign(${x})`)),
  ceiling: same((x, value) => (value.type === 'real' || value.type === 'decimal' ? `ceil(${x})` : x)),
  floor: bin,
  round,
  bin,
  bin_at: binAt,
  bin_auto: binAuto,
  around,
  assert: assertion,
  sqrt: oneReal('sqrt'),
  erf: oneReal('erf'),
  erfc: oneReal('erfc'),
  exp: oneReal('exp'),
  exp2: oneReal('exp2'),
  exp10: oneReal('exp10'),
  log: logarithm('log'),
  log2: logarithm('log2'),
  log10: logarithm('log10'),
  pow: (call) =>
    real(`pow(${call.real(0)}, ${call.real(1)})`, call.as(0, 'real').nullable || call.as(1, 'real').nullable),
  sin: oneReal('sin'),
  cos: oneReal('cos'),
  tan: oneReal('tan'),
  cot: (call) => real(`1 / tan(${call.real(0)})`, call.as(0, 'real').nullable),
  asin: oneReal('asin'),
  acos: oneReal('acos'),
  atan: oneReal('atan'),
  atan2: (call) => real(`atan2(${call.real(0)}, ${call.real(1)})`, true),
  degrees: oneReal('degrees'),
  radians: oneReal('radians'),
  pi: () => real('pi()'),
  isnan: (call) => truth(`isNaN(${call.real(0)})`, call.as(0, 'real').nullable),
  isinf: (call) => truth(`isInfinite(${call.real(0)})`, call.as(0, 'real').nullable),
  isfinite: (call) => truth(`isFinite(${call.real(0)})`, call.as(0, 'real').nullable),
  iff,
  iif: iff,
  case: caseOf,
  coalesce,
  max_of: extreme('greatest'),
  min_of: extreme('least'),
  not: (call) => truth(`NOT (${call.as(0, 'bool').sql})`, call.as(0, 'bool').nullable),
  isnull: (call) => truth(call.arg(0).type === 'string' ? 'false' : `isNull(${call.arg(0).sql})`),
  isnotnull: (call) => truth(call.arg(0).type === 'string' ? 'true' : `isNotNull(${call.arg(0).sql})`),
  notnull: (call) => truth(call.arg(0).type === 'string' ? 'true' : `isNotNull(${call.arg(0).sql})`),
  binary_and: bits('bitAnd'),
  binary_or: bits('bitOr'),
  binary_xor: bits('bitXor'),
  binary_not: (call) => long(`bitNot(${call.long(0)})`, call.as(0, 'long').nullable),
  binary_shift_left: bits('bitShiftLeft'),
  binary_shift_right: bits('bitShiftRight'),
  bitset_count_ones: (call) => long(`bitCount(${call.long(0)})`, call.as(0, 'long').nullable),
  format_bytes: formatBytes,
}
