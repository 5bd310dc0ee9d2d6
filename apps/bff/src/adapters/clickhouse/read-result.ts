import { setImmediate as turn } from 'node:timers/promises'
import type { QueryResult } from './event-store.ts'

export const maxResultBytes = 67_108_864
/** Longest piece of work between two turns of the event loop. */
const workMs = 10

/** A line that is no bare row; numbers are texts. */
interface Note {
  meta?: { name: string; type: string }[]
  row?: unknown[]
  progress?: { read_rows: string; read_bytes: string; elapsed_ns: string }
  exception?: string
}

/**
 * The lines of JSONCompactEachRowWithNamesAndTypes (arrays, the first two holding names and types) and of
 * JSONCompactEachRowWithProgress (objects). A big result is read with pauses, as others wait meanwhile.
 */
export async function readResult<T>(
  text: string,
  about: { maxRows: number; summary: unknown },
): Promise<QueryResult<T>> {
  const lines = new Lines(text)
  let columns: { name: string; type: string }[] = []
  const rows: T[] = []
  const take = (cells: unknown[]): void => {
    rows.push(Object.fromEntries(columns.map(({ name }, index) => [name, cells[index]])) as T) // by the caller's own SELECT
  }
  let stats = statsOf(about.summary)
  let since = performance.now()
  let line = lines.next()
  if (Array.isArray(line)) {
    const types = (lines.next() ?? []) as string[]
    columns = (line as string[]).map((name, index) => ({ name, type: types[index] ?? '' }))
    line = lines.next()
  }
  for (; line !== undefined; line = lines.next()) {
    if (Array.isArray(line)) take(line)
    else if (line.row) take(line.row)
    else if (line.meta) columns = line.meta
    else if (line.progress) stats = { ...stats, ...progressStats(line.progress) }
    else if (line.exception !== undefined) throw new Error(line.exception)
    if (rows.length > about.maxRows) {
      const last = lines.lastProgress()
      if (last) stats = { ...stats, ...progressStats(last) }
      break
    }
    if (performance.now() - since < workMs) continue
    await turn()
    since = performance.now()
  }
  const truncated = rows.length > about.maxRows || text.length >= maxResultBytes
  if (rows.length > about.maxRows) rows.length = about.maxRows
  return { rows, stats: { ...stats, truncated, columns } }
}

class Lines {
  readonly #text: string
  #at = 0
  constructor(text: string) {
    this.#text = text
  }

  next(): unknown[] | Note | undefined {
    if (this.#at >= this.#text.length) return undefined
    const end = this.#text.indexOf('\n', this.#at)
    const line = this.#text.slice(this.#at, end < 0 ? this.#text.length : end)
    this.#at = end < 0 ? this.#text.length : end + 1
    return JSON.parse(line) as unknown[] | Note // the engine's own format
  }

  /** What the engine had read at the end, when the rows before it are not wanted. */
  lastProgress(): Note['progress'] {
    this.#at = Math.max(this.#at, this.#text.lastIndexOf('{"progress"'))
    const note = this.next()
    return note === undefined || Array.isArray(note) ? undefined : note.progress
  }
}

function progressStats(progress: NonNullable<Note['progress']>) {
  return {
    elapsedMs: Number(progress.elapsed_ns) / 1e6,
    rowsRead: Number(progress.read_rows),
    bytesRead: Number(progress.read_bytes),
  }
}

function statsOf(summary: unknown) {
  const given = (typeof summary === 'string' ? JSON.parse(summary) : {}) as Record<string, string>
  return {
    elapsedMs: Number(given['elapsed_ns'] ?? 0) / 1e6,
    rowsRead: Number(given['read_rows'] ?? 0),
    bytesRead: Number(given['read_bytes'] ?? 0),
  }
}
