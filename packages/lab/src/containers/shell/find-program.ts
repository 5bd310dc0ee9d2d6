import { absolute, allows } from '../kernel/file-tree.ts'
import { FsError } from '../kernel/fs-error.ts'
import type { Process } from '../kernel/process.ts'

/** The file a command name stands for, by PATH. Undefined when there is none. */
export function findProgram(
  process: Process,
  name: string,
  searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
): string | undefined {
  const candidates = name.includes('/')
    ? [name]
    : name === ''
      ? []
      : searchPath.split(':').map((directory) => `${directory || '.'}/${name}`)
  let refused: string | undefined
  for (const path of candidates.slice(0, 64)) {
    try {
      const node = process.fs.find(absolute(process.cwd, path), process.who)
      if (node === undefined) continue
      if (name.includes('/') || (node.kind === 'file' && allows(node, process.who, 1))) return path
      if (node.kind === 'file') refused ??= path
    } catch (error) {
      if (!(error instanceof FsError)) throw error
    }
  }
  return refused
}
