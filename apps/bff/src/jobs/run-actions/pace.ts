/** Waiting times of running actions, in milliseconds. */
export interface Pace {
  /** Between tries of one write. */
  retryDelaysMs: readonly number[]
  /** Between looks at the cluster while verifying. */
  pollMs: number
  /** Replaces the deadline of each action's definition. */
  deadlineMs?: number
}

export const usualPace: Pace = {
  // Together about 25 s: longer than an API server's restart behind a load balancer, shorter than an analyst's patience.
  retryDelaysMs: [200, 500, 1_000, 2_000, 4_000, 8_000, 10_000],
  pollMs: 250,
}
