/** ISO text of epoch milliseconds; the epoch itself for numbers that no date can hold. */
export function isoTime(time: number): string {
  return new Date(Number.isFinite(time) && Math.abs(time) <= 8.64e15 ? time : 0).toISOString()
}
