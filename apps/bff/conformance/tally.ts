import { appendFileSync, existsSync, readFileSync } from 'node:fs'

/** `table wrong`: differs from what was expected, and that is known to be wrong. */
export type Verdict = 'equal' | 'different' | 'refused' | 'failed' | 'ran' | 'table wrong'

export interface Finding {
  id: string
  query: string
  why: string
}

export interface Report {
  /** Counts by group; the last row is the sum. */
  counts: Record<string, Partial<Record<Verdict, number>>>
  findings: (Finding & { verdict: Verdict; group: string })[]
}

type Kept = Finding & { group: string; verdict: Verdict }

/** Which queries of a collection are measured. */
export interface Choice {
  /** Text that the query or its id contains. */
  only: string
  /** Each n-th. */
  every: number
  /** File that keeps the outcomes, to go on where an earlier run ended. */
  kept?: string | undefined
  /** A file with the names that hunting queries use, one a line. */
  relevant?: string | undefined
}

export function chosen<T extends { id: string; query: string }>(all: readonly T[], { only, every }: Choice): T[] {
  return all.filter((each, index) => index % every === 0 && (each.id.includes(only) || each.query.includes(only)))
}

/** Counts verdicts by group and keeps what was not as it should be; in a file too, to go on from later. */
export class Tally {
  readonly #kept: string | undefined
  readonly #known = new Set<string>()
  readonly #counts: Report['counts'] = {}
  readonly #all: Partial<Record<Verdict, number>> = {}
  readonly #findings: Report['findings'] = []

  /** `kept`: a file with a JSON object a line; what it holds is counted, and everything new is appended. */
  constructor(kept?: string) {
    this.#kept = kept
    if (!kept || !existsSync(kept)) return
    for (const line of readFileSync(kept, 'utf8').split('\n').filter(Boolean)) {
      const { group, verdict, ...finding } = JSON.parse(line) as Kept // written by ourselves
      this.#known.add(finding.query)
      this.#count(group, verdict, finding)
    }
  }

  /** Measured before. */
  knows(query: string): boolean {
    return this.#known.has(query)
  }

  add(group: string, verdict: Verdict, finding: Finding): void {
    if (this.#kept) appendFileSync(this.#kept, `${JSON.stringify({ group, verdict, ...finding } satisfies Kept)}\n`)
    this.#count(group, verdict, finding)
  }

  #count(group: string, verdict: Verdict, finding: Finding): void {
    const own = (this.#counts[group] ??= {})
    for (const counts of [own, this.#all]) counts[verdict] = (counts[verdict] ?? 0) + 1
    if (verdict !== 'equal' && verdict !== 'ran') this.#findings.push({ verdict, group, ...finding })
  }

  report(): Report {
    return { counts: { ...this.#counts, all: this.#all }, findings: this.#findings }
  }
}
