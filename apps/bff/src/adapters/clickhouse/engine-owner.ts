import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Who runs the engine of a data directory. */
export interface EngineOwner {
  parentPid: number
  childPid: number
}

const fileName = 'engine-owner.json'

/** The recorded owner; undefined when none was recorded or the record is unreadable. */
export function ownerOf(directory: string): EngineOwner | undefined {
  try {
    const owner = JSON.parse(readFileSync(join(directory, fileName), 'utf8')) as Partial<EngineOwner>
    return Number.isInteger(owner.parentPid) && Number.isInteger(owner.childPid) ? (owner as EngineOwner) : undefined
  } catch {
    return undefined
  }
}

export function recordOwner(directory: string, childPid: number): void {
  writeFileSync(join(directory, fileName), JSON.stringify({ parentPid: process.pid, childPid } satisfies EngineOwner), {
    mode: 0o600,
  })
}

/** Removes the record if it is that engine's; a store that was refused must not remove its owner's. */
export function forgetOwner(directory: string, childPid: number): void {
  if (ownerOf(directory)?.childPid === childPid) rmSync(join(directory, fileName), { force: true })
}

/**
 * Ends an engine whose parent was killed and that is still there. It ends itself when the channel to its parent closes,
 * so usually a moment of waiting is enough; one that hangs is killed, after making sure that the process of that number
 * is really an engine of this directory.
 */
export async function endStaleOwner(directory: string): Promise<void> {
  const owner = ownerOf(directory)
  if (owner === undefined || owner.parentPid === process.pid || isAlive(owner.parentPid)) return
  for (let waited = 0; waited < 2_000 && isEngine(owner.childPid, directory); waited += 50) {
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  if (isEngine(owner.childPid, directory)) process.kill(owner.childPid, 'SIGKILL')
  forgetOwner(directory, owner.childPid)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function isEngine(pid: number, directory: string): boolean {
  if (!isAlive(pid)) return false
  const command = commandOf(pid)
  return command.includes('chdb-server') && command.includes(`--directory=${directory}`)
}

function commandOf(pid: number): string {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
  } catch {
    return ''
  }
}
