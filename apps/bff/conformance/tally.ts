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
