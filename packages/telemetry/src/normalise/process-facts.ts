import { clip, textLimit } from '../bounds.ts'
import type { EventFlag, ProcessFacts } from '../event.ts'
import { compact } from '../reading.ts'
import { redactArguments, redactCommandLine } from '../redact.ts'

/** Last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1) || path
}

/** Folder of a path, without the trailing slash; empty for a bare name. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash > 0 ? path.slice(0, slash) : slash === 0 ? '/' : ''
}

/** A clean command line and what had to be done to it. */
export function cleanCommand(command: string | readonly string[], flags: EventFlag[]): string {
  const sent = typeof command === 'string' ? command : command.join(' ')
  const clean = typeof command === 'string' ? redactCommandLine(command) : redactArguments(command).join(' ')
  if (clean !== sent && !flags.includes('redacted')) flags.push('redacted')
  if (sent.length > textLimit.commandLine && !flags.includes('truncated')) flags.push('truncated')
  // Cut to the length that was sent, not to what redaction left.
  return sent.length > textLimit.commandLine && clean.length <= textLimit.commandLine
    ? `${clean}…[cut, ${sent.length} characters]`
    : clip(clean, textLimit.commandLine)
}

/** Process facts with every text bounded; `exe` may be a bare name. */
export function boundedProcess(facts: ProcessFacts): ProcessFacts {
  return compact({
    ...facts,
    execId: facts.execId === undefined ? undefined : clip(facts.execId, textLimit.name),
    exe: clip(facts.exe, textLimit.path),
    name: clip(facts.name, textLimit.name),
    cwd: facts.cwd === undefined ? undefined : clip(facts.cwd, textLimit.path),
    user: facts.user === undefined ? undefined : clip(facts.user, textLimit.name),
  })
}
