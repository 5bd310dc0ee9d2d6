import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/**
 * The port clients use, in front of the API server's own. It passes bytes on and can be told to be slow, to hang or to
 * refuse, so that clients meet a control plane in trouble.
 */
export interface ApiGate {
  readonly port: number
  /** Delays everything clients send by that much; `Infinity` swallows it; null passes it on at once. */
  hang(ms: number | null): void
  /** Closes the port and every connection, or opens it again. */
  refuse(on: boolean): Promise<void>
  close(): Promise<void>
}

const HOST = '127.0.0.1'

export async function openApiGate(options: { target: () => number; port?: number }): Promise<ApiGate> {
  const sockets = new Set<Socket>()
  let delay: number | null = null
  let held: (() => void)[] = []

  const accept = (client: Socket) => {
    const upstream = connect(options.target(), HOST)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    upstream.pipe(client)
    client.on('data', (chunk) => {
      const pass = () => upstream.writable && upstream.write(chunk)
      if (delay === null && held.length === 0) pass()
      else if (delay === null || delay === Infinity) held.push(pass)
      else setTimeout(pass, delay)
    })
    client.on('end', () => upstream.end())
  }

  const listen = (port: number) =>
    new Promise<Server>((resolve, reject) => {
      const server = createServer({ allowHalfOpen: true }, accept)
      server.once('error', reject)
      server.listen(port, HOST, () => resolve(server))
    })

  const shut = async (server: Server) => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    for (const socket of sockets) socket.destroy()
    await closed
  }

  let server: Server | undefined = await listen(options.port ?? 0)
  const { port } = server.address() as AddressInfo

  return {
    port,
    hang(ms) {
      delay = ms
      if (delay !== null) return
      const waiting = held
      held = []
      for (const pass of waiting) pass()
    },
    async refuse(on) {
      if (on && server) {
        const open = server
        server = undefined
        await shut(open)
      } else if (!on && !server) server = await listen(port)
    },
    async close() {
      if (server) await shut(server)
    },
  }
}
