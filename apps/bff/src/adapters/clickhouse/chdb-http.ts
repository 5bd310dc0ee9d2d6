import { createHash, randomUUID, timingSafeEqual } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type ChdbEngine, type EngineResult, type Lane, quoteText } from './chdb-engine.ts'
import { writesFile } from './read-only.ts'

const bodyLimit = 268_435_456
const killAgainMs = 100
/** URL members of ClickHouse's HTTP interface that are not settings. */
const notSettings = new Set([
  'query',
  'query_id',
  'database',
  'user',
  'password',
  'session_id',
  'session_timeout',
  'role',
  'default_format',
  'wait_end_of_query',
  'compress',
  'decompress',
  'enable_http_compression',
  'send_progress_in_http_headers',
  'http_headers_progress_interval_ms',
  'cancel_http_readonly_queries_on_client_close',
  'add_http_cors_header',
])
const insertShape =
  /^\s*INSERT\s+INTO\s+((?:`(?:[^`\\]|\\.)+`|\w+)(?:\.(?:`(?:[^`\\]|\\.)+`|\w+))?)\s*(?:\(([^)]*)\))?\s+FORMAT\s+JSONEachRow\s*$/i

/** How the text of a running statement begins. */
export function taggedBy(queryId: string): string {
  return `/* cordon ${queryId} */`
}

export interface ChdbHttpOptions {
  password: string
  /** Folder for answers that are written down before they are sent. */
  files: string
}

/**
 * The subset of ClickHouse's HTTP protocol that @clickhouse/client needs: ping, statements with settings and
 * parameters, JSONEachRow inserts, typed errors, answers of any size, and an end of the work when the caller goes away.
 */
export function chdbHttp(engine: ChdbEngine, { password, files }: ChdbHttpOptions): Server {
  const wanted = digest(`default:${password}`)
  // Parameters travel in the URL, as the protocol has it.
  return createServer({ maxHeaderSize: 4_194_304, keepAliveTimeout: 10_000 }, (request, response) => {
    if (request.url === '/ping') {
      response.end('Ok.\n')
      return
    }
    if (!timingSafeEqual(digest(credentials(request)), wanted)) {
      refuse(response, 401, 'Code: 516. DB::Exception: default: Authentication failed. (AUTHENTICATION_FAILED)')
      return
    }
    answer(engine, files, { request, response }).catch((error: unknown) => {
      refuse(response, 500, error instanceof Error ? error.message : String(error))
    })
  })
}

async function answer(
  engine: ChdbEngine,
  files: string,
  { request, response }: { request: IncomingMessage; response: ServerResponse },
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const body = await readBody(request)
  const inUrl = url.searchParams.get('query')
  const settings = settingsOf(url.searchParams)
  const insert = inUrl === null ? null : insertShape.exec(inUrl)
  if (insert !== null) {
    const columns = insert[2]?.split(',').map((name) => name.trim().replaceAll('`', ''))
    const written = await engine.insert({ table: (insert[1] ?? '').replaceAll('`', ''), columns }, body, settings)
    send(response, { bytes: new Uint8Array(), elapsedSeconds: 0, rowsRead: written, bytesRead: body.length }, written)
    return
  }
  const sql = `${inUrl ?? ''}${inUrl === null ? '' : '\n'}${body.toString('utf8')}`
  if (settings.get('readonly') === '1' && writesFile(sql))
    throw new Error('Code: 164. DB::Exception: A query cannot write files. (READONLY)')
  const asked = url.searchParams.get('query_id') ?? ''
  const statement: Statement = {
    sql,
    settings,
    tag: taggedBy(/^[\w-]{1,100}$/.test(asked) ? asked : randomUUID()),
    // A hunt, by its priority; see clickhouse-store.ts.
    lane: Number(settings.get('priority') ?? 0) > 0 ? 'hunt' : 'own',
  }
  // Not the engine's own setting here: nothing else of ours shares these priorities.
  settings.delete('priority')
  if (url.searchParams.get('wait_end_of_query') === '0') await runDownload(engine, files, { statement, response })
  else await runStatement(engine, statement, response)
}

interface Statement {
  sql: string
  settings: Map<string, string>
  tag: string
  lane: Lane
}

async function runStatement(engine: ChdbEngine, statement: Statement, response: ServerResponse): Promise<void> {
  const result = await untilGone(engine, statement.tag, response, (wanted) =>
    engine.run(`${statement.tag} ${statement.sql}`, statement.settings, {
      format: 'TabSeparated',
      lane: statement.lane,
      wanted,
    }),
  )
  send(response, result, 0)
}

const formatAtEnd = /\sFORMAT\s+(\w+)\s*$/

/**
 * An answer that need not fit into memory. The engine writes it to a file first: its streaming interface plans and
 * starts statements on the thread that serves everyone else.
 */
async function runDownload(
  engine: ChdbEngine,
  files: string,
  { statement, response }: { statement: Statement; response: ServerResponse },
): Promise<void> {
  const format = formatAtEnd.exec(statement.sql)?.[1] ?? 'TabSeparated'
  const rows = statement.sql.replace(formatAtEnd, '')
  const file = join(files, randomUUID())
  try {
    await untilGone(engine, statement.tag, response, (wanted) =>
      engine.run(
        `${statement.tag} ${rows} INTO OUTFILE ${quoteText(file)} COMPRESSION 'none' FORMAT ${format}`,
        statement.settings,
        { format: 'Null', lane: statement.lane, wanted },
      ),
    )
    response.writeHead(200)
    // The caller may leave in the middle; that is no fault.
    await pipeline(createReadStream(file), response).catch(() => {})
  } finally {
    await rm(file, { force: true })
  }
}

/** Ends the work when the caller goes: the engine would work on, and hold the session, until the end. */
async function untilGone<T>(
  engine: ChdbEngine,
  tag: string,
  response: ServerResponse,
  work: (wanted: () => boolean) => Promise<T>,
): Promise<T> {
  let gone = response.destroyed
  let again: NodeJS.Timeout | undefined
  const kill = (): void => void engine.kill(tag).catch(() => {})
  const stop = (): void => {
    gone = true
    kill()
    // The statement may be just about to start.
    again = setInterval(kill, killAgainMs)
  }
  response.on('close', stop)
  try {
    return await work(() => !gone)
  } finally {
    response.off('close', stop)
    clearInterval(again)
  }
}

function send(response: ServerResponse, result: EngineResult, written: number): void {
  const summary = {
    read_rows: String(written > 0 ? 0 : result.rowsRead),
    read_bytes: String(result.bytesRead),
    written_rows: String(written),
    elapsed_ns: String(Math.round(result.elapsedSeconds * 1e9)),
  }
  response.writeHead(200, {
    'X-ClickHouse-Summary': JSON.stringify(summary),
    'Content-Length': result.bytes.byteLength,
  })
  response.end(result.bytes)
}

function refuse(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const code = /Code: (\d+)/.exec(message)?.[1]
  response.writeHead(status, code === undefined ? {} : { 'X-ClickHouse-Exception-Code': code })
  response.end(message)
}

function settingsOf(params: URLSearchParams): Map<string, string> {
  const settings = new Map<string, string>()
  for (const [name, value] of params) {
    // Names go into a SET statement; anything else than a setting's name is not one.
    if (!notSettings.has(name) && /^[a-zA-Z_]\w{0,100}$/.test(name)) settings.set(name, value)
  }
  return settings
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > bodyLimit) throw new Error(`Code: 307. DB::Exception: Body over ${bodyLimit} bytes. (TOO_MANY_BYTES)`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function credentials(request: IncomingMessage): string {
  const [scheme, encoded = ''] = (request.headers.authorization ?? '').split(' ')
  return scheme === 'Basic' ? Buffer.from(encoded, 'base64').toString('utf8') : ''
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
