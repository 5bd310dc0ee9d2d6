import type { LogOptions } from '../ports.ts'
import { toText } from './kernel/byte-text.ts'

const maxLines = 5000
const maxBytes = 2 * 1024 * 1024

interface LogLine {
  time: Date
  text: string
}

/** Standard output and error of a container's main process: the last lines, with their times. */
export class LogRing {
  #lines: LogLine[] = []
  #bytes = 0
  #partial = ''
  readonly #followers = new Set<(line: LogLine) => void>()
  readonly #now: () => Date

  constructor(now: () => Date) {
    this.#now = now
  }

  write(data: string): void {
    const lines = (this.#partial + data).split('\n')
    this.#partial = lines.pop()!.slice(-65_536)
    for (const text of lines) this.#add({ time: this.#now(), text: toText(text.slice(0, 16_384)) })
  }

  text(options: LogOptions): string {
    let lines = this.#lines
    const since =
      options.sinceSeconds !== undefined
        ? this.#now().getTime() - options.sinceSeconds * 1000
        : options.sinceTime !== undefined
          ? Date.parse(options.sinceTime)
          : undefined
    if (since !== undefined && !Number.isNaN(since)) lines = lines.filter((line) => line.time.getTime() >= since)
    if (options.tailLines !== undefined) lines = options.tailLines === 0 ? [] : lines.slice(-options.tailLines)
    const text = lines.map((line) => format(line, options.timestamps)).join('')
    return options.limitBytes === undefined ? text : text.slice(0, options.limitBytes)
  }

  follow(options: LogOptions, onText: (text: string) => void): () => void {
    const follower = (line: LogLine) => onText(format(line, options.timestamps))
    this.#followers.add(follower)
    return () => this.#followers.delete(follower)
  }

  #add(line: LogLine): void {
    this.#lines.push(line)
    this.#bytes += line.text.length
    while (this.#lines.length > maxLines || this.#bytes > maxBytes) this.#bytes -= this.#lines.shift()!.text.length
    for (const follower of this.#followers) follower(line)
  }
}

function format(line: LogLine, timestamps: boolean): string {
  return timestamps ? `${line.time.toISOString().replace('Z', '000000Z')} ${line.text}\n` : `${line.text}\n`
}
