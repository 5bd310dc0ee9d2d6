import { partitionDay, storeTime } from '../event-time.ts'
import type { TelemetryEvent } from '../event.ts'

/** One row as JSONEachRow takes it. */
export type Row = Record<string, string | number | boolean | null>

/** Where a batch puts an event: rising batch number and place within it; detection's watermark counts batches. */
export interface Place {
  batch: number
  index: number
}

export function commonCells(event: TelemetryEvent, place: Place): Row {
  return {
    _Cluster: event.cluster,
    _Source: event.source,
    _ReceivedAt: storeTime(event.receivedAt).slice(0, 23),
    _Day: partitionDay(event),
    _Batch: place.batch,
    _Index: place.index,
  }
}

/**
 * JSON text that any reader takes: a lone surrogate, which JSON.stringify writes as an escape that strict parsers
 * refuse, becomes U+FFFD.
 */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value)
  if (!text.includes('\\ud')) return text
  return text.replace(/\\(\\|ud[89a-f][0-9a-f]{2})/g, (match, what: string) => (what === '\\' ? match : '\ufffd'))
}
