import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import type { ApiContext, ExecAnswer } from './call.ts'
import { InputQueue, runExec } from './exec-session.ts'
import type { Outcome } from './pipeline.ts'

const STDIN = 0
const STDOUT = 1
const STDERR = 2
const ERROR = 3
/** Version 5 only: closes the channel named in the next byte. */
const CLOSE = 255

const PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io']

const sockets = new WebSocketServer({
  noServer: true,
  perMessageDeflate: false,
  handleProtocols: (offered) => PROTOCOLS.find((protocol) => offered.has(protocol)) ?? false,
})

const offeredBy = (request: IncomingMessage): string[] =>
  String(request.headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((p) => p.trim())

export interface ExecUpgrade {
  request: IncomingMessage
  socket: Duplex
  head: Buffer
  outcome: Outcome
  exec: ExecAnswer
}

/** Accepts an authorised exec request: WebSocket with one channel byte per message. */
export function acceptExec(context: ApiContext, upgrade: ExecUpgrade): void {
  const { request, socket, head, outcome, exec } = upgrade
  if (!/websocket/i.test(request.headers.upgrade ?? '') || !offeredBy(request).some((p) => PROTOCOLS.includes(p))) {
    outcome.finished()
    socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n')
    return
  }
  sockets.handleUpgrade(request, socket, head, (connection) => {
    void session(context, connection, exec, outcome)
  })
}

const frame = (channel: number, data: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(data.length + 1)
  bytes[0] = channel
  bytes.set(data, 1)
  return bytes
}

async function session(context: ApiContext, connection: WebSocket, exec: ExecAnswer, outcome: Outcome): Promise<void> {
  const abort = new AbortController()
  const input = new InputQueue()
  const send = (channel: number, data: Uint8Array) => {
    if (connection.readyState === connection.OPEN) connection.send(frame(channel, data))
  }
  connection.on('message', (data: Buffer) => {
    const bytes = Buffer.isBuffer(data) ? data : Buffer.from(data as ArrayBuffer)
    if (bytes[0] === STDIN) input.push(bytes.subarray(1))
    else if (bytes[0] === CLOSE && bytes[1] === STDIN && connection.protocol === PROTOCOLS[0]) input.close()
  })
  connection.on('close', () => {
    input.close()
    abort.abort()
    outcome.finished()
  })
  connection.on('error', () => connection.terminate())
  send(STDOUT, new Uint8Array())
  const output = {
    stdout: (chunk: Uint8Array) => send(STDOUT, chunk),
    stderr: (chunk: Uint8Array) => send(STDERR, chunk),
  }
  const status = await runExec(context, exec, { input, output, signal: abort.signal })
  send(ERROR, Buffer.from(JSON.stringify(status)))
  connection.close(1000)
}
