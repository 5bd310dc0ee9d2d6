import type { Program } from '../kernel/process.ts'
import { runShell } from '../shell/run-shell.ts'
import { adminPrograms } from './admin-programs.ts'
import { awk } from './awk.ts'
import { filePrograms } from './file-programs.ts'
import { find, xargs } from './find.ts'
import { grep } from './grep.ts'
import { networkPrograms } from './network-programs.ts'
import { fail } from './program-input.ts'
import { sed } from './sed.ts'
import { servicePrograms } from './services.ts'
import { systemPrograms } from './system-programs.ts'
import { textPrograms } from './text-programs.ts'
import { webServers } from './web-servers.ts'

const table = new Map<string, Program>([
  ['sh', runShell],
  ['bash', runShell],
  ['dash', runShell],
  ['grep', grep],
  ['egrep', grep],
  ['fgrep', grep],
  ['sed', sed],
  ['awk', awk],
  ['find', find],
  ['xargs', xargs],
  ...textPrograms,
  ...filePrograms,
  ...systemPrograms,
  ...adminPrograms,
  ...networkPrograms,
  ...webServers,
  ...servicePrograms,
])

/** Applets of busybox: the program is chosen by the name it is called by. */
table.set('busybox', async (process) => {
  let name = process.name.replace(/^-/, '')
  if (name === 'busybox') {
    process.args = process.args.slice(1)
    name = process.args[0] ?? ''
    if (name === '') return (await process.out('BusyBox v1.36.1 multi-call binary.\n'), 0)
  }
  const applet = busyboxApplets.includes(name) || name === 'ash' ? table.get(name === 'ash' ? 'sh' : name) : undefined
  return applet === undefined ? fail(process, `${name}: applet not found`, 127) : applet(process)
})

/** What each simulated executable does, by the name in its bytes. */
export const programs: ReadonlyMap<string, Program> = table

export const busyboxApplets = [
  'sh',
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
  'sed',
  'awk',
  'grep',
  'egrep',
  'fgrep',
  'find',
  'xargs',
  'base64',
  'tee',
  'yes',
  'seq',
  'strings',
  'rev',
  'dd',
  'tar',
  'md5sum',
  'sha1sum',
  'sha256sum',
  'env',
  'printenv',
  'id',
  'whoami',
  'hostname',
  'uname',
  'ps',
  'top',
  'netstat',
  'sleep',
  'date',
  'kill',
  'pkill',
  'killall',
  'which',
  'test',
  '[',
  'nohup',
  'nice',
  'timeout',
  'setsid',
  'crontab',
  'true',
  'false',
  'sync',
  'clear',
  'pwd',
  'nproc',
  'mount',
  'free',
  'uptime',
  'wget',
  'nc',
  'nslookup',
  'ping',
  'telnet',
  'modprobe',
  'insmod',
  'adduser',
  'passwd',
  'chpasswd',
  'unshare',
  'nsenter',
  'chroot',
  'mkfifo',
  'sysctl',
]
