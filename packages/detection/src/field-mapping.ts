import type { FieldMapping, LogSource } from '@cordon/sigma'

/** The log sources our events are matched as. */
export const auditSource: LogSource = Object.freeze({
  product: 'kubernetes',
  category: 'application',
  service: 'audit',
})
export const processSource: LogSource = Object.freeze({ product: 'linux', category: 'process_creation' })
export const connectionSource: LogSource = Object.freeze({ product: 'linux', category: 'network_connection' })
/** What a running process did, as a sensor's policy reports it; not a start, so start rules don't look at it. */
export const activitySource: LogSource = Object.freeze({ product: 'linux', category: 'process_activity' })

export const logSources = [auditSource, processSource, connectionSource, activitySource]

const processFields = {
  Image: 'process.exe',
  ProcessId: 'process.pid',
  CommandLine: 'process.commandLine',
  CurrentDirectory: 'process.cwd',
  User: 'process.user',
  ParentImage: 'parent.exe',
  ParentCommandLine: 'parent.commandLine',
  ParentProcessId: 'parent.pid',
  ParentUser: 'parent.user',
}

// What `ProcessEventFacts` cuts out of the event's own texts.
const processParts = {
  'cordon.script': 'process.commandLine',
  'cordon.paths': 'process.commandLine',
  'cordon.hosts': 'process.commandLine',
  'cordon.publicHosts': 'process.commandLine',
  'cordon.program': 'process.exe',
}
// What services and their probes start all day.
const dailyPrograms =
  'sh bash dash ash zsh ksh python python3 perl ruby php node java cat grep sed awk sleep sort head tail curl wget'.split(
    ' ',
  )
const commonInProcesses: FieldMapping['common'] = {
  'cordon.inContainer': '*',
  'process.user': '*',
  // Lists that are always there, if empty, and cost reading the command line.
  'cordon.hosts': '*',
  'cordon.publicHosts': '*',
  'cordon.paths': '*',
  'cordon.name': dailyPrograms,
  'process.exe': dailyPrograms.flatMap((name) => [`/${name}`, name]),
  'process.commandLine': [' /', ' -c', '-c', '-c ', ' -c ', ' -e', ' -e ', '.py', '.js', 'http', 'http://'],
}
const process = { partOf: processParts, common: commonInProcesses }

/**
 * Where the field names of Sigma's taxonomy are in our events. Kubernetes rules already use the paths of the raw audit
 * event; a few published ones use shorthand that the raw event doesn't have.
 */
export const fieldMapping: FieldMapping[] = [
  { logsource: { product: 'linux', category: 'process_creation' }, fields: processFields, ...process },
  {
    logsource: { product: 'linux', category: 'process_activity' },
    fields: { ...processFields, TargetFilename: 'activity.file' },
    ...process,
  },
  {
    logsource: { product: 'linux', category: 'network_connection' },
    fields: {
      ...processFields,
      DestinationIp: 'destination.ip',
      DestinationPort: 'destination.port',
      DestinationHostname: 'destination.domain',
      Protocol: 'protocol',
    },
  },
  {
    logsource: { product: 'kubernetes' },
    fields: {
      apiGroup: ['objectRef.apiGroup'],
      hostPath: ['cordon.pod.hostPaths'],
      capabilities: ['cordon.pod.capabilities'],
    },
    common: {
      verb: '*',
      'cordon.done': '*',
      'cordon.outcome': '*',
      'cordon.bodySeen': '*',
      'cordon.source.relayed': '*',
      'cordon.pod.managed': '*',
      'cordon.actor.kind': ['service-account', 'node', 'user'],
      'objectRef.resource': ['pods'],
      'cordon.resource': ['pods'],
    },
  },
]
