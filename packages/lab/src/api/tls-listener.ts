import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { warningHeader, type ApiServer } from './api-server.ts'
import { acceptSpdyExec, wantsSpdy } from './exec-spdy.ts'
import { acceptExec } from './exec-websocket.ts'
import { present } from './present.ts'
import type { IncomingRequest, Outcome } from './pipeline.ts'
import { authenticateRequest, sourceAddresses } from './request-authentication.ts'
import { StatusError } from './status-error.ts'

export interface ListenOptions {
  certPem: string
  keyPem: string
  caPem: string
  host?: string
  /** 0 or left out: a free port. */
  port?: number
}

export interface TlsListener {
  port: number
  host: string
  /** `https://127.0.0.1:<port>` */
  url: string
  close(): Promise<void>
}

/** The server refuses larger bodies, as etcd would. */
const MAX_BODY_BYTES = 3 * 1024 * 1024

/** A watcher that does not read is cut off when this much waits for it. */
const MAX_PENDING_BYTES = 64 * 1024 * 1024

/** Opens the API server's TLS port. */
export async function listenTls(api: ApiServer, options: ListenOptions): Promise<TlsListener> {
  const { certPem, keyPem, caPem, host = '127.0.0.1', port = 0 } = options
  const server = createServer(
    {
      cert: certPem,
      key: keyPem,
      ca: caPem,
      requestCert: true,
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
    },
    (request, response) => void serve(api, request, response),
  )
  // Watches stay open for as long as they like.
  server.requestTimeout = 0
  server.headersTimeout = 30_000
  server.keepAliveTimeout = 120_000
  const upgraded = new Set<Duplex>()
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    upgraded.add(socket)
    socket.on('close', () => upgraded.delete(socket))
    socket.on('error', () => socket.destroy())
    try {
      upgrade(api, request, socket, head)
    } catch (error) {
      console.error(`upgrade of ${request.url}: ${String(error)}`)
      socket.destroy()
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const address = server.address() as AddressInfo
  return {
    port: address.port,
    host,
    url: `https://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of upgraded) socket.destroy()
        server.closeAllConnections()
      }),
  }
}

/** Headers with lower-case names; repeated ones are joined by line breaks where a comma may be part of the value. */
function headersOf(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {}
  const { rawHeaders } = request
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase()
    const value = rawHeaders[at + 1]!
    headers[name] =
      headers[name] === undefined ? value : `${headers[name]}${name.startsWith('impersonate-') ? '\n' : ', '}${value}`
  }
  return headers
}

function incoming(api: ApiServer, request: IncomingMessage, body: Uint8Array, signal: AbortSignal): IncomingRequest {
  const headers = headersOf(request)
  return {
    method: request.method ?? 'GET',
    uri: request.url ?? '/',
    headers,
    body,
    identity: authenticateRequest(request, (token) => api.authenticate(token)),
    userAgent: headers['user-agent'] ?? '',
    sourceIPs: sourceAddresses(request),
    signal,
  }
}

async function readBody(request: IncomingMessage): Promise<Uint8Array | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) return undefined
    chunks.push(chunk)
  }
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)
}

async function serve(api: ApiServer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const abort = new AbortController()
  response.on('close', () => abort.abort())
  try {
    const body = request.method === 'GET' ? new Uint8Array() : await readBody(request)
    if (!body) {
      const error = new StatusError(
        413,
        'RequestEntityTooLarge',
        `Request entity too large: limit is ${MAX_BODY_BYTES}`,
        { details: {} },
      )
      response
        .writeHead(413, { 'Content-Type': 'application/json', Connection: 'close' })
        .end(JSON.stringify(error.status))
      return
    }
    answer(api, response, api.run(incoming(api, request, body, abort.signal)))
  } catch (error) {
    if (!abort.signal.aborted) console.error(`${request.method} ${request.url}: ${String(error)}`)
    response.destroy()
  }
}

function headersFor(outcome: Outcome, headers: Record<string, string>): Record<string, string | string[]> {
  const { call } = outcome
  return {
    'Audit-Id': call.audit.id,
    ...Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.replace(/(^|-)[a-z]/g, (c) => c.toUpperCase()), value]),
    ),
    ...(call.warnings.length > 0 ? { Warning: warningHeader(call.warnings) } : {}),
  }
}

function answer(api: ApiServer, response: ServerResponse, outcome: Outcome): void {
  const { answer: result, call } = outcome
  if (result.kind === 'stream') {
    response.writeHead(
      result.status,
      headersFor(outcome, { 'cache-control': 'no-cache, private', 'content-type': result.contentType }),
    )
    response.flushHeaders()
    let pending = ''
    const flush = () => {
      const text = pending
      pending = ''
      if (text !== '' && !response.destroyed) response.write(text)
      if (response.writableLength > MAX_PENDING_BYTES) response.destroy()
    }
    const stop = result.start({
      // Changes of the same turn leave together: one write per watcher instead of one per change.
      write: (chunk) => {
        if (pending === '') setImmediate(flush)
        pending += chunk
      },
      end: () => {
        flush()
        response.end()
      },
    })
    response.on('close', () => {
      stop()
      outcome.finished()
    })
    return
  }
  if (result.kind === 'exec') {
    // Node hands upgrades to their own event; what arrives here only claims to be one.
    response.writeHead(400).end()
    outcome.finished()
    return
  }
  const { status, headers, body } = present(api.context, call, result)
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  response.writeHead(status, headersFor(outcome, { ...headers, 'content-length': String(bytes.length) }))
  response.end(call.info.method === 'HEAD' ? undefined : bytes)
}

/** Connection upgrades: exec over WebSocket or SPDY. Everything refused is answered as plain HTTP. */
function upgrade(api: ApiServer, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const abort = new AbortController()
  socket.on('close', () => abort.abort())
  const outcome = api.run(incoming(api, request, new Uint8Array(), abort.signal))
  const { answer: result, call } = outcome
  if (result.kind === 'exec') {
    const accept = wantsSpdy(request.headers) ? acceptSpdyExec : acceptExec
    return accept(api.context, { request, socket, head, outcome, exec: result.exec })
  }
  if (result.kind === 'stream') {
    outcome.finished()
    socket.destroy()
    return
  }
  const { status, headers, body } = present(api.context, call, result)
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const lines = Object.entries(headersFor(outcome, { ...headers, 'content-length': String(bytes.length) })).flatMap(
    ([name, value]) => (Array.isArray(value) ? value : [value]).map((v) => `${name}: ${v}`),
  )
  socket.end(
    Buffer.concat([
      Buffer.from(
        `HTTP/1.1 ${status} ${REASONS[status] ?? 'Error'}\r\n${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`,
      ),
      bytes,
    ]),
  )
}

const REASONS: Record<number, string> = {
  200: 'OK',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  500: 'Internal Server Error',
  501: 'Not Implemented',
}
