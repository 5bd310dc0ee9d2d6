import { FsError } from '../kernel/fs-error.ts'
import { openPath } from '../kernel/open-path.ts'
import type { Process } from '../kernel/process.ts'
import { describe } from '../kernel/process.ts'

/** Prints `name: message` and gives the exit code. */
export async function fail(process: Process, message: string, code = 1): Promise<number> {
  await process.err(`${process.name}: ${message}\n`)
  return code
}

/** Runs work for one operand; a file system error is printed as coreutils do and remembered as status 1. */
export async function forOperand(
  process: Process,
  operand: string,
  work: () => void | Promise<void>,
  verb = '',
): Promise<number> {
  try {
    await work()
    return 0
  } catch (error) {
    if (!(error instanceof FsError)) throw error
    await process.err(`${process.name}: ${verb === '' ? operand : `${verb} '${operand}'`}: ${describe(error)}\n`)
    return 1
  }
}

export interface Input {
  name: string
  /** Bytes as they come; ends with the file. */
  chunks: AsyncIterable<string>
}

/** The files named, or standard input. Files that cannot be read are reported and skipped. */
export async function* inputs(
  process: Process,
  files: string[],
  onError: (code: number) => void = () => {},
): AsyncGenerator<Input> {
  for (const name of files.length === 0 ? ['-'] : files) {
    if (name === '-') {
      yield { name: '(standard input)', chunks: chunksOf(process) }
      continue
    }
    try {
      const file = await openPath(process, name, 'read')
      yield { name, chunks: chunksOf(process, file) }
      file.release()
    } catch (error) {
      if (!(error instanceof FsError)) throw error
      await process.err(`${process.name}: ${name}: ${describe(error)}\n`)
      onError(1)
    }
  }
}

async function* chunksOf(process: Process, file = process.fds.get(0)): AsyncGenerator<string> {
  for (;;) {
    const data = await file?.read(process.signal)
    if (data === undefined) return
    await process.tick()
    yield data
  }
}

/** Lines without their newline. */
export async function* linesOf(process: Process, chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let pending = ''
  for await (const chunk of chunks) {
    const lines = (pending + chunk).split('\n')
    pending = lines.pop()!
    if (pending.length > process.budget.limits.word) throw new Error('line too long')
    for (const line of lines) {
      await process.tick()
      yield line
    }
  }
  if (pending !== '') yield pending
}

export async function allText(process: Process, files: string[], onError?: (code: number) => void): Promise<string> {
  const parts: string[] = []
  for await (const input of inputs(process, files, onError)) for await (const chunk of input.chunks) parts.push(chunk)
  return parts.join('')
}

/** Splits arguments into option letters and operands. `valued` letters take the rest of their word or the next one. */
export function parseFlags(
  args: string[],
  valued = '',
): { flags: Set<string>; values: Map<string, string>; operands: string[] } {
  const flags = new Set<string>()
  const values = new Map<string, string>()
  const operands: string[] = []
  for (let index = 0; index < args.length; index++) {
    const word = args[index]!
    if (word === '--') {
      operands.push(...args.slice(index + 1))
      break
    }
    if (word.startsWith('--')) {
      const [name, value] = word.slice(2).split(/=(.*)/s) as [string, string | undefined] // split gives one item at least
      flags.add(name)
      if (value !== undefined) values.set(name, value)
    } else if (word.startsWith('-') && word.length > 1) {
      for (let at = 1; at < word.length; at++) {
        const letter = word[at]!
        flags.add(letter)
        if (!valued.includes(letter)) continue
        values.set(letter, at + 1 < word.length ? word.slice(at + 1) : (args[++index] ?? ''))
        break
      }
    } else operands.push(word)
  }
  return { flags, values, operands }
}
