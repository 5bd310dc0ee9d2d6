import { constant } from '../translate/casts.ts'
import { refuse, reuse } from '../translate/context.ts'
import { datetimeOf, type Scalar } from '../translate/scalar.ts'
import { type Builder, type Call, long, text } from './function.ts'

const day = 864_000_000_000n

function datetime(sql: string, nullable: boolean): Scalar {
  return { sql, type: 'datetime', nullable }
}

function timespan(sql: string, nullable: boolean): Scalar {
  return { sql: `toInt64(${sql})`, type: 'timespan', nullable }
}

const now: Builder = (call) => {
  const { query } = call.context
  if (call.count === 0) return constant(call.context, query.now, 'datetime')
  const offset = call.arg(0)
  if (typeof offset.constant === 'bigint') return constant(call.context, query.now + offset.constant, 'datetime')
  return datetime(datetimeOf(`(${query.now} + ${offset.sql})`), true)
}

const ago: Builder = (call) => {
  const span = call.as(0, 'timespan')
  if (typeof span.constant === 'bigint')
    return constant(call.context, call.context.query.now - span.constant, 'datetime')
  return datetime(datetimeOf(`(${call.context.query.now} - ${span.sql})`), true)
}

/** First moment of a period, `periods` later. Written with dates that reach from the year 1 to 9999. */
const periodStart =
  (name: string): Builder =>
  (call) => {
    const value = call.as(0, 'datetime')
    const periods = call.count > 1 ? `, ${call.long(1)}` : ''
    return periodOf(call, name, value, periods, 0n)
  }

const periodEnd =
  (name: string): Builder =>
  (call) => {
    const value = call.as(0, 'datetime')
    const shift = call.count > 1 ? `${call.long(1)} + 1` : '1'
    return periodOf(call, name, value, `, ${shift}`, 1n)
  }

function periodOf(call: Call, name: string, value: Scalar, periods: string, less: bigint): Scalar {
  const ticks = `reinterpretAsInt64(${value.sql})`
  const count = periods === '' ? '0' : periods.slice(2)
  const nullable = value.nullable
  if (name === 'Day' || name === 'Week') {
    const length = name === 'Day' ? day : day * 7n
    // The year 1 began on a Monday; weeks begin on Sunday.
    const origin = name === 'Day' ? '621355968000000000' : `(621355968000000000 + ${day})`
    const start = `(${ticks} - positiveModulo(${ticks} + ${origin}, ${length}) + toInt64(${count}) * ${length} - ${less})`
    return periods === '' && !nullable && name === 'Day'
      ? datetime(`reinterpret(${start}, 'DateTime64(7, \\'UTC\\')')`, false)
      : datetime(datetimeOf(reuse(call.context, { sql: start, type: 'long', nullable }).sql), true)
  }
  const year = `toYear(${value.sql})`
  const months =
    name === 'Month'
      ? `(toInt64(${year}) * 12 + toMonth(${value.sql}) - 1 + toInt64(${count}))`
      : `((toInt64(${year}) + toInt64(${count})) * 12)`
  const index = reuse(call.context, { sql: months, type: 'long', nullable }).sql
  const first = `(${daysBefore(`intDiv(${index}, 12)`, `(${index} % 12 + 1)`, '1')} * ${day} - ${less})`
  return datetime(datetimeOf(reuse(call.context, { sql: first, type: 'long', nullable }).sql), true)
}

/** Days from 1970 to a date of the proleptic Gregorian calendar; the engine's own functions reach from 1900 to 2299 only. */
function daysBefore(year: string, month: string, dayOfMonth: string): string {
  const shifted = `(${year} - if(${month} <= 2, 1, 0))`
  const dayOfYear = `(intDiv(153 * (${month} + if(${month} > 2, -3, 9)) + 2, 5) + ${dayOfMonth} - 1)`
  return `(${shifted} * 365 + intDiv(${shifted}, 4) - intDiv(${shifted}, 100) + intDiv(${shifted}, 400) + ${dayOfYear} - 719468)`
}

const parts: Readonly<Record<string, (value: string) => string>> = {
  year: (v) => `toYear(${v})`,
  quarter: (v) => `toQuarter(${v})`,
  month: (v) => `toMonth(${v})`,
  week_of_year: (v) => `toISOWeek(${v})`,
  weekofyear: (v) => `toISOWeek(${v})`,
  day: (v) => `toDayOfMonth(${v})`,
  dayofyear: (v) => `toDayOfYear(${v})`,
  hour: (v) => `toHour(${v})`,
  minute: (v) => `toMinute(${v})`,
  second: (v) => `toSecond(${v})`,
  millisecond: (v) => `intDiv(positiveModulo(reinterpretAsInt64(${v}), 10000000), 10000)`,
  microsecond: (v) => `intDiv(positiveModulo(reinterpretAsInt64(${v}), 10000000), 10)`,
  nanosecond: (v) => `positiveModulo(reinterpretAsInt64(${v}), 10000000) * 100`,
}

const partOf =
  (name: string): Builder =>
  (call) => {
    const value = call.as(0, 'datetime')
    const build = parts[name]
    return build ? long(build(value.sql), value.nullable) : refuse(call.node, `The part ${name} is not supported`)
  }

const datetimePart: Builder = (call) => {
  const name = call.constantText(0, 'The part').toLowerCase()
  const build = parts[name]
  if (!build) return refuse(call.node, `The part ${name} is not supported`)
  const value = call.as(1, 'datetime')
  return long(build(value.sql), value.nullable)
}

const spans: Readonly<Record<string, bigint>> = {
  week: day * 7n,
  day,
  hour: 36_000_000_000n,
  minute: 600_000_000n,
  second: 10_000_000n,
  millisecond: 10_000n,
  microsecond: 10n,
}

/** How many boundaries of the period lie between: weeks begin on Sunday. */
const datetimeDiff: Builder = (call) => {
  const period = call.constantText(0, 'The period').toLowerCase()
  const [a, b] = [call.as(1, 'datetime'), call.as(2, 'datetime')]
  const nullable = a.nullable || b.nullable
  const months = (v: string): string => `(toInt64(toYear(${v})) * 12 + toMonth(${v}))`
  if (period === 'year') return long(`toInt64(toYear(${a.sql})) - toInt64(toYear(${b.sql}))`, nullable)
  if (period === 'quarter')
    return long(
      `(toInt64(toYear(${a.sql})) * 4 + toQuarter(${a.sql})) - (toInt64(toYear(${b.sql})) * 4 + toQuarter(${b.sql}))`,
      nullable,
    )
  if (period === 'month') return long(`${months(a.sql)} - ${months(b.sql)}`, nullable)
  if (period === 'nanosecond')
    return long(`(reinterpretAsInt64(${a.sql}) - reinterpretAsInt64(${b.sql})) * 100`, nullable)
  const length = spans[period]
  if (length === undefined) return refuse(call.node, `The period ${period} is not supported`)
  const origin = period === 'week' ? `(621355968000000000 + ${day})` : '621355968000000000'
  const count = (v: string): string => `intDiv(reinterpretAsInt64(${v}) + ${origin}, ${length})`
  return long(`${count(a.sql)} - ${count(b.sql)}`, nullable)
}

const datetimeAdd: Builder = (call) => {
  const period = call.constantText(0, 'The period').toLowerCase()
  const [amount, value] = [call.as(1, 'long'), call.as(2, 'datetime')]
  const nullable = amount.nullable || value.nullable
  const length = spans[period]
  if (length !== undefined)
    return datetime(
      datetimeOf(
        reuse(call.context, {
          sql: `(reinterpretAsInt64(${value.sql}) + ${amount.sql} * ${length})`,
          type: 'long',
          nullable,
        }).sql,
      ),
      true,
    )
  const months = { year: 12, quarter: 3, month: 1 }[period]
  if (months === undefined) return refuse(call.node, `The period ${period} is not supported`)
  return datetime(`addMonths(${value.sql}, ${amount.sql} * ${months})`, nullable)
}

const fractions = ['f', 'ff', 'fff', 'ffff', 'fffff', 'ffffff', 'fffffff']

/** Format letters of KQL's datetimes as SQL, each writing its part. */
const formatParts: Readonly<Record<string, (v: string) => string>> = {
  yyyy: (v) => `leftPad(toString(toYear(${v})), 4, '0')`,
  yy: (v) => `leftPad(toString(toYear(${v}) % 100), 2, '0')`,
  y: (v) => `toString(toYear(${v}) % 100)`,
  MM: (v) => `leftPad(toString(toMonth(${v})), 2, '0')`,
  M: (v) => `toString(toMonth(${v}))`,
  dd: (v) => `leftPad(toString(toDayOfMonth(${v})), 2, '0')`,
  d: (v) => `toString(toDayOfMonth(${v}))`,
  HH: (v) => `leftPad(toString(toHour(${v})), 2, '0')`,
  H: (v) => `toString(toHour(${v}))`,
  hh: (v) => `leftPad(toString((toHour(${v}) + 11) % 12 + 1), 2, '0')`,
  h: (v) => `toString((toHour(${v}) + 11) % 12 + 1)`,
  mm: (v) => `leftPad(toString(toMinute(${v})), 2, '0')`,
  m: (v) => `toString(toMinute(${v}))`,
  ss: (v) => `leftPad(toString(toSecond(${v})), 2, '0')`,
  s: (v) => `toString(toSecond(${v}))`,
  tt: (v) => `if(toHour(${v}) < 12, 'AM', 'PM')`,
  ...Object.fromEntries(
    fractions.flatMap((letters) => {
      const digits = (v: string): string =>
        `substring(leftPad(toString(positiveModulo(reinterpretAsInt64(${v}), 10000000)), 7, '0'), 1, ${letters.length})`
      return [
        [letters, digits],
        [letters.toUpperCase(), (v: string) => `trimRight(${digits(v)}, '0')`],
      ] as const
    }),
  ),
}

const formatDatetime: Builder = (call) => {
  const value = reuse(call.context, call.as(0, 'datetime'))
  const format = call.constantText(1, 'The format')
  const pieces = (format.match(/yyyy|yy|y|MM|M|dd|d|HH|H|hh|h|mm|m|ss|s|tt|f+|F+|[\s\S]/g) ?? []).map((piece) => {
    const build = formatParts[piece]
    if (build) return build(value.sql)
    return /^[\s/\-:,._[\]]$/.test(piece) ? call.parameter(piece) : refuse(call.node, `The format can't hold ${piece}`)
  })
  const sql = `concat('', ${pieces.join(', ')})`
  return text(value.nullable ? `ifNull(${sql}, '')` : sql)
}

const formatTimespan: Builder = (call) => {
  const value = reuse(call.context, call.as(0, 'timespan'))
  const format = call.constantText(1, 'The format')
  const unit = (length: bigint, modulo: number, pad: number): string => {
    const number = `toString(intDiv(abs(${value.sql}), ${length})${modulo > 0 ? ` % ${modulo}` : ''})`
    return `leftPad(${number}, greatest(${pad}, length(${number})), '0')`
  }
  const pieces = (format.match(/d+|H+|h+|m+|s+|f+|F+|[\s\S]/g) ?? []).map((piece) => {
    const size = piece.length
    switch (piece[0]) {
      case 'd':
        return unit(day, 0, size)
      case 'H':
      case 'h':
        return unit(36_000_000_000n, 24, size)
      case 'm':
        return unit(600_000_000n, 60, size)
      case 's':
        return unit(10_000_000n, 60, size)
      case 'f':
        return `substring(leftPad(toString(abs(${value.sql}) % 10000000), 7, '0'), 1, ${size})`
      case 'F':
        return `trimRight(substring(leftPad(toString(abs(${value.sql}) % 10000000), 7, '0'), 1, ${size}), '0')`
      default:
        return /^[\s/\-:,._[\]]$/.test(piece)
          ? call.parameter(piece)
          : refuse(call.node, `The format can't hold ${piece}`)
    }
  })
  const sql = `concat(if(${value.sql} < 0, '-', ''), ${pieces.join(', ')})`
  return text(value.nullable ? `ifNull(${sql}, '')` : sql)
}

const unixTime =
  (scale: bigint): Builder =>
  (call) => {
    const value = call.as(0, 'real')
    const ticks =
      call.arg(0).type === 'long' || call.arg(0).type === 'int'
        ? `${call.long(0)} * ${scale}`
        : `toInt64(round(${value.sql} * ${scale}))`
    return datetime(datetimeOf(reuse(call.context, { sql: `(${ticks})`, type: 'long', nullable: true }).sql), true)
  }

const makeDatetime: Builder = (call) => {
  const at = (index: number): string => (index < call.count ? call.long(index) : index < 3 ? '1' : '0')
  const seconds = call.count > 5 ? call.real(5) : '0'
  const days = daysBefore(`toInt64(${at(0)})`, `toInt64(${at(1)})`, `toInt64(${at(2)})`)
  const ticks = `(${days} * ${day} + toInt64(${at(3)}) * 36000000000 + toInt64(${at(4)}) * 600000000 + toInt64(round(${seconds} * 10000000)))`
  const valid = `${at(1)} BETWEEN 1 AND 12 AND ${at(2)} BETWEEN 1 AND 31 AND ${at(3)} BETWEEN 0 AND 23 AND ${at(4)} BETWEEN 0 AND 59 AND ${seconds} >= 0 AND ${seconds} < 60`
  return datetime(
    `if(${valid}, ${datetimeOf(reuse(call.context, { sql: ticks, type: 'long', nullable: true }).sql)}, NULL)`,
    true,
  )
}

const makeTimespan: Builder = (call) => {
  const [days, hours, minutes, seconds] =
    call.count === 4
      ? [call.long(0), call.long(1), call.long(2), call.real(3)]
      : ['0', call.long(0), call.long(1), call.count > 2 ? call.real(2) : '0']
  const valid = `(${hours}) BETWEEN 0 AND 23 AND (${minutes}) BETWEEN 0 AND 59 AND (${seconds}) >= 0 AND (${seconds}) < 60`
  return timespan(
    `if(${valid}, (${days}) * ${day} + (${hours}) * 36000000000 + (${minutes}) * 600000000 + toInt64(round((${seconds}) * 10000000)), NULL)`,
    true,
  )
}

/** Functions over datetimes and timespans. */
export const timeFunctions: Readonly<Record<string, Builder>> = {
  now,
  ago,
  startofday: periodStart('Day'),
  startofweek: periodStart('Week'),
  startofmonth: periodStart('Month'),
  startofyear: periodStart('Year'),
  endofday: periodEnd('Day'),
  endofweek: periodEnd('Week'),
  endofmonth: periodEnd('Month'),
  endofyear: periodEnd('Year'),
  getyear: partOf('year'),
  getmonth: partOf('month'),
  monthofyear: partOf('month'),
  week_of_year: partOf('week_of_year'),
  weekofyear: partOf('week_of_year'),
  dayofmonth: partOf('day'),
  dayofyear: partOf('dayofyear'),
  hourofday: partOf('hour'),
  dayofweek: (call) => {
    const value = call.as(0, 'datetime')
    const ticks = `(reinterpretAsInt64(${value.sql}) + 621355968000000000)`
    const number = `positiveModulo(intDiv(${ticks}, ${day}) + 1, 7) * ${day}`
    // The last week ends beyond the year 9999, and the engine has no answer for it.
    return timespan(`if(${ticks} >= 3155373792000000000, NULL, ${number})`, true)
  },
  datetime_part: datetimePart,
  datetime_diff: datetimeDiff,
  datetime_add: datetimeAdd,
  format_datetime: formatDatetime,
  format_timespan: formatTimespan,
  make_datetime: makeDatetime,
  make_timespan: makeTimespan,
  unixtime_seconds_todatetime: unixTime(10_000_000n),
  unixtime_milliseconds_todatetime: unixTime(10_000n),
  unixtime_microseconds_todatetime: unixTime(10n),
  totimespan: (call) => call.as(0, 'timespan'),
  time: (call) => call.as(0, 'timespan'),
  todatetime: (call) => call.as(0, 'datetime'),
  datetime: (call) => call.as(0, 'datetime'),
  unixtime_nanoseconds_todatetime: (call) => datetime(datetimeOf(`intDiv(${call.long(0)}, 100)`), true),
}
