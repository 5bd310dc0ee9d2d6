export type Verdict = 'equal' | 'different' | 'refused' | 'failed' | 'ran'

export interface Finding {
  id: string
  query: string
  why: string
}

export interface Report {
  /** Counts by group; the last row is the sum. */
  counts: Record<string, Partial<Record<Verdict, number>>>
  findings: (Finding & { verdict: Verdict })[]
}

/** Which queries of a collection are measured. */
export interface Choice {
  /** Text that the query or its id contains. */
  only: string
  /** Each n-th. */
  every: number
}

export function chosen<T extends { id: string; query: string }>(all: readonly T[], { only, every }: Choice): T[] {
  return all.filter((each, index) => index % every === 0 && (each.id.includes(only) || each.query.includes(only)))
}

/** Counts verdicts by group and keeps what was not as it should be. */
export class Tally {
  readonly #counts: Report['counts'] = {}
  readonly #all: Partial<Record<Verdict, number>> = {}
  readonly #findings: Report['findings'] = []

  add(group: string, verdict: Verdict, finding: Finding): void {
    const own = (this.#counts[group] ??= {})
    for (const counts of [own, this.#all]) counts[verdict] = (counts[verdict] ?? 0) + 1
    if (verdict !== 'equal' && verdict !== 'ran') this.#findings.push({ verdict, ...finding })
  }

  report(): Report {
    return { counts: { ...this.#counts, all: this.#all }, findings: this.#findings }
  }
}
