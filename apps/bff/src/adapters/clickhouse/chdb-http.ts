import { createHash, randomUUID, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type ChdbEngine, type EngineResult } from './chdb-engine.ts'
import { writesFile } from './read-only.ts'

const bodyLimit = 268_435_456
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

/**
 * The subset of ClickHouse's HTTP protocol that @clickhouse/client needs: ping, statements with settings and
 * parameters, JSONEachRow inserts, typed errors, and an end of the work when the caller goes away.
 */
export function chdbHttp(engine: ChdbEngine, password: string): Server {
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
    answer(engine, request, response).catch((error: unknown) => {
      refuse(response, 500, error instanceof Error ? error.message : String(error))
    })
  })
}

async function answer(engine: ChdbEngine, request: IncomingMessage, response: ServerResponse): Promise<void> {
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
  await runStatement(
    engine,
    { sql: `${inUrl ?? ''}${inUrl === null ? '' : '\n'}${body.toString('utf8')}`, settings },
    response,
  )
}

async function runStatement(
  engine: ChdbEngine,
  statement: { sql: string; settings: Map<string, string> },
  response: ServerResponse,
): Promise<void> {
  if (statement.settings.get('readonly') === '1' && writesFile(statement.sql)) {
    throw new Error('Code: 164. DB::Exception: A query cannot write files. (READONLY)')
  }
  const tag = `/* cordon ${randomUUID()} */`
  let running = true
  const stop = (): void => {
    // The caller is gone: the engine would work on, and hold the session, until the end.
    if (running) engine.kill(tag).catch(() => {})
  }
  response.on('close', stop)
  try {
    const result = await engine.run(`${tag} ${statement.sql}`, statement.settings, 'TabSeparated')
    running = false
    send(response, result, 0)
  } finally {
    running = false
    response.off('close', stop)
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
