import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/**
 * The port clients use, in front of the API server's own. It passes bytes on and can be told to be slow, to hang or to
 * refuse, so that clients meet a control plane in trouble.
 */
export interface ApiGate {
  readonly port: number
  /** Delays everything clients send by that much; `Infinity` holds it back until a later call; null passes it on at once. */
  hang(ms: number | null): void
  /** Closes the port and every connection, or opens it again. */
  refuse(on: boolean): Promise<void>
  close(): Promise<void>
}

const HOST = '127.0.0.1'

/** @throws when the port is taken by another program */
export async function openApiGate(options: { target: () => number; port?: number }): Promise<ApiGate> {
  const sockets = new Set<Socket>()
  const brake = createBrake()

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
    const pass = brake.lane()
    client.on('data', (chunk) => pass(() => upstream.writable && upstream.write(chunk)))
    client.on('end', () => pass(() => upstream.end()))
  }

  const listen = (port: number) =>
    new Promise<Server>((resolve, reject) => {
      const opened = createServer({ allowHalfOpen: true }, accept)
      opened.once('error', reject)
      opened.listen(port, HOST, () => resolve(opened))
    })

  const shut = async (open: Server) => {
    const closed = new Promise<void>((resolve) => {
      open.close(() => resolve())
    })
    for (const socket of sockets) socket.destroy()
    await closed
  }

  let server: Server | undefined = await listen(options.port ?? 0)
  const { port } = server.address() as AddressInfo

  return {
    port,
    hang: brake.set,
    async refuse(on) {
      if (on && server) {
        const open = server
        server = undefined
        await shut(open)
      } else if (!on && !server) server = await listen(port)
    },
    async close() {
      brake.set(null)
      if (server) await shut(server)
    },
  }
}

/** Delays steps by a time that may change; the steps of one lane keep their order. */
function createBrake() {
  let delay: number | null = null
  let released = new Set<() => void>()

  const wait = () =>
    new Promise<void>((resolve) => {
      if (delay === null) return resolve()
      const timer = delay === Infinity ? undefined : setTimeout(resolve, delay)
      released.add(() => {
        clearTimeout(timer)
        resolve()
      })
    })

  return {
    set(ms: number | null) {
      delay = ms
      const waiting = released
      released = new Set()
      for (const release of waiting) release()
    },
    lane() {
      let pending = 0
      let last: Promise<void> = Promise.resolve()
      return (step: () => unknown) => {
        if (delay === null && pending === 0) return void step()
        pending++
        last = last.then(wait).then(() => {
          pending--
          step()
        })
      }
    },
  }
}
