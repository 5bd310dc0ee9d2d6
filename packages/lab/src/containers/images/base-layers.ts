import { busyboxApplets } from '../programs/program-table.ts'
import type { ImageAccount, ImageSpec } from './image-spec.ts'

const root: ImageAccount = { name: 'root', uid: 0, gid: 0, home: '/root' }
const nobody: ImageAccount = { name: 'nobody', uid: 65_534, gid: 65_534, home: '/nonexistent' }
const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

const commonDirectories: ImageSpec['directories'] = {
  '/root': { mode: 0o700 },
  '/tmp': { mode: 0o1777 },
  '/var/tmp': { mode: 0o1777 },
  '/dev/shm': { mode: 0o1777 },
  '/run': {},
  '/home': {},
  '/opt': {},
  '/mnt': {},
  '/var/log': {},
  '/etc': {},
}

function base(parts: Partial<ImageSpec>): ImageSpec {
  return {
    executables: {},
    files: {},
    links: {},
    accounts: [root, nobody],
    env: { PATH: systemPath },
    entrypoint: [],
    command: ['sh'],
    user: 'root',
    workingDir: '/',
    ...parts,
    directories: { ...commonDirectories, ...parts.directories },
  }
}

function below(directory: string, names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [`${directory}/${name}`, name]))
}

const coreutils = [
  'cat',
  'echo',
  'printf',
  'ls',
  'cp',
  'mv',
  'rm',
  'rmdir',
  'mkdir',
  'touch',
  'chmod',
  'chown',
  'chgrp',
  'ln',
  'readlink',
  'realpath',
  'stat',
  'du',
  'df',
  'basename',
  'dirname',
  'mktemp',
  'head',
  'tail',
  'wc',
  'sort',
  'uniq',
  'tr',
  'cut',
  'base64',
  'tee',
  'yes',
  'seq',
  'dd',
  'md5sum',
  'sha1sum',
  'sha256sum',
  'env',
  'printenv',
  'id',
  'whoami',
  'uname',
  'sleep',
  'date',
  'kill',
  'test',
  '[',
  'nohup',
  'nice',
  'timeout',
  'stdbuf',
  'true',
  'false',
  'sync',
  'pwd',
  'nproc',
  'hostname',
  'grep',
  'egrep',
  'fgrep',
  'sed',
  'awk',
  'find',
  'xargs',
  'tar',
  'which',
  'getent',
  'mount',
  'clear',
  'setsid',
  'mkfifo',
  'unshare',
  'nsenter',
  'rev',
]
const mergedUsr = { '/bin': '/usr/bin', '/sbin': '/usr/sbin', '/lib': '/usr/lib', '/var/run': '/run' }

/** Debian-like: merged /usr, dash as sh, bash, coreutils, apt; no curl. */
export const debian: ImageSpec = base({
  executables: {
    ...below('/usr/bin', [...coreutils, 'bash', 'dash', 'apt', 'apt-get', 'passwd', 'strings']),
    ...below('/usr/sbin', ['useradd', 'usermod', 'chpasswd', 'chroot', 'ldconfig', 'service']),
  },
  links: { ...mergedUsr, '/usr/bin/sh': 'dash' },
  files: {
    '/etc/os-release':
      'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n',
    '/etc/debian_version': '12.5\n',
  },
  command: ['bash'],
})

/** Alpine-like: everything is busybox. */
export const alpine: ImageSpec = base({
  executables: { '/bin/busybox': 'busybox', '/sbin/apk': 'apk' },
  links: {
    '/var/run': '/run',
    ...Object.fromEntries(
      [...busyboxApplets, 'ash'].map((name) => [
        `${['modprobe', 'insmod', 'sysctl'].includes(name) ? '/sbin' : '/bin'}/${name}`,
        '/bin/busybox',
      ]),
    ),
  },
  files: {
    '/etc/os-release': 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.20.3\nPRETTY_NAME="Alpine Linux v3.20"\n',
    '/etc/alpine-release': '3.20.3\n',
  },
})

/** What an image the lab does not know is taken for: a busybox that sleeps. */
export const unknownImage: ImageSpec = {
  ...alpine,
  executables: { '/bin/busybox': 'busybox' },
  files: {},
  entrypoint: ['/bin/sleep'],
  command: ['infinity'],
}

/** Mariner-like: merged /usr, bash is sh, curl, kmod, tdnf. */
export const mariner: ImageSpec = base({
  executables: {
    ...below('/usr/bin', [...coreutils, 'bash', 'curl', 'tdnf', 'openssl', 'ps', 'ss']),
    ...below('/usr/sbin', ['modprobe', 'useradd', 'usermod', 'ldconfig', 'sysctl']),
  },
  links: { ...mergedUsr, '/usr/bin/sh': 'bash' },
  files: {
    '/etc/os-release':
      'NAME="Common Base Linux Mariner"\nVERSION="2.0"\nID=mariner\nVERSION_ID="2.0"\nPRETTY_NAME="CBL-Mariner/Linux"\n',
  },
  command: ['/bin/bash'],
})

/** No shell and no tools: only what the image itself adds. */
export const distroless: ImageSpec = base({
  accounts: [root, { name: 'nonroot', uid: 65_532, gid: 65_532, home: '/home/nonroot' }, nobody],
  user: 'nonroot',
  command: [],
})

/** An image on top of a layer: lists are joined, single values replaced. */
export function on(layer: ImageSpec, parts: Partial<ImageSpec>): ImageSpec {
  return {
    ...layer,
    ...parts,
    executables: { ...layer.executables, ...parts.executables },
    files: { ...layer.files, ...parts.files },
    links: { ...layer.links, ...parts.links },
    directories: { ...layer.directories, ...parts.directories },
    accounts: [...layer.accounts, ...(parts.accounts ?? [])],
    env: { ...layer.env, ...parts.env },
    command: parts.command ?? (parts.entrypoint === undefined ? layer.command : []),
  }
}
