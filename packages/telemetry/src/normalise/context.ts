import type { TelemetryEvent } from '../event.ts'
import { excerpt } from '../bounds.ts'

/** What the normalisers need to know besides the body. */
export interface NormaliseContext {
  /** Cluster id the body was posted for. */
  cluster: string
  /** Epoch milliseconds of receipt. */
  receivedAt: number
  /** Events older than this many days are flagged `late`; the store's retention. Default 30. */
  maxAgeDays?: number
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
    if ('event' in one) result.events.push(one.event)
    else result.rejected.push({ index, reason: one.reason, excerpt: excerpt(shown(item)) })
  })
  return result
}

/** A body as list of items: itself, or the elements of an array. */
export function asItems(body: unknown): readonly unknown[] {
  return Array.isArray(body) ? body : [body]
}
