import { datetimeTicks } from '@cordon/kql'
import { Refusal } from '../../refusal.ts'

const duration = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/
const tick = { week: 6_048_000_000_000n, day: 864_000_000_000n, hour: 36_000_000_000n, minute: 600_000_000n } as const

/** An ISO 8601 span in ticks since 1970, against `now`. Without one: the last 30 days. Throws `Refusal` for other texts. */
export function spanOf(text: string | undefined, now: bigint): { from?: bigint; to?: bigint } {
  if (text === undefined || text === '') return { from: now - 30n * tick.day }
  const [first = '', second] = text.split('/')
  if (second === undefined) {
    const back = durationTicks(first)
    return { from: back === undefined ? moment(first, text) : now - back }
  }
  const [a, b] = [durationTicks(first), durationTicks(second)]
  if (a !== undefined && b !== undefined) throw bad(text)
  if (a !== undefined) return { from: moment(second, text) - a, to: moment(second, text) }
  const from = moment(first, text)
  return { from, to: b === undefined ? moment(second, text) : from + b }
}

function durationTicks(text: string): bigint | undefined {
  const match = duration.exec(text)
  if (!match || text === 'P' || text.endsWith('T')) return undefined
  const [, weeks = '0', days = '0', hours = '0', minutes = '0', seconds = '0'] = match
  return (
    BigInt(weeks) * tick.week +
    BigInt(days) * tick.day +
    BigInt(hours) * tick.hour +
    BigInt(minutes) * tick.minute +
    BigInt(Math.round(Number(seconds) * 10_000_000))
  )
}

function moment(text: string, whole: string): bigint {
  const ticks = /^\d{4}-/.test(text) ? datetimeTicks(text) : undefined
  if (ticks === undefined) throw bad(whole)
  return ticks
}

function bad(text: string): Refusal {
  return new Refusal(
    'invalid',
    `timespan: “${text}” is no ISO 8601 duration or interval, such as P7D or 2026-11-01T00:00Z/PT6H.`,
  )
}
