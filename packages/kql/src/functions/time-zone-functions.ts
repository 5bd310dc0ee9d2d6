import { reuse, refuse } from '../translate/context.ts'
import { datetimeOf, ticksOf } from '../translate/scalar.ts'
import type { Builder, Call } from './function.ts'

/** SQL of a zone's name; of rows, those that the store knows: it fails on others. */
function zoneOf(call: Call): string {
  const name = call.arg(1).constant
  if (typeof name !== 'string') {
    const text = call.reused(1, 'string')
    return once(call, `if(${isKnownZone(text)}, ${text}, 'UTC')`)
  }
  try {
    return call.parameter(new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone)
  } catch {
    return refuse(call.node, `${name} is not a known time zone`, "'Europe/Paris'")
  }
}

const isKnownZone = (text: string): string => `${text} IN (SELECT time_zone FROM system.time_zones)`

/** Null where the zone of the row is none. */
function inKnownZone(call: Call, sql: string): string {
  if (typeof call.arg(1).constant === 'string') return sql
  return `if(${isKnownZone(call.reused(1, 'string'))}, ${sql}, NULL)`
}

/** Local time at an instant, both as ticks since 1970; null beside the first and the last day that there is. */
function localTicks(utc: string, zone: string): string {
  const inside = `(${utc}) BETWEEN -621355104000000000 AND 2534022143999999999`
  const local = `toDateTime64OrNull(toString(reinterpret(if(${inside}, toInt64(${utc}), 0), 'DateTime64(7, \\'UTC\\')'), ${zone}), 7, 'UTC')`
  return `if(${inside}, reinterpretAsInt64(${local}), NULL)`
}

const utcToLocal: Builder = (call) => {
  const utc = ticksOf(call.as(0, 'datetime').sql)
  return {
    sql: inKnownZone(call, datetimeOf(once(call, localTicks(utc, zoneOf(call))))),
    type: 'datetime',
    nullable: true,
  }
}

const day = '864000000000'

/**
 * The instant of a local time. Where a change of clocks leaves it out or repeats it, the offset after the change counts:
 * so Microsoft's engine answers for a time that is left out; for one that is repeated it is our reading.
 */
const localToUtc: Builder = (call) => {
  const zone = zoneOf(call)
  const local = once(call, ticksOf(call.as(0, 'datetime').sql))
  const offset = (utc: string): string => `(${localTicks(utc, zone)} - (${utc}))`
  const before = once(call, offset(`${local} - ${day}`))
  const after = once(call, offset(`${local} + ${day}`))
  const early = `${local} - ${before}`
  const late = `${local} - ${after}`
  const isEarly = `(${before} != ${after} AND ${offset(late)} != ${after} AND ${offset(early)} = ${before})`
  const sql = datetimeOf(once(call, `if(${isEarly}, ${early}, ${late})`))
  return { sql: inKnownZone(call, sql), type: 'datetime', nullable: true }
}

function once(call: Call, sql: string): string {
  return reuse(call.context, { sql, type: 'long', nullable: true }).sql
}

/** Functions that turn instants into local times and back. */
export const timeZoneFunctions: Readonly<Record<string, Builder>> = {
  datetime_utc_to_local: utcToLocal,
  datetime_local_to_utc: localToUtc,
}
