import { FsError } from '../kernel/fs-error.ts'
import type { OpenFile } from '../kernel/open-file.ts'
import { InputBytes } from '../kernel/open-file.ts'
import { openPath } from '../kernel/open-path.ts'
import type { Process } from '../kernel/process.ts'
import { describe, Killed } from '../kernel/process.ts'
import { LimitExceeded } from '../kernel/limits.ts'
import type { Expander } from './expand.ts'
import type { Redirect } from './syntax.ts'

/** A redirection failed: the command does not run, the shell goes on. */
export class RedirectError extends Error {}

/** Applies redirections to the process' descriptors, left to right. */
export async function applyRedirects(process: Process, redirects: Redirect[], expander: Expander): Promise<void> {
  for (const { fd, operator, target } of redirects) {
    const text = await expander.text(target)
    if (operator === '<<<' || operator === '<<') {
      place(process, fd ?? 0, new InputBytes(operator === '<<<' ? `${text}\n` : text))
    } else if ((operator === '<&' || operator === '>&') && /^(?:\d+|-)$/.test(text)) {
      duplicate(process, fd ?? (operator === '<&' ? 0 : 1), text)
    } else if (operator === '&>' || operator === '&>>' || (operator === '>&' && fd === undefined)) {
      const file = await open(process, text, operator === '&>>' ? 'append' : 'write')
      place(process, 1, file)
      place(process, 2, file.retain())
    } else {
      const reads = operator === '<' || operator === '<>'
      const file = await open(process, text, reads ? 'read' : operator === '>>' ? 'append' : 'write')
      place(process, fd ?? (reads ? 0 : 1), file)
    }
  }
}

async function open(process: Process, name: string, mode: 'read' | 'write' | 'append'): Promise<OpenFile> {
  try {
    return await openPath(process, name, mode)
  } catch (error) {
    if (error instanceof Killed || error instanceof LimitExceeded) throw error
    const text =
      error instanceof FsError && mode !== 'read' && error.code === 'ENOENT'
        ? 'No such file or directory'
        : describe(error)
    throw new RedirectError(`${name}: ${text}`)
  }
}

function duplicate(process: Process, fd: number, from: string): void {
  if (from === '-') {
    process.fds.get(fd)?.release()
    process.fds.delete(fd)
    return
  }
  const file = process.fds.get(Number(from))
  if (file === undefined) throw new RedirectError(`${from}: Bad file descriptor`)
  place(process, fd, file.retain())
}

function place(process: Process, fd: number, file: OpenFile): void {
  if (fd > 1023) {
    file.release()
    throw new RedirectError(`${fd}: Bad file descriptor`)
  }
  process.fds.get(fd)?.release()
  process.fds.set(fd, file)
}
