import type { KubeObject } from '../ports.ts'
import type { DirectoryNode, FileNode, FileTree, Layer, TreeNode } from './kernel/file-tree.ts'
import { split } from './kernel/file-tree.ts'
import type { ContainerSpec, ReadObject } from './pod-description.ts'
import { configData, fieldValue, secretData } from './pod-description.ts'

/** What volumes of a pod need from the cluster. */
export interface VolumeSources {
  read: ReadObject
  token: string
  clusterCa: string
  /** Root directory of the node's own file system. */
  hostRoot: DirectoryNode
}

const serviceAccountPath = '/var/run/secrets/kubernetes.io/serviceaccount'

/** Directories of a pod's volumes; containers that mount the same volume share it. */
export class VolumeSet {
  readonly #volumes = new Map<string, TreeNode>()
  readonly #account: DirectoryNode | undefined

  constructor(pod: KubeObject, sources: VolumeSources) {
    const namespace = pod.metadata.namespace ?? 'default'
    const account = {
      token: sources.token,
      'ca.crt': sources.clusterCa,
      namespace,
    }
    this.#account =
      pod.spec?.automountServiceAccountToken === false || sources.token === '' ? undefined : fixed(account)
    for (const volume of pod.spec?.volumes ?? []) this.#volumes.set(volume.name, volumeNode(volume, pod, sources))
  }

  /** Mounts what the container asks for, and the service account's files where nothing else is mounted there. */
  mountAll(tree: FileTree, spec: ContainerSpec): void {
    let hasAccount = false
    for (const { name, mountPath, subPath } of spec.volumeMounts ?? []) {
      if (mountPath.replace(/\/$/, '') === serviceAccountPath) hasAccount = true
      const root = this.#volumes.get(name) ?? emptyDirectory()
      const node = subPath === undefined ? root : below(root, subPath)
      if (node !== undefined) tree.mount(mountPath, node)
    }
    if (!hasAccount && this.#account !== undefined) tree.mount(serviceAccountPath, this.#account)
  }

  /** Replaces the token everywhere it is mounted, as kubelet does before it expires. */
  renewToken(token: string): void {
    for (const node of [this.#account, ...this.#volumes.values()]) {
      const file = node?.kind === 'directory' ? node.entries.get('token') : undefined
      if (file?.kind === 'file') file.content = token
    }
  }
}

type VolumeSpec = Record<string, any> // any: one of some thirty volume sources, told apart by its key

function volumeNode(volume: VolumeSpec, pod: KubeObject, sources: VolumeSources): TreeNode {
  const namespace = pod.metadata.namespace ?? 'default'
  if (volume['configMap'] !== undefined)
    return fixed(chosen(configData(sources.read, namespace, volume['configMap'].name), volume['configMap'].items))
  if (volume['secret'] !== undefined)
    return fixed(chosen(secretData(sources.read, namespace, volume['secret'].secretName), volume['secret'].items))
  if (volume['hostPath'] !== undefined) return hostNode(sources.hostRoot, String(volume['hostPath'].path))
  if (volume['downwardAPI'] !== undefined) return fixed(downward(volume['downwardAPI'], pod))
  if (volume['projected'] !== undefined) {
    const files: Record<string, string> = {}
    for (const source of volume['projected'].sources ?? []) {
      if (source.serviceAccountToken !== undefined) files[source.serviceAccountToken.path ?? 'token'] = sources.token
      if (source.configMap?.name === 'kube-root-ca.crt') files['ca.crt'] = sources.clusterCa
      else if (source.configMap !== undefined)
        Object.assign(files, chosen(configData(sources.read, namespace, source.configMap.name), source.configMap.items))
      if (source.secret !== undefined)
        Object.assign(files, chosen(secretData(sources.read, namespace, source.secret.name), source.secret.items))
      if (source.downwardAPI !== undefined) Object.assign(files, downward(source.downwardAPI, pod))
    }
    return fixed(files)
  }
  return emptyDirectory()
}

function chosen(
  data: Record<string, string>,
  items: { key: string; path: string }[] | undefined,
): Record<string, string> {
  return items === undefined ? data : Object.fromEntries(items.map(({ key, path }) => [path, data[key] ?? '']))
}

function downward(
  source: { items?: { path: string; fieldRef?: { fieldPath: string } }[] },
  pod: KubeObject,
): Record<string, string> {
  return Object.fromEntries(
    (source.items ?? []).map(({ path, fieldRef }) => [
      path,
      fieldRef === undefined ? '' : fieldValue(pod, fieldRef.fieldPath),
    ]),
  )
}

function attributes(layer: Layer, mode: number) {
  return { layer, mode, uid: 0, gid: 0, modified: Date.now() }
}

/** A read-only directory of files, as projected volumes are. */
function fixed(files: Record<string, string>): DirectoryNode {
  const layer: Layer = { readOnly: true, bytesLeft: 0 }
  const root: DirectoryNode = { kind: 'directory', entries: new Map(), ...attributes(layer, 0o755) }
  for (const [path, content] of Object.entries(files)) addFile(root, path, content, layer)
  return root
}

function emptyDirectory(): DirectoryNode {
  return {
    kind: 'directory',
    entries: new Map(),
    ...attributes({ readOnly: false, bytesLeft: 16 * 1024 * 1024 }, 0o777),
  }
}

function addFile(root: DirectoryNode, path: string, content: string, layer: Layer): void {
  const parts = split(path)
  const name = parts.pop()
  if (name === undefined) return
  const file: FileNode = { kind: 'file', content, ...attributes(layer, 0o644) }
  directoryAt(root, parts, layer).entries.set(name, file)
}

function directoryAt(root: DirectoryNode, parts: string[], layer: Layer): DirectoryNode {
  let current = root
  for (const part of parts) {
    let next = current.entries.get(part)
    if (next?.kind !== 'directory') {
      next = { kind: 'directory', entries: new Map(), ...attributes(layer, 0o755) }
      current.entries.set(part, next)
    }
    current = next
  }
  return current
}

function below(root: TreeNode, path: string): TreeNode | undefined {
  let node: TreeNode | undefined = root
  for (const part of split(path)) node = node?.kind === 'directory' ? node.entries.get(part) : undefined
  return node
}

function hostNode(root: DirectoryNode, path: string): TreeNode {
  return below(root, path) ?? directoryAt(root, split(path), root.layer!) // the host's root has its own layer
}

/** The files of a node that pods with hostPath volumes see. */
export function hostFiles(node: string): DirectoryNode {
  const layer: Layer = { readOnly: false, bytesLeft: 16 * 1024 * 1024 }
  const root: DirectoryNode = { kind: 'directory', entries: new Map(), ...attributes(layer, 0o755) }
  const files: Record<string, string> = {
    '/etc/hostname': `${node}\n`,
    '/etc/os-release': 'PRETTY_NAME="Ubuntu 24.04.1 LTS"\nNAME="Ubuntu"\nID=ubuntu\n',
    '/etc/passwd': 'root:x:0:0:root:/root:/bin/bash\n',
    '/etc/shadow': 'root:*:19000:0:99999:7:::\n',
    '/etc/crontab': '',
    '/etc/kubernetes/kubelet.conf': 'apiVersion: v1\nkind: Config\n',
    '/root/.ssh/authorized_keys': '',
    '/run/containerd/containerd.sock': '',
    '/var/run/docker.sock': '',
    '/var/lib/kubelet/config.yaml': 'kind: KubeletConfiguration\n',
    '/var/log/syslog': '',
    '/proc/version': 'Linux\n',
    '/sys/kernel/notes': '',
  }
  for (const [path, content] of Object.entries(files)) addFile(root, path, content, layer)
  for (const path of ['/tmp', '/opt', '/var/log/pods', '/usr/bin', '/dev']) directoryAt(root, split(path), layer)
  return root
}
