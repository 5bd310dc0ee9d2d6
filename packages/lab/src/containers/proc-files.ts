import type { VirtualFiles } from './kernel/file-tree.ts'
import type { ProcessTable } from './kernel/process-table.ts'

/** The part of /proc that programs and intruders look at. */
export function procFiles(table: () => ProcessTable, host: { kernel: string; containerId: string }): VirtualFiles {
  const fixed: Record<string, string> = {
    version: `Linux version ${host.kernel} (buildd@lab) #1 SMP PREEMPT_DYNAMIC\n`,
    'sys/kernel/osrelease': `${host.kernel}\n`,
    'sys/kernel/hostname': 'localhost\n',
    cpuinfo: [0, 1, 2, 3]
      .map(
        (cpu) =>
          `processor\t: ${cpu}\nvendor_id\t: GenuineIntel\nmodel name\t: Intel(R) Xeon(R) Platinum 8370C CPU @ 2.80GHz\n\n`,
      )
      .join(''),
    meminfo: 'MemTotal:        8130340 kB\nMemFree:         3120592 kB\nMemAvailable:    5620112 kB\n',
    mounts:
      'overlay / overlay rw,relatime 0 0\nproc /proc proc rw,nosuid,nodev,noexec,relatime 0 0\ntmpfs /run/secrets/kubernetes.io/serviceaccount tmpfs ro,relatime 0 0\n',
    uptime: '1047840.12 4012345.67\n',
    loadavg: '0.31 0.24 0.20 1/412 4242\n',
    'net/dev': 'Inter-|   Receive\n face |bytes    packets\n  eth0: 1048576    1024\n',
  }
  return (path) => {
    if (!path.startsWith('/proc/') && path !== '/proc') return undefined
    const name = path.slice('/proc/'.length)
    const processes = table().processes
    if (path === '/proc')
      return [...Object.keys(fixed).map((key) => key.split('/')[0]!), 'self', ...[...processes.keys()].map(String)]
    if (fixed[name] !== undefined) return fixed[name]
    if (name === 'sys' || name === 'sys/kernel') return ['kernel', 'osrelease', 'hostname']
    if (name === 'net') return ['dev', 'tcp']
    if (name === 'net/tcp') return '  sl  local_address rem_address   st\n'
    const own = /^(self|\d+)(?:\/(\w+))?$/.exec(name)
    const process = own === null ? undefined : processes.get(own[1] === 'self' ? 1 : Number(own[1]))
    if (process === undefined) return undefined
    switch (
      own![2] // own matched, or there were no process
    ) {
      case undefined:
        return ['cmdline', 'comm', 'environ', 'status', 'cgroup', 'mounts']
      case 'cmdline':
        return `${process.args.join('\0')}\0`
      case 'comm':
        return `${process.name}\n`
      case 'environ':
        return [...process.env].map(([key, value]) => `${key}=${value}\0`).join('')
      case 'cgroup':
        return '0::/\n'
      case 'mounts':
        return fixed['mounts']
      case 'status':
        return `Name:\t${process.name}\nPid:\t${process.vpid}\nPPid:\t${process.parent?.vpid ?? 0}\nUid:\t${process.who.uid}\nCapEff:\t${process.who.uid === 0 ? '00000000a80425fb' : '0000000000000000'}\n`
      default:
        return undefined
    }
  }
}
