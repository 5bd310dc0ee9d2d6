import type { Actor } from '../../deps.ts'
import type { Guard } from './guarded.ts'
import { describeHunt, hunt, type HuntParts, type HuntRequest, type Hunted } from './hunt.ts'

/** Most rows, time and memory of one run that nobody waits for. */
const usual: HuntRequest['limits'] = { rows: 10_000, seconds: 30, memoryBytes: 536_870_912 }

type BackgroundRequest = Pick<HuntRequest, 'query' | 'timespan' | 'signal' | 'now' | 'ingested'>

/** Hunts that nobody waits for, with what their author may see. Both throw `Refusal` as a hunt does. */
export interface BackgroundHunts {
  /** Runs behind the hunts of people. */
  run(author: Actor, request: BackgroundRequest): Promise<Hunted>
  describe(author: Actor, query: string, signal: AbortSignal): ReturnType<typeof describeHunt>
  mostRows: number
}

export function createBackgroundHunts(
  parts: HuntParts,
  guard: Pick<Guard, 'runBehind'>,
  limits = usual,
): BackgroundHunts {
  return {
    mostRows: limits.rows,
    run: (author, request) =>
      guard.runBehind(request.signal, () => hunt(parts, { ...request, scope: author.scope, limits, background: true })),
    describe: (author, query, signal) =>
      describeHunt(parts, { query, timespan: undefined, scope: author.scope, signal, limits }),
  }
}
