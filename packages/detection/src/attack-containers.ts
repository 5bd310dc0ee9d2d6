/** A technique of the matrix; sub-techniques are listed with their parent's tactic. */
export interface MatrixTechnique {
  id: string
  name: string
}

export interface MatrixTactic {
  /** Kebab case, as rules name it. */
  id: string
  attackId: string
  name: string
  techniques: MatrixTechnique[]
}

const names: Record<string, string> = {
  T1036: 'Masquerading',
  'T1036.005': 'Match Legitimate Resource Name or Location',
  T1046: 'Network Service Discovery',
  T1053: 'Scheduled Task/Job',
  'T1053.007': 'Container Orchestration Job',
  T1068: 'Exploitation for Privilege Escalation',
  T1069: 'Permission Groups Discovery',
  T1070: 'Indicator Removal',
  T1078: 'Valid Accounts',
  'T1078.001': 'Default Accounts',
  'T1078.003': 'Local Accounts',
  T1098: 'Account Manipulation',
  'T1098.006': 'Additional Container Cluster Roles',
  T1110: 'Brute Force',
  'T1110.001': 'Password Guessing',
  'T1110.003': 'Password Spraying',
  'T1110.004': 'Credential Stuffing',
  T1133: 'External Remote Services',
  T1136: 'Create Account',
  'T1136.001': 'Local Account',
  T1190: 'Exploit Public-Facing Application',
  T1204: 'User Execution',
  'T1204.003': 'Malicious Image',
  T1485: 'Data Destruction',
  T1490: 'Inhibit System Recovery',
  T1496: 'Resource Hijacking',
  'T1496.001': 'Compute Hijacking',
  'T1496.002': 'Bandwidth Hijacking',
  T1498: 'Network Denial of Service',
  T1499: 'Endpoint Denial of Service',
  T1525: 'Implant Internal Image',
  T1528: 'Steal Application Access Token',
  T1543: 'Create or Modify System Process',
  'T1543.005': 'Container Service',
  T1550: 'Use Alternate Authentication Material',
  'T1550.001': 'Application Access Token',
  T1552: 'Unsecured Credentials',
  'T1552.001': 'Credentials In Files',
  'T1552.007': 'Container API',
  T1562: 'Impair Defenses',
  'T1562.001': 'Disable or Modify Tools',
  T1609: 'Container Administration Command',
  T1610: 'Deploy Container',
  T1611: 'Escape to Host',
  T1612: 'Build Image on Host',
  T1613: 'Container and Resource Discovery',
}

/**
 * The matrix “Containers” of MITRE ATT&CK for Enterprise (https://attack.mitre.org/matrices/enterprise/containers/):
 * the tactics that it has, in its order, with their techniques.
 */
export const containersMatrix: readonly MatrixTactic[] = [
  tactic('initial-access', 'TA0001', 'Initial Access', 'T1190 T1133 T1078 T1078.001 T1078.003'),
  tactic('execution', 'TA0002', 'Execution', 'T1609 T1610 T1053 T1053.007 T1204 T1204.003'),
  tactic(
    'persistence',
    'TA0003',
    'Persistence',
    'T1098 T1098.006 T1136 T1136.001 T1543 T1543.005 T1133 T1525 T1053 T1053.007 T1078 T1078.001 T1078.003',
  ),
  tactic(
    'privilege-escalation',
    'TA0004',
    'Privilege Escalation',
    'T1098 T1098.006 T1543 T1543.005 T1611 T1068 T1053 T1053.007 T1078 T1078.001 T1078.003',
  ),
  tactic(
    'defense-evasion',
    'TA0005',
    'Defense Evasion',
    'T1612 T1610 T1562 T1562.001 T1070 T1036 T1036.005 T1550 T1550.001 T1078 T1078.001 T1078.003',
  ),
  tactic(
    'credential-access',
    'TA0006',
    'Credential Access',
    'T1110 T1110.001 T1110.003 T1110.004 T1528 T1552 T1552.001 T1552.007',
  ),
  tactic('discovery', 'TA0007', 'Discovery', 'T1613 T1046 T1069'),
  tactic('lateral-movement', 'TA0008', 'Lateral Movement', 'T1550 T1550.001'),
  tactic('impact', 'TA0040', 'Impact', 'T1485 T1499 T1490 T1498 T1496 T1496.001 T1496.002'),
]

function tactic(id: string, attackId: string, name: string, techniques: string): MatrixTactic {
  return { id, attackId, name, techniques: techniques.split(' ').map((t) => ({ id: t, name: names[t] ?? t })) }
}
