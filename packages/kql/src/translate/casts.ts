import type { ScalarType } from '../service/syntax.ts'
import { type Context, reuse } from './context.ts'
import { datetimeText, datetimeTicks, timespanText, timespanTicks } from './literals.ts'
import { type Constant, datetimeOf, epochTicks, missing, type Scalar, sqlType, ticksOf } from './scalar.ts'

/** A constant as SQL. Numbers are written out, texts are parameters. */
export function constant(context: Context, value: Constant, type: ScalarType): Scalar {
  if (value === null) return missing(type)
  const scalar = (sql: string): Scalar => ({ sql, type, nullable: false, constant: value })
  switch (type) {
    case 'long':
    case 'timespan':
      return scalar(`toInt64(${whole(value)})`)
    case 'int':
      return scalar(`toInt32(${whole(value)})`)
    case 'real':
      return scalar(realSql(Number(value)))
    case 'bool':
      return scalar(value === true ? 'true' : 'false')
    case 'datetime':
      return scalar(`reinterpret(toInt64(${whole(value)}), 'DateTime64(7, \\'UTC\\')')`)
    case 'decimal':
      return scalar(`toDecimal256(${context.query.parameters.text(String(value))}, 17)`)
    default:
      return scalar(context.query.parameters.text(String(value)))
  }
}

// The smallest number has no positive counterpart to negate.
function whole(value: Constant): string {
  const number = BigInt(value as bigint | number) // the type says so
  return number === -9_223_372_036_854_775_808n ? `'-9223372036854775808'` : number.toString()
}

function realSql(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  return `toFloat64(${Object.is(value, -0) ? '-0.' : value})`
}

/** The value as another type, by KQL's `to…` functions: what can't be converted is null. */
export function cast(context: Context, value: Scalar, type: ScalarType): Scalar {
  if (value.type === type || type === 'unknown') return value
  if (value.constant === null) return missing(type)
  switch (type) {
    case 'string':
      return toText(context, value)
    case 'long':
    case 'int':
      return toWhole(context, value, type)
    case 'real':
      return toReal(context, value)
    case 'bool':
      return toBool(context, value)
    case 'datetime':
      return toDatetime(context, value)
    case 'timespan':
      return toTimespan(context, value)
    case 'dynamic':
      return toDynamic(context, value)
    case 'guid':
      return toGuid(context, value)
    case 'decimal':
      return toDecimal(context, value)
  }
}

/** Reads a dynamic value as a ClickHouse type, straight from where it is stored. */
export function readMember(value: Scalar, function_: string, type?: string): string {
  const { member } = value
  const [base, path] = member ? [member.base, member.path] : [value.sql, []]
  const text = (member ? member.baseNullable : value.nullable) ? `ifNull(${base}, '')` : base
  const args = [text, ...path, ...(type ? [`'${type.replaceAll("'", "\\'")}'`] : [])]
  return `${function_}(${args.join(', ')})`
}

function toText(context: Context, value: Scalar): Scalar {
  const text = (sql: string, nullable = value.nullable): Scalar => ({
    sql: nullable ? `ifNull(${sql}, '')` : sql,
    type: 'string',
    nullable: false,
  })
  switch (value.type) {
    case 'dynamic':
      if (value.member?.number)
        return {
          sql: `if(${value.member.number} = 0, '', toString(${value.member.number}))`,
          type: 'string',
          nullable: false,
        }
      if (value.member?.promoted) return { sql: value.member.promoted, type: 'string', nullable: false }
      return text(readMember(value, 'JSONExtractString'), false)
    case 'bool':
      return text(boolText(context, value, `''`, `'True'`, `'False'`), false)
    case 'datetime':
      if (typeof value.constant === 'bigint') return constant(context, datetimeText(value.constant), 'string')
      return text(`concat(replaceOne(toString(${value.sql}), ' ', 'T'), 'Z')`)
    case 'timespan':
      if (typeof value.constant === 'bigint') return constant(context, timespanText(value.constant), 'string')
      return text(timespanSql(reuse(context, value).sql))
    case 'real':
      return text(realText(reuse(context, value).sql))
    case 'guid':
      return text(value.sql)
    default:
      return text(`toString(${value.sql})`)
  }
}

function boolText(context: Context, value: Scalar, none: string, yes: string, no: string): string {
  if (!value.nullable) return `if(${value.sql}, ${yes}, ${no})`
  const { sql } = reuse(context, value)
  return `multiIf(isNull(${sql}), ${none}, ${sql}, ${yes}, ${no})`
}

// As .NET writes doubles: 1 as `1.0`, exponents from 15 digits on.
function realText(x: string): string {
  // Every branch is computed for every row, so none may fail.
  const size = `if(isFinite(${x}) AND ${x} != 0, abs(${x}), 1)`
  const mantissa = `toString(${x} / exp10(floor(log10(${size}))))`
  const exponent = `toInt32(floor(log10(${size})))`
  return `multiIf(isNaN(${x}), 'NaN', isInfinite(${x}), if(${x} > 0, 'inf', '-inf'), ${x} = 0, if(1 / ${x} < 0, '-0.0', '0.0'), abs(${x}) >= 1e15 OR abs(${x}) < 1e-5, concat(${mantissa}, 'E', if(${exponent} < 0, '-', '+'), leftPad(toString(abs(${exponent})), 2, '0')), position(toString(${x}), '.') > 0, toString(${x}), concat(toString(${x}), '.0'))`
}

function timespanSql(t: string): string {
  const part = (divisor: string, modulo: number): string =>
    `leftPad(toString(intDiv(abs(${t}), ${divisor}) % ${modulo}), 2, '0')`
  const days = `intDiv(abs(${t}), 864000000000)`
  const fraction = `abs(${t}) % 10000000`
  return `concat(if(${t} < 0, '-', ''), if(${days} > 0, concat(toString(${days}), '.'), ''), ${part('36000000000', 24)}, ':', ${part('600000000', 60)}, ':', ${part('10000000', 60)}, if(${fraction} > 0, concat('.', leftPad(toString(${fraction}), 7, '0')), ''))`
}

function toWhole(context: Context, value: Scalar, type: 'long' | 'int'): Scalar {
  const target = type === 'long' ? 'Int64' : 'Int32'
  const result = (sql: string, nullable: boolean): Scalar => ({ sql, type, nullable })
  if (typeof value.constant === 'bigint' && value.type !== 'datetime')
    return constant(context, type === 'int' ? BigInt.asIntN(32, value.constant) : value.constant, type)
  switch (value.type) {
    case 'long':
    case 'int':
    case 'timespan':
      return result(`to${target}(${value.sql})`, value.nullable)
    case 'bool':
      return result(`to${target}(${value.sql})`, value.nullable)
    case 'real': {
      if (typeof value.constant === 'number') return wholeConstant(context, value.constant, type)
      const { sql } = reuse(context, value)
      // Beyond the range the nearest number; NaN has none.
      const [inside, greatest, least] =
        type === 'long'
          ? [`abs(${sql}) <= 9223372036854774784`, `toInt64('9223372036854775807')`, `toInt64('-9223372036854775808')`]
          : [`abs(${sql}) <= 2147483647`, 'toInt32(2147483647)', 'toInt32(-2147483648)']
      return result(
        `multiIf(isNull(${sql}) OR isNaN(${sql}), NULL, ${inside}, to${target}(trunc(if(${inside}, ${sql}, 0))), ${sql} > 0, ${greatest}, ${least})`,
        true,
      )
    }
    case 'decimal':
      return result(`to${target}OrNull(toString(trunc(${value.sql})))`, true)
    case 'datetime':
      return result(`to${target}(${ticksOf(value.sql)} + ${epochTicks})`, value.nullable)
    case 'string': {
      const { sql } = reuse(context, { ...value, sql: `trimBoth(${value.sql}, ' \\t\\r\\n')` })
      const hex = `reinterpretAsInt64(reverse(unhex(leftPad(substring(${sql}, 3), 16, '0'))))`
      const hexed = type === 'long' ? hex : `toInt32(${hex})`
      return result(`if(match(${sql}, '^0[xX][0-9a-fA-F]{1,16}$'), ${hexed}, to${target}OrNull(${sql}))`, true)
    }
    case 'dynamic': {
      if (value.member?.number) return result(`nullIf(to${target}(${value.member.number}), 0)`, true)
      const number = readMember(value, 'JSONExtract', 'Nullable(Int64)')
      const read = type === 'int' ? `toInt32(${number})` : number
      const kind = readMember(value, 'JSONType')
      const real: Scalar = { sql: readMember(value, 'JSONExtract', 'Nullable(Float64)'), type: 'real', nullable: true }
      return result(
        `multiIf(${kind} = 'String', ${toWhole(context, toText(context, value), type).sql}, ${kind} = 'Double', ${toWhole(context, real, type).sql}, ${read})`,
        true,
      )
    }
    default:
      return missing(type)
  }
}

/** Constants are converted before the query runs, and there a number beyond the range wraps to the smallest. */
function wholeConstant(context: Context, value: number, type: 'long' | 'int'): Scalar {
  if (!Number.isFinite(value)) return missing(type)
  const bits = type === 'long' ? 64 : 32
  const whole = BigInt(Math.trunc(value))
  const inside = whole === BigInt.asIntN(bits, whole)
  return constant(context, inside ? whole : -(2n ** BigInt(bits - 1)), type)
}

function toReal(context: Context, value: Scalar): Scalar {
  const result = (sql: string, nullable: boolean): Scalar => ({ sql, type: 'real', nullable })
  if (typeof value.constant === 'bigint' && (value.type === 'long' || value.type === 'int'))
    return constant(context, Number(value.constant), 'real')
  if (typeof value.constant === 'string' && value.type === 'string') {
    const special = /^\s*([+-]?)(?:[iI]nf|[iI]nfinity)\s*$/.exec(value.constant)
    if (special) return constant(context, special[1] === '-' ? -Infinity : Infinity, 'real')
  }
  switch (value.type) {
    case 'datetime':
      return result(`toFloat64(${ticksOf(value.sql)} + ${epochTicks})`, value.nullable)
    case 'string': {
      const { sql } = reuse(context, { ...value, sql: `trimBoth(${value.sql}, ' \\t\\r\\n')` })
      return result(
        `if(match(${sql}, '^[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?$'), toFloat64OrNull(${sql}), multiIf(lower(${sql}) = 'nan', nan, match(${sql}, '^[+]?([iI]nf|[iI]nfinity)$'), inf, match(${sql}, '^-([iI]nf|[iI]nfinity)$'), -inf, NULL))`,
        true,
      )
    }
    case 'dynamic':
      if (value.member?.number) return result(`toFloat64(nullIf(${value.member.number}, 0))`, true)
      return result(readMember(value, 'JSONExtract', 'Nullable(Float64)'), true)
    case 'guid':
      return missing('real')
    default:
      return result(`toFloat64(${value.sql})`, value.nullable)
  }
}

/** SQL that may be written half a dozen times. */
const longestRepeated = 300

function toBool(context: Context, value: Scalar): Scalar {
  const result = (sql: string, nullable: boolean): Scalar => ({ sql, type: 'bool', nullable })
  switch (value.type) {
    case 'string': {
      const { sql } = reuse(context, { ...value, sql: `lower(${value.sql})` })
      const number = toWhole(context, { sql, type: 'string', nullable: false }, 'long').sql
      return result(`multiIf(${sql} = 'true', true, ${sql} = 'false', false, ${number} != 0)`, true)
    }
    case 'dynamic': {
      // Mostly it is a truth value or absent, and the rest is not computed then; what is set aside always is.
      const inPlace = value.sql.length < longestRepeated ? { ...context, row: undefined } : context
      const other = `if(${readMember(value, 'JSONType')} = 'Double', ${readMember(value, 'JSONExtract', 'Nullable(Float64)')} != 0, ${toBool(inPlace, toText(inPlace, value)).sql})`
      const raw = readMember(value, 'JSONExtractRaw')
      return result(
        `multiIf(${raw} = 'true', true, ${raw} = 'false', false, ${raw} IN ('', 'null'), NULL, ${other})`,
        true,
      )
    }
    case 'long':
    case 'int':
    case 'real':
    case 'timespan':
    case 'decimal':
      return result(`${value.sql} != 0`, value.nullable)
    default:
      return missing('bool')
  }
}

function toDatetime(context: Context, value: Scalar): Scalar {
  switch (value.type) {
    case 'string': {
      if (typeof value.constant === 'string') {
        const ticks = datetimeTicks(value.constant)
        if (ticks !== undefined) return constant(context, ticks, 'datetime')
      }
      const { sql } = reuse(context, { ...value, sql: `trimBoth(${value.sql}, ' \\t\\r\\n')` })
      return {
        sql: `if(match(${sql}, '[0-9]{4}|[0-9]/|[A-Za-z]{3}'), parseDateTime64BestEffortUSOrNull(${sql}, 7, 'UTC'), NULL)`,
        type: 'datetime',
        nullable: true,
      }
    }
    case 'dynamic':
      return toDatetime(context, toText(context, value))
    case 'real':
      return toDatetime(context, toWhole(context, value, 'long'))
    case 'long':
    case 'int': {
      const { sql } = reuse(context, { ...value, sql: `toInt64(${value.sql}) - ${epochTicks}` })
      return { sql: datetimeOf(sql), type: 'datetime', nullable: true }
    }
    default:
      return missing('datetime')
  }
}

function toTimespan(context: Context, value: Scalar): Scalar {
  switch (value.type) {
    case 'string': {
      if (typeof value.constant === 'string') {
        const ticks =
          /^[-+]?[\d.]+$/.test(value.constant.trim()) && /\./.test(value.constant)
            ? undefined
            : timespanTicks(value.constant)
        return ticks === undefined ? missing('timespan') : constant(context, ticks, 'timespan')
      }
      return { sql: timespanFromText(reuse(context, value).sql), type: 'timespan', nullable: true }
    }
    case 'dynamic':
      return toTimespan(context, toText(context, value))
    case 'long':
    case 'int':
      return { sql: `toInt64(${value.sql})`, type: 'timespan', nullable: value.nullable }
    case 'real':
      return { sql: `toInt64(${value.sql} * 864000000000)`, type: 'timespan', nullable: value.nullable }
    default:
      return missing('timespan')
  }
}

function timespanFromText(text: string): string {
  const groups = `extractGroups(${text}, '^\\\\s*([-+]?)(?:([0-9]+)[.])?([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2})(?:[.]([0-9]{1,7}))?)?\\\\s*$')`
  const whole = (index: number): string => `toInt64OrZero(${groups}[${index}])`
  const ticks = `((${whole(2)} * 24 + ${whole(3)}) * 3600 + ${whole(4)} * 60 + ${whole(5)}) * 10000000 + toInt64OrZero(rightPad(${groups}[6], 7, '0'))`
  const units = `extractGroups(${text}, '^\\\\s*([-+]?[0-9]+(?:[.][0-9]+)?)(d|h|m|s|ms)\\\\s*$|^\\\\s*([-+]?[0-9]+)\\\\s*$')`
  const scale = `transform(concat(${units}[2], if(${units}[3] = '', '', 'd')), ['d', 'h', 'm', 's', 'ms'], [864000000000, 36000000000, 600000000, 10000000, 10000], 864000000000)`
  return `multiIf(length(${groups}) > 0, (${ticks}) * if(${groups}[1] = '-', -1, 1), length(${units}) > 0, toInt64(toFloat64OrZero(concat(${units}[1], ${units}[3])) * ${scale}), NULL)`
}

/** The JSON text of a value. */
export function toDynamic(context: Context, value: Scalar): Scalar {
  const json = (sql: string, nullable = value.nullable): Scalar => ({ sql, type: 'dynamic', nullable })
  switch (value.type) {
    case 'long':
    case 'int':
      return json(`toString(${value.sql})`)
    case 'bool':
      return json(boolText(context, value, 'NULL', `'true'`, `'false'`))
    case 'real':
    case 'decimal':
      return json(jsonReal(reuse(context, { ...cast(context, value, 'real') }).sql))
    case 'dynamic':
      return value
    case 'datetime':
    case 'timespan': {
      const inner = toText(context, value)
      return value.nullable
        ? json(`if(isNull(${value.sql}), NULL, concat('"', ${inner.sql}, '"'))`, true)
        : json(`concat('"', ${inner.sql}, '"')`)
    }
    default:
      return json(`toJSONString(${value.sql})`)
  }
}

function jsonReal(x: string): string {
  return `multiIf(isNull(${x}), NULL, isFinite(${x}), ${realText(x)}, isNaN(${x}), '"NaN"', ${x} > 0, '"Infinity"', '"-Infinity"')`
}

function toGuid(context: Context, value: Scalar): Scalar {
  const digits = `lower(replaceRegexpAll(${toText(context, value).sql}, '[{}() -]', ''))`
  const { sql } = reuse(context, { sql: digits, type: 'string', nullable: false })
  const parts = [
    [1, 8],
    [9, 4],
    [13, 4],
    [17, 4],
    [21, 12],
  ].map(([from, size]) => `substring(${sql}, ${from}, ${size})`)
  return {
    sql: `if(match(${sql}, '^[0-9a-f]{32}$'), concat(${parts.join(`, '-', `)}), NULL)`,
    type: 'guid',
    nullable: true,
  }
}

function toDecimal(context: Context, value: Scalar): Scalar {
  if (value.type === 'long' || value.type === 'int')
    return { sql: `toDecimal256(${value.sql}, 17)`, type: 'decimal', nullable: value.nullable }
  if (value.type === 'bool') return toDecimal(context, toWhole(context, value, 'long'))
  const text = value.type === 'real' ? `toString(${value.sql})` : toText(context, value).sql
  return { sql: `toDecimal256OrNull(${text}, 17)`, type: 'decimal', nullable: true }
}

/** Null of that type, typed for columns of unions and joins. */
export function typedNull(type: ScalarType): string {
  return type === 'string' ? `''` : `CAST(NULL, '${sqlType(type).replaceAll("'", "\\'")}')`
}
