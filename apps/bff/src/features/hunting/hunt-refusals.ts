import type { HuntDiagnostic, HuntLimits } from '@cordon/contract'
import { EventStoreError } from '../../adapters/clickhouse/event-store.ts'
import { Refusal, TimedOut } from '../../refusal.ts'

/** What the language refuses, with its places. */
export function refusedQuery(query: string, diagnostics: readonly HuntDiagnostic[]): Refusal {
  const errors = diagnostics.filter((each) => each.severity === 'error')
  const shown = errors.map((each) => ({
    path: `query:${each.start}-${each.end}`,
    message: each.hint ? `${each.message} (${each.hint})` : each.message,
  }))
  const first = errors[0]
  const place = first ? ` at ${placeOf(query, first.start)}` : ''
  return new Refusal('invalid', `${shown[0]?.message ?? 'The query cannot be run'}${place}`, shown)
}

function placeOf(query: string, offset: number): string {
  const before = query.slice(0, offset).split('\n')
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`
}

/** A failure of the engine as what a hunter can do about it; what is no one's doing stays as it is. */
export function storeRefusal(
  error: unknown,
  query: string,
  { seconds, memoryBytes }: Pick<HuntLimits, 'seconds' | 'memoryBytes'>,
): unknown {
  if (!(error instanceof EventStoreError)) return error
  switch (error.code) {
    case 'timeout':
      return new TimedOut(
        'invalid',
        `The query took longer than ${seconds} seconds. Narrow the time range, or filter earlier.`,
      )
    case 'cancelled':
      return new Refusal('invalid', 'The query was cancelled.')
    case 'limit':
      // The engine's words where all statements together are over its own limit, not this one over its share.
      if (/\(total\)/i.test(error.message))
        return new Refusal(
          'unavailable',
          'The event store is short of memory at the moment. Try again in a few seconds.',
        )
      return new Refusal(
        'too-large',
        `The query needs more than the ${Math.round(memoryBytes / 1_048_576)} MiB of memory it may take. Narrow the time range, filter earlier, or summarize less.`,
      )
    case 'full':
      return new Refusal('unavailable', 'The event store has no space left on its disk: the query cannot be run.')
    case 'unavailable':
      return new Refusal('unavailable', 'The event store is not available at the moment. Try again in a few seconds.')
    case 'invalid': {
      // What the query itself says of what it takes for granted.
      const asserted = /^(assert\(\) has failed with message: '[^]*'): while executing/.exec(error.message)?.[1]
      if (asserted !== undefined)
        return new Refusal('invalid', `${asserted}.`, [{ path: `query:0-${query.length}`, message: asserted }])
      if (
        /^(Too deep|AST is too|Maximum (parse depth|amount of backtracking)|Stack size too large)/.test(error.message)
      )
        return new Refusal(
          'invalid',
          'The query has more steps within each other than the engine can take: about a hundred operators. Ask it in parts.',
        )
      // The engine names columns of our own making; its first sentence is what a hunter can use.
      return new Refusal('invalid', `The engine could not run this query: ${error.message.split(/[:.] /)[0] ?? ''}.`, [
        { path: `query:0-${query.length}`, message: error.message },
      ])
    }
    default:
      return error
  }
}
