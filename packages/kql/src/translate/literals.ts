import type { ScalarType } from '../service/syntax.ts'
import { type Constant } from './scalar.ts'

const unitTicks: Readonly<Record<string, number>> = {
  d: 864e9, day: 864e9, days: 864e9,
  h: 36e9, hr: 36e9, hrs: 36e9, hour: 36e9, hours: 36e9,
  m: 6e8, min: 6e8, minute: 6e8, minutes: 6e8,
  s: 1e7, sec: 1e7, second: 1e7, seconds: 1e7,
  ms: 1e4, milli: 1e4, millis: 1e4, millisec: 1e4, millisecond: 1e4, milliseconds: 1e4,
  micro: 10, micros: 10, microsec: 10, microsecond: 10, microseconds: 10,
  nano: 0.01, nanos: 0.01, nanosec: 0.01, nanosecond: 0.01, nanoseconds: 0.01,
  tick: 1, ticks: 1,
} // prettier-ignore

/** The text within `type(…)`, or the whole token. */
function inner(token: string): string {
  const match = /^[a-z_]\w*\s*\(([\s\S]*)\)$/i.exec(token)
  return (match ? (match[1] ?? '') : token).trim()
}

/**
 * The value of a literal token, by the type that the binder gave it. The language service's own values are wrong for
 * hexadecimal longs, clock-like timespans, NaN and fractions of datetimes. Undefined when it can't be read.
 */
export function literalValue(token: string, type: ScalarType): Constant | undefined {
  if (type === 'string') return stringLiteral(token)
  const text = inner(token)
  if (text === 'null' || text === '') return null
  switch (type) {
    case 'bool':
      return /^(true|1)$/i.test(text) ? true : /^(false|0)$/i.test(text) ? false : undefined
    case 'long':
    case 'int':
      return integer(text)
    case 'real':
      return realLiteral(text)
    case 'decimal':
      return /^[+-]?[\d.]+(e[+-]?\d+)?$/i.test(text) ? text : undefined
    case 'datetime':
      return datetimeTicks(unquoted(text))
    case 'timespan':
      return timespanTicks(unquoted(text))
    case 'guid':
      return unquoted(text).toLowerCase()
    default:
      return undefined
  }
}

function unquoted(text: string): string {
  return /^["'@h]/i.test(text) && /["']$/.test(text) ? stringLiteral(text) : text
}

function integer(text: string): bigint | undefined {
  const match = /^([+-]?)(0x[0-9a-f]+|\d+)$/i.exec(text)
  if (!match) return undefined
  const value = BigInt.asIntN(64, BigInt(match[2] ?? '0'))
  return match[1] === '-' ? -value : value
}

function realLiteral(text: string): number | undefined {
  if (/^nan$/i.test(text)) return NaN
  if (/^\+?inf$/i.test(text)) return Infinity
  if (/^-inf$/i.test(text)) return -Infinity
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  0: '\0',
}

/** The value of a string literal: quoted, verbatim (`@"…"`), obfuscated (`h"…"`) or in triple back-ticks or tildes. */
export function stringLiteral(token: string): string {
  const text = token.replace(/^h(?=[@"'`~])/i, '')
  const fence = /^(```|~~~)([\s\S]*)\1$/.exec(text)
  if (fence) return fence[2] ?? ''
  if (text.startsWith('@')) {
    const quote = text[1] ?? '"'
    return text.slice(2, -1).replaceAll(quote + quote, quote)
  }
  return text
    .slice(1, -1)
    .replaceAll(/\\(x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|[0-7]{3}|[\s\S])/gi, (_, code: string) => {
      if (/^[xu]./i.test(code) && code.length > 1) return String.fromCodePoint(Number.parseInt(code.slice(1), 16))
      if (/^[0-7]{3}$/.test(code)) return String.fromCharCode(Number.parseInt(code, 8))
      return escapes[code] ?? code
    })
}

const clock = /^([+-])?(?:(\d+)\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,7}))?)?$/

/** 100 ns ticks of `1.5h`, `2d`, `1.02:03:04.5678901`, or a bare number of days. Undefined when it is none of these. */
export function timespanTicks(text: string): bigint | undefined {
  const trimmed = text.trim()
  const time = clock.exec(trimmed)
  if (time) {
    const [, sign, days = '0', hours = '0', minutes = '0', seconds = '0', fraction = ''] = time
    if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined
    const ticks =
      ((BigInt(days) * 24n + BigInt(hours)) * 3600n + BigInt(minutes) * 60n + BigInt(seconds)) * 10_000_000n +
      BigInt(fraction.padEnd(7, '0'))
    return sign === '-' ? -ticks : ticks
  }
  const unit = /^([+-]?\d*\.?\d+(?:e[+-]?\d+)?)\s*([a-z]*)$/i.exec(trimmed)
  if (!unit) return undefined
  const [, count = '0', name = ''] = unit
  const scale = unitTicks[name === '' ? 'd' : name.toLowerCase()]
  if (scale === undefined) return undefined
  return /^[+-]?\d+$/.test(count) && scale >= 1
    ? BigInt(count) * BigInt(scale)
    : BigInt(Math.round(Number(count) * scale))
}

const iso =
  /^(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?:[T ]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,9}))?)?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?$/i

/** Ticks since 1970 of a date written out; undefined when it is none. */
export function datetimeTicks(text: string): bigint | undefined {
  const trimmed = text.trim()
  const match = iso.exec(trimmed)
  if (match) {
    const [, year, month, day = '1', hour = '0', minute = '0', second = '0', fraction = '', zone] = match
    if (Number(year) < 1 || Number(month) > 12 || Number(hour) > 24 || Number(minute) > 59 || Number(second) > 59)
      return undefined
    const date = new Date(0)
    date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
    if (date.getUTCDate() !== Number(day)) return undefined
    date.setUTCHours(Number(hour), Number(minute), Number(second), 0)
    const ticks = BigInt(date.getTime()) * 10_000n + BigInt(fraction.padEnd(7, '0').slice(0, 7))
    return ticks - zoneTicks(zone)
  }
  if (/^\d{4}$/.test(trimmed)) return datetimeTicks(`${trimmed}-01-01`)
  if (/^\d{8}$/.test(trimmed)) return datetimeTicks(`${trimmed.slice(0, 4)}-${trimmed.slice(4, 6)}-${trimmed.slice(6)}`)
  // `datetime(2025, 6, 14)`, and the month before the day where the year stands last.
  const listed = /^(\d{4}), *(\d{1,2}), *(\d{1,2})$/.exec(trimmed)
  if (listed) return datetimeTicks(listed.slice(1).join('-'))
  const american = trimmed.replace(/^(\d{1,2})-(\d{1,2})-(\d{4})(?!\d)/, '$1/$2/$3')
  if (!/[a-z]|\//i.test(american)) return undefined
  const parsed = Date.parse(/(Z|UTC|GMT|[+-]\d{2}:?\d{2})$/i.test(american) ? american : `${american} UTC`)
  return Number.isNaN(parsed) ? undefined : BigInt(parsed) * 10_000n
}

function zoneTicks(zone: string | undefined): bigint {
  const match = zone ? /^([+-])(\d{2}):?(\d{2})$/.exec(zone) : undefined
  if (!match) return 0n
  const ticks = (BigInt(match[2] ?? '0') * 60n + BigInt(match[3] ?? '0')) * 600_000_000n
  return match[1] === '-' ? -ticks : ticks
}

/** `2020-01-02T03:04:05.1234567Z`. */
export function datetimeText(ticks: bigint): string {
  const milliseconds = ticks / 10_000n - (ticks % 10_000n < 0n ? 1n : 0n)
  const rest = ticks - milliseconds * 10_000n
  const text = new Date(Number(milliseconds)).toISOString() // within the years 1 to 9999
  return `${text.slice(0, -1)}${rest.toString().padStart(4, '0')}Z`
}

/** `1.02:03:04.5678901`, the days only when there are any. */
export function timespanText(ticks: bigint): string {
  const size = ticks < 0n ? -ticks : ticks
  const pad = (value: bigint): string => value.toString().padStart(2, '0')
  const days = size / 864_000_000_000n
  const fraction = size % 10_000_000n
  return [
    ticks < 0n ? '-' : '',
    days > 0n ? `${days}.` : '',
    `${pad((size / 36_000_000_000n) % 24n)}:${pad((size / 600_000_000n) % 60n)}:${pad((size / 10_000_000n) % 60n)}`,
    fraction > 0n ? `.${fraction.toString().padStart(7, '0')}` : '',
  ].join('')
}
