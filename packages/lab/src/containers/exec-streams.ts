import type { ExecStreams } from '../ports.ts'
import { Duplex, OutputSink } from './kernel/open-file.ts'
import type { OpenFile } from './kernel/open-file.ts'
import { untilAborted } from './kernel/open-file.ts'

const bytes = (data: string) => new Uint8Array(Buffer.from(data, 'latin1'))

/** Descriptors 0, 1 and 2 of an exec: plain streams, or one simple terminal for all three. */
export function execFiles(io: ExecStreams, onInterrupt: () => void): Map<number, OpenFile> {
  const source = inputSource(io)
  if (io.tty) {
    const terminal = new Duplex({
      source: lineDiscipline(source, (text) => io.stdout(bytes(text)), onInterrupt),
      sink: (data) => io.stdout(bytes(data.replaceAll('\n', '\r\n'))),
      isTty: true,
    })
    return new Map([
      [0, terminal],
      [1, terminal.retain()],
      [2, terminal.retain()],
    ])
  }
  return new Map<number, OpenFile>([
    [0, new Duplex({ source, sink: () => {} })],
    [1, new OutputSink((data) => io.stdout(bytes(data)), 'pipe:[1]')],
    [2, new OutputSink((data) => io.stderr(bytes(data)), 'pipe:[2]')],
  ])
}

function inputSource(io: ExecStreams): (signal: AbortSignal) => Promise<string | undefined> {
  const iterator = io.stdin?.[Symbol.asyncIterator]()
  if (iterator === undefined) return async () => undefined
  let waiting: Promise<IteratorResult<Uint8Array>> | undefined
  return async (signal) => {
    waiting ??= iterator.next()
    const { value, done } = await untilAborted(waiting, signal) // an aborted read leaves its bytes to the next reader
    waiting = undefined
    return done ? undefined : Buffer.from(value).toString('latin1')
  }
}

/** Canonical mode of a terminal: echo, line at a time, backspace, ^C and ^D. */
function lineDiscipline(
  source: (signal: AbortSignal) => Promise<string | undefined>,
  echo: (text: string) => void,
  onInterrupt: () => void,
) {
  let line = ''
  let ready = ''
  let ended = false
  const take = (char: string) => {
    if (char === '\r' || char === '\n') {
      echo('\r\n')
      ready += `${line}\n`
      line = ''
    } else if (char === '\x7f' || char === '\b') {
      if (line !== '') echo('\b \b')
      line = line.slice(0, -1)
    } else if (char === '\x03') {
      echo('^C\r\n')
      line = ''
      onInterrupt()
    } else if (char === '\x04') {
      if (line === '') ended = true
      else [ready, line] = [ready + line, '']
    } else if (line.length < 4096) {
      echo(char)
      line += char
    }
  }
  return async (signal: AbortSignal): Promise<string | undefined> => {
    while (ready === '' && !ended) {
      const data = await source(signal)
      if (data === undefined) ended = true
      else for (const char of data) take(char)
    }
    // One line per read, as terminals give them: a shell then prompts for each.
    const end = ready.indexOf('\n')
    const result = end < 0 ? ready : ready.slice(0, end + 1)
    ready = ready.slice(result.length)
    return result === '' ? undefined : result
  }
}
