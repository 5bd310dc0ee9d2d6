import { LimitExceeded } from './limits.ts'

/** The reader of a pipe is gone; a writer is ended by SIGPIPE. */
export class BrokenPipe extends Error {}

/** What a file descriptor refers to. Shared by processes and counted; data are byte strings. */
export abstract class OpenFile {
  #refs = 1
  #pushedBack = ''
  readonly isTty: boolean = false
  /** What `ls -l /proc/self/fd` would show. */
  readonly label: string = 'pipe:[0]'

  /** Next bytes, or undefined at the end. */
  protected abstract pull(signal: AbortSignal): Promise<string | undefined>
  abstract write(data: string, signal: AbortSignal): Promise<void>
  protected closed(): void {}

  retain(): this {
    this.#refs++
    return this
  }

  release(): void {
    if (--this.#refs === 0) this.closed()
  }

  async read(signal: AbortSignal): Promise<string | undefined> {
    if (this.#pushedBack === '') return this.pull(signal)
    const data = this.#pushedBack
    this.#pushedBack = ''
    return data
  }

  unread(data: string): void {
    this.#pushedBack = data + this.#pushedBack
  }

  /** One line with its newline; the last one may lack it. Undefined at the end. Leaves what follows to other readers. */
  async readLine(signal: AbortSignal, maxBytes: number): Promise<string | undefined> {
    const parts: string[] = []
    let length = 0
    for (;;) {
      const data = await this.read(signal)
      if (data === undefined) return parts.length === 0 ? undefined : parts.join('')
      const end = data.indexOf('\n')
      parts.push(end < 0 ? data : data.slice(0, end + 1))
      if (end >= 0) {
        if (end + 1 < data.length) this.unread(data.slice(end + 1))
        return parts.join('')
      }
      length += data.length
      if (length > maxBytes) throw new LimitExceeded('lab limit reached: line too long')
    }
  }

  async readAll(signal: AbortSignal, maxBytes: number): Promise<string> {
    const parts: string[] = []
    let length = 0
    for (;;) {
      const data = await this.read(signal)
      if (data === undefined) return parts.join('')
      length += data.length
      if (length > maxBytes) throw new LimitExceeded('lab limit reached: input too long')
      parts.push(data)
    }
  }
}

/** Fixed bytes to read; writing is an error as on a file opened for reading. */
export class InputBytes extends OpenFile {
  #data: string | undefined
  constructor(data: string) {
    super()
    this.#data = data === '' ? undefined : data
  }
  protected async pull(): Promise<string | undefined> {
    const data = this.#data
    this.#data = undefined
    return data
  }
  async write(): Promise<void> {
    throw new Error('Bad file descriptor')
  }
}

/** Hands every write to a callback. `endless` reads give nothing, as /dev/null does. */
export class OutputSink extends OpenFile {
  readonly #onWrite: (data: string) => void | Promise<void>
  override readonly label: string
  constructor(onWrite: (data: string) => void | Promise<void>, label = '/dev/null') {
    super()
    this.#onWrite = onWrite
    this.label = label
  }
  protected async pull(): Promise<string | undefined> {
    return undefined
  }
  async write(data: string): Promise<void> {
    await this.#onWrite(data)
  }
}

/** A place for output that is wanted as text. Throws LimitExceeded in the writer when it gets longer than `most`. */
export function collectOutput(most: number): { file: OpenFile; text(): string } {
  const chunks: string[] = []
  let length = 0
  const file = new OutputSink((data) => {
    length += data.length
    if (length > most) throw new LimitExceeded('lab limit reached: output too long')
    chunks.push(data)
  })
  return { file, text: () => chunks.join('') }
}

/** Reads from a source function, writes to a sink function: terminals, sockets, generators such as /dev/zero. */
export class Duplex extends OpenFile {
  readonly #source: (signal: AbortSignal) => Promise<string | undefined>
  readonly #sink: (data: string) => void | Promise<void>
  readonly #onClosed: () => void
  override readonly isTty: boolean
  override readonly label: string
  constructor(parts: {
    source: (signal: AbortSignal) => Promise<string | undefined>
    sink: (data: string) => void | Promise<void>
    onClosed?: () => void
    isTty?: boolean
    label?: string
  }) {
    super()
    this.#source = parts.source
    this.#sink = parts.sink
    this.#onClosed = parts.onClosed ?? (() => {})
    this.isTty = parts.isTty ?? false
    this.label = parts.label ?? (this.isTty ? '/dev/pts/0' : 'socket:[0]')
  }
  protected pull(signal: AbortSignal): Promise<string | undefined> {
    return this.#source(signal)
  }
  async write(data: string): Promise<void> {
    await this.#sink(data)
  }
  protected override closed(): void {
    this.#onClosed()
  }
}

const pipeCapacity = 65_536 // pipe(7): the default size on Linux

/** Two ends of a bounded pipe. Writing waits for room, reading for data. */
export function createPipe(): { reader: OpenFile; writer: OpenFile } {
  let buffer = ''
  let writerOpen = true
  let readerOpen = true
  let wake = Promise.withResolvers<void>()
  const changed = () => {
    wake.resolve()
    wake = Promise.withResolvers<void>()
  }
  const wait = (signal: AbortSignal) => untilAborted(wake.promise, signal)

  class Reader extends OpenFile {
    protected async pull(signal: AbortSignal): Promise<string | undefined> {
      while (buffer === '') {
        if (!writerOpen) return undefined
        await wait(signal)
      }
      const data = buffer
      buffer = ''
      changed()
      return data
    }
    async write(): Promise<void> {
      throw new Error('Bad file descriptor')
    }
    protected override closed(): void {
      readerOpen = false
      buffer = ''
      changed()
    }
  }
  class Writer extends OpenFile {
    protected async pull(): Promise<string | undefined> {
      return undefined
    }
    async write(data: string, signal: AbortSignal): Promise<void> {
      let rest = data
      while (rest !== '') {
        if (!readerOpen) throw new BrokenPipe()
        const room = pipeCapacity - buffer.length
        if (room <= 0) {
          await wait(signal)
          continue
        }
        buffer += rest.slice(0, room)
        rest = rest.slice(room)
        changed()
      }
    }
    protected override closed(): void {
      writerOpen = false
      changed()
    }
  }
  return { reader: new Reader(), writer: new Writer() }
}

/** The promise, or the signal's reason as a rejection, whichever comes first. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason)
  return new Promise<T>((resolve, reject) => {
    const aborted = () => reject(signal.reason)
    signal.addEventListener('abort', aborted, { once: true })
    const settle = () => signal.removeEventListener('abort', aborted)
    promise.then(
      (value) => (settle(), resolve(value)),
      (error: unknown) => (settle(), reject(error)),
    )
  })
}
