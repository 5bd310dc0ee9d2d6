/** What a condition may look at: facts of the alert, or the names of its evidence by kind. */
export const tuningFields = {
  ruleId: 'Rule',
  title: 'Alert title',
  severity: 'Severity',
  tactic: 'Tactic',
  technique: 'Technique',
  cluster: 'Cluster',
  namespace: 'Namespace',
  pod: 'Pod',
  container: 'Container',
  workload: 'Workload',
  image: 'Image',
  node: 'Node',
  user: 'User',
  'service-account': 'Service account',
  process: 'Process',
  commandLine: 'Command line or request',
  file: 'File',
  ip: 'IP address',
  domain: 'Domain',
} as const
export type TuningField = keyof typeof tuningFields

/** How a condition compares, in the words of its form. */
export const tuningOperators = {
  equals: 'is',
  'not-equals': 'is not',
  contains: 'contains',
  wildcard: 'matches (* and ?)',
} as const
