import { FsError } from './fs-error.ts'

export interface Credentials {
  uid: number
  gid: number
  user: string
  home: string
}

/** Whoever may change a node: the overlay of one container, or a volume. Image layers have neither. */
export interface Layer {
  readOnly: boolean
  bytesLeft: number
}

interface NodeBase {
  layer: Layer | undefined
  mode: number
  uid: number
  gid: number
  modified: number
}
export interface FileNode extends NodeBase {
  kind: 'file'
  content: string
}
export interface DirectoryNode extends NodeBase {
  kind: 'directory'
  entries: Map<string, TreeNode>
}
export interface LinkNode extends NodeBase {
  kind: 'link'
  target: string
}
export type TreeNode = FileNode | DirectoryNode | LinkNode

/** Files that are computed when read, such as /proc. A list means a directory. */
export type VirtualFiles = (path: string, who: Credentials) => string | string[] | undefined

const nodeCost = 512
const longestPath = 4096 // PATH_MAX of Linux

/**
 * The root file system of a container: the shared image tree under a private overlay. Nodes of the image are never
 * changed; the path to a changed node is copied first, as overlayfs copies up. A file that belongs to the overlay is
 * therefore exactly one that was written after the container started.
 */
export class FileTree {
  #root: DirectoryNode
  readonly overlay: Layer
  readonly #virtual: VirtualFiles

  constructor(image: DirectoryNode, virtual: VirtualFiles, options: { readOnly: boolean; disk: number }) {
    this.overlay = { readOnly: options.readOnly, bytesLeft: options.disk }
    this.#root = image
    this.#virtual = virtual
  }

  /** Puts a volume's directory or file at a path, making the directories above it. */
  mount(path: string, node: TreeNode): void {
    const wasReadOnly = this.overlay.readOnly
    this.overlay.readOnly = false // the runtime mounts before the root file system is sealed
    const parts = split(path)
    const name = parts.pop()
    if (name !== undefined) this.#ownDirectory(parts, true).entries.set(name, node)
    this.overlay.readOnly = wasReadOnly
  }

  /** Writes a file as the container runtime does before start (/etc/hosts …), regardless of permissions. */
  place(path: string, content: string, mode = 0o644): void {
    this.mount(path, {
      kind: 'file',
      content,
      mode,
      uid: 0,
      gid: 0,
      modified: Date.now(),
      layer: { readOnly: false, bytesLeft: 65_536 },
    })
  }

  virtual(path: string, who: Credentials): string | string[] | undefined {
    return path.startsWith('/proc') || path.startsWith('/sys') ? this.#virtual(path, who) : undefined
  }

  /** The path with links followed; the last part may not exist. `follow: false` keeps a link in the last place. */
  realPath(path: string, who: Credentials, follow = true): string {
    if (path.length > longestPath) throw new FsError('ENAMETOOLONG', path)
    let pending = split(path)
    let done: string[] = []
    let links = 0
    while (pending.length > 0) {
      const name = pending.shift()! // length was checked
      if (name === '..') {
        done.pop()
        continue
      }
      const node = this.#entry(done, name, who)
      if (node?.kind === 'link' && (follow || pending.length > 0)) {
        if (++links > 40) throw new FsError('ELOOP', path)
        const target = split(node.target)
        if (node.target.startsWith('/')) done = []
        pending = [...target, ...pending]
        continue
      }
      if (pending.length > 0 && node === undefined && !isVirtual(done, name)) throw new FsError('ENOENT', path)
      if (pending.length > 0 && node?.kind === 'file') throw new FsError('ENOTDIR', path)
      done.push(name)
    }
    return `/${done.join('/')}`
  }

  /** The node at a path, or undefined. Throws EACCES when a directory on the way may not be searched. */
  find(path: string, who: Credentials, follow = true): TreeNode | undefined {
    let real: string
    try {
      real = this.realPath(path, who, follow)
    } catch (error) {
      if (error instanceof FsError && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined
      throw error
    }
    const parts = split(real)
    const name = parts.pop()
    if (name === undefined) return this.#root
    const content = this.virtual(real, who)
    if (content !== undefined) return virtualNode(content)
    return this.#entry(parts, name, who)
  }

  readFile(path: string, who: Credentials): string {
    const node = this.find(path, who)
    if (node === undefined) throw new FsError('ENOENT', path)
    if (node.kind === 'directory') throw new FsError('EISDIR', path)
    if (!allows(node, who, 4)) throw new FsError('EACCES', path)
    return (node as FileNode).content // links were followed
  }

  list(path: string, who: Credentials): [string, TreeNode][] {
    const node = this.find(path, who)
    if (node === undefined) throw new FsError('ENOENT', path)
    if (node.kind !== 'directory') throw new FsError('ENOTDIR', path)
    if (!allows(node, who, 4)) throw new FsError('EACCES', path)
    const found = [...node.entries]
    if (this.realPath(path, who) === '/' && !node.entries.has('proc')) found.push(['proc', virtualNode([])])
    return found.sort(([a], [b]) => (a < b ? -1 : 1))
  }

  /** Creates or replaces a file's content. */
  writeFile(path: string, content: string, who: Credentials, options: { append?: boolean; mode?: number } = {}): void {
    const real = this.realPath(path, who)
    if (this.virtual(real, who) !== undefined || real.startsWith('/proc/')) throw new FsError('EACCES', path)
    const existing = this.find(real, who)
    if (existing?.kind === 'directory') throw new FsError('EISDIR', path)
    if (existing !== undefined && !allows(existing, who, 2)) throw new FsError('EACCES', path)
    const directory = existing === undefined ? this.#writableParent(real, who) : this.#ownParent(real, who)
    const old = existing?.kind === 'file' ? existing : undefined
    const next = options.append && old !== undefined ? old.content + content : content
    this.#charge(
      directory.layer,
      next.length - (old?.layer === directory.layer ? old!.content.length : 0) + (old ? 0 : nodeCost),
    )
    directory.entries.set(baseName(real), {
      kind: 'file',
      content: next,
      mode: old?.mode ?? options.mode ?? 0o644,
      uid: old?.uid ?? who.uid,
      gid: old?.gid ?? who.gid,
      modified: Date.now(),
      layer: directory.layer,
    })
  }

  makeDirectory(path: string, who: Credentials, mode = 0o755): void {
    const real = this.realPath(path, who)
    if (this.find(real, who) !== undefined) throw new FsError('EEXIST', path)
    const parent = this.#writableParent(real, who)
    this.#charge(parent.layer, nodeCost)
    parent.entries.set(baseName(real), {
      kind: 'directory',
      entries: new Map(),
      mode,
      uid: who.uid,
      gid: who.gid,
      modified: Date.now(),
      layer: parent.layer,
    })
  }

  link(target: string, path: string, who: Credentials): void {
    const real = this.realPath(path, who, false)
    if (this.find(real, who, false) !== undefined) throw new FsError('EEXIST', path)
    const parent = this.#writableParent(real, who)
    this.#charge(parent.layer, nodeCost)
    const node: LinkNode = {
      kind: 'link',
      target,
      mode: 0o777,
      uid: who.uid,
      gid: who.gid,
      modified: Date.now(),
      layer: parent.layer,
    }
    parent.entries.set(baseName(real), node)
  }

  remove(path: string, who: Credentials, what: 'file' | 'directory' | 'tree'): void {
    const real = this.realPath(path, who, false)
    const node = this.find(real, who, false)
    if (node === undefined) throw new FsError('ENOENT', path)
    if (what === 'file' && node.kind === 'directory') throw new FsError('EISDIR', path)
    if (what === 'directory' && node.kind !== 'directory') throw new FsError('ENOTDIR', path)
    if (what === 'directory' && (node as DirectoryNode).entries.size > 0) throw new FsError('ENOTEMPTY', path)
    if (real === '/') throw new FsError('EBUSY', path)
    const parent = this.#writableParent(real, who)
    if ((parent.mode & 0o1000) !== 0 && who.uid !== 0 && node.uid !== who.uid) throw new FsError('EPERM', path)
    parent.entries.delete(baseName(real))
  }

  rename(from: string, to: string, who: Credentials): void {
    const realFrom = this.realPath(from, who, false)
    const node = this.find(realFrom, who, false)
    if (node === undefined) throw new FsError('ENOENT', from)
    const realTo = this.realPath(to, who, false)
    if (realTo === realFrom || realTo.startsWith(`${realFrom}/`)) throw new FsError('EINVAL', to)
    const source = this.#writableParent(realFrom, who)
    const target = this.#writableParent(realTo, who)
    source.entries.delete(baseName(realFrom))
    // A moved image file is copied up into the overlay; a moved directory keeps its unchanged content.
    target.entries.set(baseName(realTo), { ...node, layer: target.layer })
  }

  changeMode(path: string, who: Credentials, change: (old: number) => number): void {
    const node = this.#ownNode(path, who)
    node.mode = change(node.mode) & 0o7777
  }

  changeOwner(path: string, who: Credentials, uid: number | undefined, gid: number | undefined): void {
    if (who.uid !== 0) throw new FsError('EPERM', path)
    const node = this.#ownNode(path, who)
    node.uid = uid ?? node.uid
    node.gid = gid ?? node.gid
  }

  touch(path: string, who: Credentials): void {
    const node = this.find(path, who)
    if (node === undefined) return this.writeFile(path, '', who)
    if (!allows(node, who, 2)) throw new FsError('EACCES', path)
    const real = this.realPath(path, who)
    const parent = this.#ownParent(real, who)
    const name = baseName(real)
    if (name !== '') parent.entries.set(name, { ...node, modified: Date.now(), layer: parent.layer })
  }

  /** True when the file was written after the container started, so is not part of its image. */
  isUpper(node: TreeNode): boolean {
    return node.layer === this.overlay
  }

  #entry(directory: string[], name: string, who: Credentials): TreeNode | undefined {
    let node: TreeNode = this.#root
    for (const part of [...directory, name]) {
      if (node.kind !== 'directory') return undefined
      if (!allows(node, who, 1)) throw new FsError('EACCES', `/${directory.join('/')}`)
      const next: TreeNode | undefined = node.entries.get(part)
      if (next === undefined) return undefined
      node = next
    }
    return node
  }

  #charge(layer: Layer | undefined, bytes: number): void {
    if (layer === undefined) return
    if (layer.bytesLeft < bytes) throw new FsError('ENOSPC', '')
    layer.bytesLeft -= bytes
  }

  #ownNode(path: string, who: Credentials): TreeNode {
    const real = this.realPath(path, who)
    const node = this.find(real, who)
    if (node === undefined) throw new FsError('ENOENT', path)
    if (who.uid !== 0 && who.uid !== node.uid) throw new FsError('EPERM', path)
    const parent = this.#ownParent(real, who)
    const copy = { ...node, layer: parent.layer }
    if (real === '/') return this.#root
    parent.entries.set(baseName(real), copy)
    return copy
  }

  #writableParent(real: string, who: Credentials): DirectoryNode {
    const parent = this.find(parentPath(real), who)
    if (parent === undefined) throw new FsError('ENOENT', real)
    if (parent.kind !== 'directory') throw new FsError('ENOTDIR', real)
    if (!allows(parent, who, 3)) throw new FsError('EACCES', real)
    return this.#ownParent(real, who)
  }

  #ownParent(real: string, _who: Credentials): DirectoryNode {
    return this.#ownDirectory(split(parentPath(real)), false)
  }

  /** The directory at the path, copied up with all above it where they still belong to the image. */
  #ownDirectory(parts: string[], create: boolean): DirectoryNode {
    if (this.#root.layer === undefined)
      this.#root = { ...this.#root, entries: new Map(this.#root.entries), layer: this.overlay }
    let directory = this.#root
    for (const part of parts) {
      let next = directory.entries.get(part)
      if (next?.kind === 'link') {
        const target = split(next.target)
        directory = this.#ownDirectory(target, create)
        continue
      }
      if (next === undefined) {
        if (!create) throw new FsError('ENOENT', `/${parts.join('/')}`)
        next = {
          kind: 'directory',
          entries: new Map(),
          mode: 0o755,
          uid: 0,
          gid: 0,
          modified: Date.now(),
          layer: directory.layer,
        }
        directory.entries.set(part, next)
      }
      if (next.kind !== 'directory') throw new FsError('ENOTDIR', `/${parts.join('/')}`)
      if (next.layer === undefined) {
        next = { ...next, entries: new Map(next.entries), layer: this.overlay }
        directory.entries.set(part, next)
      }
      directory = next
    }
    if (directory.layer?.readOnly) throw new FsError('EROFS', `/${parts.join('/')}`)
    return directory
  }
}

/** Whether the mode bits let `who` read (4), write (2) and search or execute (1). */
export function allows(node: TreeNode, who: Credentials, wanted: number): boolean {
  if (who.uid === 0) return (wanted & 1) === 0 || node.kind === 'directory' || (node.mode & 0o111) !== 0
  const shift = node.uid === who.uid ? 6 : node.gid === who.gid ? 3 : 0
  return ((node.mode >> shift) & wanted) === wanted
}

export function split(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.')
}

export function absolute(cwd: string, path: string): string {
  return path.startsWith('/') ? path : `${cwd}/${path}`
}

export function baseName(path: string): string {
  return split(path).at(-1) ?? ''
}

export function parentPath(path: string): string {
  const end = path.lastIndexOf('/')
  return end <= 0 ? '/' : path.slice(0, end)
}

function isVirtual(done: string[], name: string): boolean {
  const first = done[0] ?? name
  return first === 'proc' || first === 'sys'
}

function virtualNode(content: string | string[]): TreeNode {
  const common = { layer: undefined, uid: 0, gid: 0, modified: Date.now() }
  if (typeof content === 'string') return { ...common, kind: 'file', mode: 0o444, content }
  const entries = new Map(content.map((name): [string, TreeNode] => [name, virtualNode('')]))
  return { ...common, kind: 'directory', mode: 0o555, entries }
}
