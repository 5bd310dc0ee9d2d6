import { setImmediate as turn } from 'node:timers/promises'
import {
  excerpt,
  normaliseAudit,
  normaliseFalco,
  normaliseProcessEvents,
  normaliseTetragon,
  type NormaliseContext,
  type Normalised,
  type TelemetryEvent,
} from '@cordon/telemetry'
import { ItemSplitter, LineSplitter, type Item, type Splitter } from './item-splitter.ts'

/** What each endpoint takes. */
export const intakes = {
  'kubernetes-audit': { normalise: normaliseAudit, lists: ['items', 'records', 'Records'] },
  falco: { normalise: normaliseFalco, lists: [] },
  tetragon: { normalise: normaliseTetragon, lists: [] },
  'process-events': { normalise: normaliseProcessEvents, lists: [] },
} as const satisfies Record<
  string,
  { normalise(body: unknown, ctx: NormaliseContext): Normalised; lists: readonly string[] }
>

export type IntakeName = keyof typeof intakes

/** A piece of a body that could not become an event. */
export interface Unreadable {
  reason: string
  excerpt: string
}

export interface Slice {
  events: TelemetryEvent[]
  rejected: Unreadable[]
  /** Characters of JSON it was read from. */
  size: number
}

const sliceEvents = 1_000
const sliceBytes = 4_194_304
const workMs = 10

/** Whether a slice was given out because it was full; then more of the body is likely to follow. */
export function isFullSlice(slice: Slice): boolean {
  return slice.events.length >= sliceEvents || slice.size >= sliceBytes
}

/** The end of a body came within an item. */
export class CutOffError extends Error {}

/**
 * Turns the bytes of a body into slices of events while they arrive, giving other work of the process its turn every
 * few milliseconds. Throws `CutOffError` after the last whole item when the body ends within one; errors of `bytes`
 * come through after what was whole before them.
 */
export async function* readSlices(
  bytes: AsyncIterable<Buffer>,
  how: { intake: IntakeName; shape: 'json' | 'lines'; maxItemBytes: number },
  ctx: NormaliseContext,
): AsyncGenerator<Slice> {
  const { lists } = intakes[how.intake]
  const splitter: Splitter =
    how.shape === 'lines'
      ? new LineSplitter({ maxItemBytes: how.maxItemBytes })
      : new ItemSplitter({ lists, maxItemBytes: how.maxItemBytes })
  let slice: Slice = { events: [], rejected: [], size: 0 }
  let since = performance.now()
  const take = (item: Item): void => {
    slice.size += 'text' in item ? item.text.length : 0
    readItem(item, how.intake, ctx, slice)
  }
  let failure: unknown
  try {
    for await (const chunk of bytes) {
      for (const item of splitter.push(chunk)) {
        take(item)
        if (isFullSlice(slice)) {
          yield slice
          slice = { events: [], rejected: [], size: 0 }
        }
        if (performance.now() - since < workMs) continue
        await turn()
        since = performance.now()
      }
    }
    const end = splitter.end()
    end.items.forEach(take)
    if (end.cut) failure = new CutOffError('The body ends in the middle of an event.')
  } catch (error) {
    failure = error
  }
  if (slice.events.length > 0 || slice.rejected.length > 0) yield slice
  if (failure !== undefined) throw failure
}

function readItem(item: Item, intake: IntakeName, ctx: NormaliseContext, into: Slice): void {
  if ('reason' in item) {
    into.rejected.push({ reason: item.reason, excerpt: excerpt(item.excerpt) })
    return
  }
  let value: unknown
  try {
    value = JSON.parse(item.text)
  } catch (error) {
    into.rejected.push({
      reason: `not JSON: ${error instanceof Error ? error.message.slice(0, 120) : ''}`,
      excerpt: excerpt(item.text),
    })
    return
  }
  // Cloud envelopes are told by their list's name, so an element gets it back.
  const body = item.list === 'records' || item.list === 'Records' ? { [item.list]: [value] } : value
  const { events, rejected } = intakes[intake].normalise(body, ctx)
  into.events.push(...events)
  into.rejected.push(...rejected)
}
