import type { TelemetryEvent } from '../event.ts'
import { excerpt } from '../bounds.ts'
import { isLate } from '../event-time.ts'
import { tableOf } from '../tables/table-of.ts'

/** What the normalisers need to know besides the body. */
export interface NormaliseContext {
  /** Cluster id the body was posted for. */
  cluster: string
  /** Epoch milliseconds of receipt. */
  receivedAt: number
  /** For how many days the store keeps the events of a table: older ones are flagged `late`. Default 30. */
  keptDays?(this: void, table: string): number
}

/** One event that could not be read, with the reason and a bounded piece of it. `index` counts within the body. */
export interface Rejected {
  index: number
  reason: string
  excerpt: string
}

/** Every readable event of a body in its order, and those set aside. */
export interface Normalised {
  events: TelemetryEvent[]
  rejected: Rejected[]
}

export type OneEvent = { event: TelemetryEvent } | { reason: string } | undefined

/**
 * Runs `read` over the items; a bad item is set aside and the rest kept. `undefined` from `read` is an item that holds
 * no event by design, such as a keep-alive. `shown` picks what the excerpt shows of an item.
 */
export function collect<T>(
  items: readonly T[],
  ctx: NormaliseContext,
  read: (item: T) => OneEvent,
  shown: (item: T) => unknown = (item) => item,
): Normalised {
  const result: Normalised = { events: [], rejected: [] }
  items.forEach((item, index) => {
    let one: OneEvent
    try {
      one = read(item)
    } catch (error) {
      // Data by strangers: whatever a reader trips over concerns this item only.
      one = { reason: `could not be read: ${error instanceof Error ? error.message.slice(0, 200) : 'unknown error'}` }
    }
    if (one === undefined) return
    if ('event' in one) result.events.push(flaggedLate(one.event, ctx))
    else result.rejected.push({ index, reason: one.reason, excerpt: excerpt(shown(item)) })
  })
  return result
}

// Each table has a retention of its own, so that the table must be known first.
function flaggedLate(event: TelemetryEvent, ctx: NormaliseContext): TelemetryEvent {
  const late = isLate(event, ctx.keptDays?.(tableOf(event)) ?? 30)
  return late ? { ...event, flags: ['late', ...(event.flags ?? [])] } : event
}

/** A body as list of items: itself, or the elements of an array. */
export function asItems(body: unknown): readonly unknown[] {
  return Array.isArray(body) ? body : [body]
}
