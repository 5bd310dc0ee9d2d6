export type ChangeKind = 'policy-set' | 'policy-deleted' | 'labels'

// p50, p90 and maximum in ms as measured on a real cluster (reachability recordings, "Time to effect").
const MEASURED: Record<ChangeKind, [number, number, number]> = {
  'policy-set': [454, 1200, 1800],
  'policy-deleted': [590, 890, 1640],
  labels: [390, 820, 1090],
}
const SHORTEST = 120

/**
 * How long the plugin takes until a change is in force on the nodes.
 *
 * @param medianMs wanted median for a new policy; the others keep their measured relation. 0 = at once.
 * @param random evenly distributed in [0, 1)
 */
export function programmingDelay(kind: ChangeKind, medianMs: number, random: number): number {
  if (medianMs <= 0) return 0
  const [p50, p90, max] = MEASURED[kind]
  const scale = medianMs / MEASURED['policy-set'][0]
  const between = (low: number, high: number, share: number) => low + (high - low) * share
  if (random < 0.5) return scale * between(SHORTEST, p50, random / 0.5)
  if (random < 0.9) return scale * between(p50, p90, (random - 0.5) / 0.4)
  return scale * between(p90, max, (random - 0.9) / 0.1)
}
