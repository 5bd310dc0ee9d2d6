import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { AddressLookup, Completion, Diagnostic, Ingested, ReadScope, StateTable, Translation } from '@cordon/kql'

export interface ReadOptions {
  scope: ReadScope
  /** Ticks of 100 ns since 1970. */
  time: { from?: bigint; to?: bigint }
  now: bigint
  /** Restricts event tables to what these ingest batches brought. */
  ingested?: Ingested
}

interface Reading {
  scope: ReadScope
  time: { from?: string; to?: string }
  now: string
  ingested: Ingested | undefined
  addresses: AddressLookup | undefined
}

export type WorkerRequest = { id: number } & Reading &
  (
    | { kind: 'compile'; text: string }
    | { kind: 'discovered'; of: number; found: { name: string; kinds: string[] }[] }
    | { kind: 'diagnose'; text: string }
    | { kind: 'complete'; text: string; position: number }
  )

type Ask = WorkerRequest extends infer R ? (R extends WorkerRequest ? Omit<R, 'id' | keyof Reading> : never) : never

export type WorkerAnswer =
  | { state: 'ready'; translation: Translation; diagnostics: Diagnostic[]; stateTables: string[] }
  | { state: 'discover'; sql: string; parameters: Record<string, string>; stateTables: string[] }
  | { state: 'refused'; diagnostics: Diagnostic[] }
  | { state: 'completed'; items: Completion[] }
  | { state: 'failed'; message: string }
  /** This query's translation was ended because it took too long. */
  | { state: 'stalled'; message: string }
  /** The translator ended, was held up or is ending: says nothing about the query. */
  | { state: 'unavailable'; message: string }

export interface KqlEngine {
  /** SQL of a query. Where data decides its columns, `discover` is asked for them. */
  compile(
    text: string,
    options: ReadOptions,
    discover: Discover,
  ): Promise<Exclude<WorkerAnswer, { state: 'discover' | 'completed' }>>
  diagnose(text: string, options: ReadOptions): Promise<Diagnostic[]>
  complete(text: string, position: number): Promise<Completion[]>
  /**
   * Analyses the texts again and again, with pauses, until the language service's code is compiled: the first hunts
   * after a start are then as quick as later ones. Ends early when the engine closes; never rejects.
   */
  warmUp(texts: readonly string[]): Promise<void>
  close(): Promise<void>
}

export type Discover = (
  sql: string,
  parameters: Record<string, string>,
  stateTables: string[],
) => Promise<{ name: string; kinds: string[] }[]>

/** Longest time for one translation; what takes longer is ended with its thread. */
const patienceMs = 15_000
const maxDiscoveries = 4
/** After so many rounds over a dozen texts the times no longer fall. */
const warmUpRounds = 40
/** Leaves three quarters of a core to those who start beside it. */
const warmUpPauseMs = 15
const nothing: ReadOptions = { scope: {}, time: {}, now: 0n }

interface Pending {
  settle(answer: WorkerAnswer): void
  timer: NodeJS.Timeout
}

/**
 * The language service in a thread of its own: it takes half a second to load and must not hold up requests. `addresses`
 * is asked with each query.
 */
export function createKqlEngine(stateTables: readonly StateTable[], addresses?: () => AddressLookup): KqlEngine {
  let worker: Worker | undefined
  let last = 0
  const pending = new Map<number, Pending>()

  const fail = (message: string): void => {
    worker = undefined
    for (const [id, each] of pending) {
      clearTimeout(each.timer)
      pending.delete(id)
      each.settle({ state: 'unavailable', message })
    }
  }
  const running = (): Worker => {
    if (worker) return worker
    const started = new Worker(new URL('./kql-worker.ts', import.meta.url), {
      workerData: { stateTables },
      // Analysing a text makes much that is thrown away at once; room for it saves a tenth of the time.
      resourceLimits: { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 48 },
    })
    started.unref()
    started.on('message', ({ id, answer }: { id: number; answer: WorkerAnswer }) => {
      const asked = pending.get(id)
      if (!asked) return
      clearTimeout(asked.timer)
      pending.delete(id)
      asked.settle(answer)
    })
    const ended = (): void => {
      if (worker === started) fail('The translator ended; try again')
    }
    started.on('error', ended)
    started.on('exit', ended)
    worker = started
    return started
  }
  const ask = (
    request: Ask,
    { scope, time, now, ingested }: ReadOptions,
  ): { id: number; answer: Promise<WorkerAnswer> } => {
    const id = (last += 1)
    const reading: Reading = {
      scope,
      time: { from: time.from?.toString(), to: time.to?.toString() },
      now: now.toString(),
      ingested,
      addresses: addresses?.(),
    }
    const answer = new Promise<WorkerAnswer>((settle) => {
      const timer = setTimeout(() => {
        const stuck = worker
        // Questions are answered in their order: the first to run out of time is the one that holds up the rest.
        pending.delete(id)
        settle({ state: 'stalled', message: 'The query takes too long to translate' })
        fail('Another query held up the translator; try again')
        void stuck?.terminate()
      }, patienceMs)
      timer.unref()
      pending.set(id, { settle, timer })
    })
    running().postMessage({ ...request, ...reading, id })
    return { id, answer }
  }
  let closed = false
  running()
  return {
    async compile(text, options, discover) {
      let { id, answer } = ask({ kind: 'compile', text }, options)
      for (let round = 0; round < maxDiscoveries; round += 1) {
        const given = await answer
        if (given.state === 'completed') break
        if (given.state !== 'discover') return given
        const found = await discover(given.sql, given.parameters, given.stateTables)
        ;({ id, answer } = ask({ kind: 'discovered', of: id, found }, options))
      }
      const given = await answer
      return given.state === 'discover' || given.state === 'completed'
        ? { state: 'failed', message: `Columns of more than ${maxDiscoveries} operators depend on the data` }
        : given
    },
    async diagnose(text, options) {
      const given = await ask({ kind: 'diagnose', text }, options).answer
      return given.state === 'refused' ? given.diagnostics : []
    },
    async complete(text, position) {
      const given = await ask({ kind: 'complete', text, position }, nothing).answer
      return given.state === 'completed' ? given.items : []
    },
    async warmUp(texts) {
      for (let round = 0; round < warmUpRounds; round += 1)
        for (const text of texts) {
          await delay(warmUpPauseMs, undefined, { ref: false })
          if (closed) return
          // A text seen before would not be analysed again.
          await ask({ kind: 'diagnose', text: `${text}\n// ${round}` }, nothing).answer
        }
    },
    async close() {
      closed = true
      const ending = worker
      fail('Cordon is shutting down')
      await ending?.terminate()
    },
  }
}
