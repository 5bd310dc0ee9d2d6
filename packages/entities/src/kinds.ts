/** Everything an alert can name as evidence and a graph can draw. */
export const entityKinds = [
  'cluster',
  'namespace',
  'node',
  'pod',
  'container',
  'image',
  'registry',
  'service',
  'workload',
  'service-account',
  'user',
  'process',
  'file',
  'ip',
  'domain',
  'secret',
  'role',
  'role-binding',
] as const

type EntityKind = (typeof entityKinds)[number]

/** Builds the key of a kind from its parts, outermost (cluster) first. Empty parts are kept as empty. */
export function entityKey(kind: EntityKind, ...parts: string[]): string {
  return `${kind}:${parts.map(encodePart).join('/')}`
}

// encodeURIComponent throws on lone surrogates, which attackers can put into any name. Most names need none of it.
function encodePart(part: string): string {
  return /^[\w.~-]*$/.test(part) ? part : encodeURIComponent(part.toWellFormed())
}

/** The kind and parts of a key; undefined when the text is not one. */
export function parseEntityKey(key: string): { kind: EntityKind; parts: string[] } | undefined {
  const colon = key.indexOf(':')
  const kind = entityKinds.find((k) => k === key.slice(0, colon))
  if (!kind) return undefined
  try {
    return {
      kind,
      parts: key
        .slice(colon + 1)
        .split('/')
        .map(decodeURIComponent),
    }
  } catch {
    return undefined // malformed percent-encoding
  }
}

/** The parts of each kind's key, in order; the last one is the name. */
export const keyParts = {
  cluster: ['cluster'],
  namespace: ['cluster', 'namespace'],
  node: ['cluster', 'node'],
  pod: ['cluster', 'namespace', 'pod'],
  container: ['cluster', 'namespace', 'pod', 'container'],
  image: ['image'],
  registry: ['registry'],
  service: ['cluster', 'namespace', 'service'],
  workload: ['cluster', 'namespace', 'workloadKind', 'workload'],
  'service-account': ['cluster', 'namespace', 'serviceAccount'],
  user: ['cluster', 'user'],
  process: ['cluster', 'scope', 'process'],
  file: ['cluster', 'scope', 'path'],
  ip: ['ip'],
  domain: ['domain'],
  secret: ['cluster', 'namespace', 'secret'],
  role: ['cluster', 'namespace', 'role'],
  'role-binding': ['cluster', 'namespace', 'roleBinding'],
} as const satisfies Record<EntityKind, readonly string[]>

/** What a user calls each kind; titles of panes and menus. */
export const kindLabels: Record<EntityKind, string> = {
  cluster: 'Kubernetes cluster',
  namespace: 'Kubernetes namespace',
  node: 'Node',
  pod: 'Kubernetes pod',
  container: 'Container',
  image: 'Container image',
  registry: 'Container registry',
  service: 'Kubernetes service',
  workload: 'Workload',
  'service-account': 'Service account',
  user: 'User',
  process: 'Process',
  file: 'File',
  ip: 'IP address',
  domain: 'Domain',
  secret: 'Secret',
  role: 'Role',
  'role-binding': 'Role binding',
}
