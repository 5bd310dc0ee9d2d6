import type { Duplex } from 'node:stream'
import type { ApiContext, ExecAnswer } from './call.ts'
import { InputQueue, runExec } from './exec-session.ts'
import type { ExecUpgrade } from './exec-websocket.ts'
import { EmptyHeaderBlockWriter, HeaderBlockReader } from './spdy-header-block.ts'

const PROTOCOL = 'v4.channel.k8s.io'
const SYN_STREAM = 1
const SYN_REPLY = 2
const PING = 6
const GOAWAY = 7
const FIN = 1

/** Frames carry at most what their 24-bit length can say; the lab accepts far less. */
const MAX_FRAME_BYTES = 1024 * 1024

export const wantsSpdy = (headers: { upgrade?: string | undefined }): boolean =>
  /^spdy\/3\.1$/i.test(headers.upgrade ?? '')

function controlFrame(type: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt16BE(0x8003, 0)
  head.writeUInt16BE(type, 2)
  head.writeUInt32BE(payload.length, 4)
  return Buffer.concat([head, payload])
}

function dataFrame(stream: number, flags: number, data: Uint8Array): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt32BE(stream, 0)
  head.writeUInt32BE((flags * 0x1000000 + data.length) >>> 0, 4)
  return Buffer.concat([head, data])
}

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** Accepts exec over SPDY/3.1, which clients before WebSocket use: one stream each for input, outputs and status. */
export function acceptSpdyExec(context: ApiContext, upgrade: ExecUpgrade): void {
  const { request, socket, head, outcome, exec } = upgrade
  const offered = String(request.headers['x-stream-protocol-version'] ?? '')
    .split(',')
    .map((p) => p.trim())
  if (!offered.includes(PROTOCOL)) {
    outcome.finished()
    socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n')
    return
  }
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${PROTOCOL}\r\n\r\n`,
  )
  const session = new SpdyExecSession(context, socket, exec)
  socket.on('close', () => {
    session.hangUp()
    outcome.finished()
  })
  void session.read(head).catch(() => socket.destroy())
}

class SpdyExecSession {
  private readonly context: ApiContext
  private readonly socket: Duplex
  private readonly exec: ExecAnswer
  private readonly input = new InputQueue()
  private readonly abort = new AbortController()
  private readonly headers = new HeaderBlockReader()
  private readonly replies = new EmptyHeaderBlockWriter()
  private readonly streams = new Map<string, number>()
  private started = false

  constructor(context: ApiContext, socket: Duplex, exec: ExecAnswer) {
    this.context = context
    this.socket = socket
    this.exec = exec
  }

  hangUp(): void {
    this.input.close()
    this.abort.abort()
    this.headers.close()
  }

  /** Reads frames until the client goes away. `head` came with the upgrade request. */
  async read(head: Buffer): Promise<void> {
    let buffered = head
    buffered = await this.consume(buffered)
    for await (const chunk of this.socket as AsyncIterable<Buffer>)
      buffered = await this.consume(Buffer.concat([buffered, chunk]))
  }

  /** Handles the complete frames in `bytes` and returns the rest. */
  private async consume(bytes: Buffer): Promise<Buffer> {
    let at = 0
    while (bytes.length - at >= 8) {
      const first = bytes.readUInt32BE(at)
      const flags = bytes[at + 4]!
      const length = bytes.readUIntBE(at + 5, 3)
      if (length > MAX_FRAME_BYTES) throw new Error('frame too large')
      if (bytes.length - at - 8 < length) break
      const payload = bytes.subarray(at + 8, at + 8 + length)
      at += 8 + length
      if (first >= 0x80000000) await this.control(first & 0xffff, payload)
      else if (first === this.streams.get('stdin')) {
        this.input.push(Buffer.from(payload))
        if (flags & FIN) this.input.close()
      }
    }
    return bytes.subarray(at)
  }

  private async control(type: number, payload: Buffer): Promise<void> {
    if (type === PING) this.socket.write(controlFrame(PING, payload))
    else if (type === GOAWAY) this.socket.end()
    else if (type === SYN_STREAM) {
      const stream = payload.readUInt32BE(0) & 0x7fffffff
      const headers = await this.headers.read(payload.subarray(10))
      this.streams.set(headers.get('streamtype') ?? '', stream)
      this.socket.write(controlFrame(SYN_REPLY, Buffer.concat([uint32(stream), this.replies.next()])))
      this.startWhenComplete()
    }
  }

  /** The command starts once the client has opened every stream it asked for. */
  private startWhenComplete(): void {
    const { stdin, stdout, stderr, tty } = this.exec
    const wanted = [
      'error',
      ...(stdin ? ['stdin'] : []),
      ...(stdout ? ['stdout'] : []),
      ...(stderr && !tty ? ['stderr'] : []),
    ]
    if (this.started || !wanted.every((name) => this.streams.has(name))) return
    this.started = true
    void this.run()
  }

  private async run(): Promise<void> {
    const send = (name: string, data: Uint8Array, flags = 0) => {
      const stream = this.streams.get(name)
      if (stream !== undefined && !this.socket.destroyed) this.socket.write(dataFrame(stream, flags, data))
    }
    const output = {
      stdout: (chunk: Uint8Array) => send('stdout', chunk),
      stderr: (chunk: Uint8Array) => send('stderr', chunk),
    }
    const status = await runExec(this.context, this.exec, { input: this.input, output, signal: this.abort.signal })
    send('error', Buffer.from(JSON.stringify(status)), FIN)
    for (const name of ['stdout', 'stderr', 'stdin']) send(name, new Uint8Array(), FIN)
    // The client hangs up when it has read the status; this is for those that do not.
    setTimeout(() => this.socket.end(), 2000).unref()
  }
}
