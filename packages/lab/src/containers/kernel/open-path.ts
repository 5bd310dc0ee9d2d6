import { FsError } from './fs-error.ts'
import type { OpenFile } from './open-file.ts'
import { Duplex, InputBytes, OutputSink } from './open-file.ts'
import type { Process } from './process.ts'

/** open(2): files, the devices a container has, and bash's /dev/tcp. Throws FsError. */
export async function openPath(process: Process, name: string, mode: 'read' | 'write' | 'append'): Promise<OpenFile> {
  const path = process.path(name)
  const device = await openDevice(process, path)
  if (device !== undefined) return device
  if (mode === 'read') {
    const content = process.fs.readFile(path, process.who)
    process.budget.spend('bytes', content.length)
    return new InputBytes(content)
  }
  if (mode === 'write') process.fs.writeFile(path, '', process.who)
  else if (process.fs.find(path, process.who) === undefined) process.fs.writeFile(path, '', process.who)
  else process.fs.writeFile(path, '', process.who, { append: true })
  const { fs, who } = process
  return new OutputSink((data) => fs.writeFile(path, data, who, { append: true }), path)
}

async function openDevice(process: Process, path: string): Promise<OpenFile | undefined> {
  if (!path.startsWith('/dev/')) return undefined
  const own = /^\/dev\/(?:(stdin)|(stdout)|(stderr)|fd\/(\d+)|tty)$/.exec(path)
  if (own !== null) {
    const fd = own[1] !== undefined ? 0 : own[2] !== undefined ? 1 : own[3] !== undefined ? 2 : Number(own[4] ?? 0)
    const file = process.fds.get(fd)
    if (file === undefined) throw new FsError('ENOENT', path)
    return file.retain()
  }
  if (path === '/dev/null') return new OutputSink(() => {})
  if (path === '/dev/full') {
    return new OutputSink(() => {
      throw new FsError('ENOSPC', path)
    }, path)
  }
  if (path === '/dev/zero' || path === '/dev/urandom' || path === '/dev/random') {
    const block = () => (path === '/dev/zero' ? '\0'.repeat(4096) : randomBlock())
    return new Duplex({
      source: async () => {
        process.budget.spend('bytes', 4096)
        await process.tick()
        return block()
      },
      sink: () => {},
      label: path,
    })
  }
  const socket = /^\/dev\/(tcp|udp)\/([^/]+)\/(\d+)$/.exec(path)
  return socket === null
    ? undefined
    : openSocket(process, socket[2]!, Number(socket[3]), socket[1] === 'udp' ? 'UDP' : 'TCP')
}

/** A raw connection. The lab's peers speak requests and responses only, so nothing ever arrives on it. */
export async function openSocket(
  process: Process,
  host: string,
  port: number,
  protocol: 'TCP' | 'UDP',
  timeoutMs?: number,
): Promise<OpenFile> {
  const result = await process.table.connect(process, host, port, protocol, timeoutMs)
  if (!result.ok) throw new Error(connectFailures[result.reason])
  return new Duplex({
    source: async (signal) => {
      while (result.connection.alive) await process.table.clock.sleep(1000, signal)
      return undefined
    },
    sink: () => {
      if (!result.connection.alive) throw new Error('Connection reset by peer')
    },
    onClosed: () => result.close(),
  })
}

export const connectFailures = {
  refused: 'Connection refused',
  timeout: 'Connection timed out',
  'no-route': 'No route to host',
  'unknown-host': 'Name or service not known',
}

function randomBlock(): string {
  let block = ''
  for (let index = 0; index < 4096; index++) block += String.fromCharCode(Math.floor(Math.random() * 256))
  return block
}
