import type { DirectoryNode, TreeNode } from '../kernel/file-tree.ts'
import { split } from '../kernel/file-tree.ts'
import { executable } from '../kernel/process-table.ts'

export interface ImageAccount {
  name: string
  uid: number
  gid: number
  home: string
}

export interface ImageFile {
  content: string
  mode?: number
  /** Name of an account of the image. */
  owner?: string
}

/** A container image as data: what is in it and what it starts. */
export interface ImageSpec {
  /** Executables: path to the name of the simulated program. */
  executables: Record<string, string>
  files: Record<string, string | ImageFile>
  links: Record<string, string>
  directories: Record<string, { mode?: number; owner?: string }>
  accounts: ImageAccount[]
  env: Record<string, string>
  entrypoint: string[]
  command: string[]
  user: string
  workingDir: string
}

const trees = new WeakMap<ImageSpec, DirectoryNode>()

/** The image's root directory. Built once; containers share it and copy what they change. */
export function imageTree(spec: ImageSpec): DirectoryNode {
  const known = trees.get(spec)
  if (known !== undefined) return known
  const root = directory(0o755, 0, 0)
  const owner = (name: string | undefined) =>
    spec.accounts.find((account) => account.name === name) ?? { uid: 0, gid: 0 }
  for (const [path, { mode, owner: name }] of Object.entries(spec.directories)) {
    const { uid, gid } = owner(name)
    Object.assign(makeDirectories(root, split(path)), { mode: mode ?? 0o755, uid, gid })
  }
  for (const [path, target] of Object.entries(spec.links))
    put(root, path, { kind: 'link', target, ...attributes(0o777, 0, 0) })
  for (const [path, program] of Object.entries(spec.executables))
    put(root, path, { kind: 'file', content: executable(program), ...attributes(0o755, 0, 0) })
  for (const [path, file] of Object.entries({ ...accountFiles(spec.accounts), ...spec.files })) {
    const given: ImageFile = typeof file === 'string' ? { content: file } : file
    const { uid, gid } = owner(given.owner)
    put(root, path, { kind: 'file', content: given.content, ...attributes(given.mode ?? 0o644, uid, gid) })
  }
  trees.set(spec, root)
  return root
}

function accountFiles(accounts: ImageAccount[]): Record<string, string | ImageFile> {
  if (accounts.length === 0) return {}
  return {
    '/etc/passwd': accounts
      .map(
        ({ name, uid, gid, home }) =>
          `${name}:x:${uid}:${gid}:${name}:${home}:${uid === 0 ? '/bin/sh' : '/sbin/nologin'}\n`,
      )
      .join(''),
    '/etc/group': accounts.map(({ name, gid }) => `${name}:x:${gid}:\n`).join(''),
    '/etc/shadow': { content: accounts.map(({ name }) => `${name}:*:19000:0:99999:7:::\n`).join(''), mode: 0o640 },
  }
}

const built = Date.UTC(2026, 0, 12)

function attributes(mode: number, uid: number, gid: number) {
  return { mode, uid, gid, modified: built, layer: undefined }
}

function directory(mode: number, uid: number, gid: number): DirectoryNode {
  return { kind: 'directory', entries: new Map(), ...attributes(mode, uid, gid) }
}

function put(root: DirectoryNode, path: string, node: TreeNode): void {
  const parts = split(path)
  const name = parts.pop()
  if (name !== undefined) makeDirectories(root, parts).entries.set(name, node)
}

function makeDirectories(root: DirectoryNode, parts: string[]): DirectoryNode {
  let current = root
  for (const part of parts) {
    let next = current.entries.get(part)
    if (next?.kind === 'link') next = makeDirectories(root, split(next.target))
    if (next === undefined) {
      next = directory(0o755, 0, 0)
      current.entries.set(part, next)
    }
    if (next.kind !== 'directory') throw new Error(`image: ${parts.join('/')} runs through a file`)
    current = next
  }
  return current
}
