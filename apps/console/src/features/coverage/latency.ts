/** What an alert’s latency is measured until. */
export const latencies = { stored: 'stored', told: 'told to an open console', shown: 'painted on its screen' } as const

/** Milliseconds in words. */
export function span(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`
  return ms < 120_000 ? `${Math.round(ms / 1000)} s` : minutes(ms)
}

/** Milliseconds in whole minutes, from two hours on in hours. */
export function minutes(ms: number): string {
  const count = Math.round(ms / 60_000)
  return count < 120 ? `${count} min` : `${Math.round(count / 60)} h`
}
