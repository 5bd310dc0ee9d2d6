import { createRequire } from 'node:module'

/** The part of chDB's Session that we use. */
interface ChdbSession {
  queryAsync(
    sql: string,
    options: { format: string },
  ): Promise<{ bytes(): Uint8Array; elapsed: number; rowsRead: number; bytesRead: number }>
  insert(params: {
    table: string
    values: Buffer
    format: 'JSONEachRow'
    columns?: string[]
    settings?: Record<string, string>
  }): Promise<{ rowsWritten: number }>
  close(): void
}

type SessionConstructor = new (path: string, options: { connectionArgs: string[] }) => ChdbSession

export interface EngineResult {
  bytes: Uint8Array
  elapsedSeconds: number
  rowsRead: number
  bytesRead: number
}

export interface EngineOptions {
  directory: string
  configFile: string
  memoryBytes: number
  /** Statements of ingest, detection and the console that run at the same time. */
  sessions: number
  /** Hunts that run at the same time, beside those. */
  huntSessions: number
}

/** Hunts wait for hunts only, and nothing else waits for a hunt. */
export type Lane = 'own' | 'hunt'

/**
 * chDB in this process. Facts it is built around: one data directory per process; a session runs one statement at a
 * time; rows that a failed statement had produced head the session's next result. So every statement gets a session of
 * its own, closed afterwards (opening one takes under a millisecond), and `sessions` and `huntSessions` bound how many run at once.
 */
export class ChdbEngine {
  readonly #options: EngineOptions
  readonly #Session: SessionConstructor
  /** Open for the life of the process: the engine shuts down with its last session. Also the one that kills queries. */
  readonly #control: ChdbSession
  readonly #lanes: Readonly<Record<Lane, { free: number; waiting: (() => void)[] }>>

  constructor(options: EngineOptions) {
    this.#options = options
    // CommonJS entry: the ES module entry loads integrations we don't use.
    this.#Session = (createRequire(import.meta.url)('chdb') as { Session: SessionConstructor }).Session
    this.#lanes = {
      own: { free: options.sessions, waiting: [] },
      hunt: { free: options.huntSessions, waiting: [] },
    }
    this.#control = this.#open()
  }

  /**
   * Runs one statement in a fresh session after `SET` of the settings; parameters are settings named `param_…`. `wanted`
   * is asked when it has a session.
   */
  async run(
    sql: string,
    settings: ReadonlyMap<string, string>,
    options: { format: string; lane?: Lane; wanted?: () => boolean },
  ): Promise<EngineResult> {
    return this.#withSession(options.lane ?? 'own', async (session) => {
      await applySettings(session, settings)
      if (options.wanted?.() === false) throw new Error('Code: 394. DB::Exception: Nobody waits for it any more.')
      const result = await session.queryAsync(sql, { format: options.format })
      return {
        bytes: result.bytes(),
        elapsedSeconds: result.elapsed,
        rowsRead: result.rowsRead,
        bytesRead: result.bytesRead,
      }
    })
  }

  /** Appends JSONEachRow bytes to a table. */
  async insert(
    target: { table: string; columns?: string[] },
    rows: Buffer,
    settings: ReadonlyMap<string, string>,
  ): Promise<number> {
    return this.#withSession('own', async (session) => {
      await applySettings(session, settings)
      const written = await session.insert({ ...target, values: rows, format: 'JSONEachRow' })
      return written.rowsWritten
    })
  }

  /** Stops every running statement whose text starts with `tag`. ASYNC: the synchronous form waits for ever in chDB. */
  async kill(tag: string): Promise<void> {
    await this.#control.queryAsync(`KILL QUERY WHERE startsWith(query, ${quoteText(tag)}) ASYNC`, { format: 'Null' })
  }

  close(): void {
    this.#control.close()
  }

  #open(): ChdbSession {
    const { directory, configFile, memoryBytes } = this.#options
    return new this.#Session(directory, {
      connectionArgs: [`--config-file=${configFile}`, `--max_server_memory_usage=${memoryBytes}`],
    })
  }

  async #withSession<T>(name: Lane, work: (session: ChdbSession) => Promise<T>): Promise<T> {
    const lane = this.#lanes[name]
    if (lane.free > 0) lane.free -= 1
    else await new Promise<void>((resolve) => lane.waiting.push(resolve))
    try {
      const session = this.#open()
      try {
        return await work(session)
      } finally {
        session.close()
      }
    } finally {
      const next = lane.waiting.shift()
      if (next === undefined) lane.free += 1
      else next()
    }
  }
}

async function applySettings(session: ChdbSession, settings: ReadonlyMap<string, string>): Promise<void> {
  const entries = [...settings]
    .filter(([name]) => name !== 'readonly')
    .map(([name, value]) => `${name} = ${quoteText(value)}`)
  // readonly last: it refuses every later SET, ours and the statement's.
  const readonly = settings.get('readonly')
  if (readonly !== undefined) entries.push(`readonly = ${quoteText(readonly)}`)
  if (entries.length > 0) await session.queryAsync(`SET ${entries.join(', ')}`, { format: 'Null' })
}

/** A ClickHouse string literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '\\0')}'`
}
